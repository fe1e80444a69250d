use std::fs;

use serde_json::Value;

use super::fake_aws::{Place, mode};

const SAM: [&str; 2] = ["template.yaml", "parameters.json"];
const TERRAFORM: [&str; 4] = [
    "main.tf",
    "variables.tf",
    "outputs.tf",
    "terraform.tfvars.json",
];

fn names(place: &Place, directory: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(place.path(directory)) else {
        return Vec::new();
    };
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    names.sort();
    names
}

#[test]
fn templates_are_written_with_the_settings_and_the_program_beside_them() {
    let place = Place::new();
    place.settings("name = \"shop\"\nendpoint = \"http-api\"\nsubnets = [\"subnet-1\", \"subnet-2\"]\nsecurity_groups = [\"sg-1\"]\nstore = \"redis://:hush@cache\"");
    let answered = place.variate(&["deploy", "--out", "out"]);
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    let all = [&SAM[..], &TERRAFORM, &["function"]].concat();
    assert_eq!(names(&place, "out"), sorted(&all));
    assert!(answered.out.contains("wrote out/function/bootstrap\n"));
    assert_eq!(mode(&place.path("out/function/bootstrap")), 0o755);

    let parameters: Value = serde_json::from_str(&place.text("out/parameters.json")).unwrap();
    let parameters: Vec<_> = parameters.as_array().unwrap().iter().collect();
    let value = |key: &str| {
        let found = parameters.iter().find(|one| one["ParameterKey"] == key);
        found.unwrap()["ParameterValue"].as_str().unwrap()
    };
    assert_eq!(value("FunctionName"), "shop");
    assert_eq!(value("SubnetIds"), "subnet-1,subnet-2");
    // Each is one of the template's, and none is forgotten.
    let template = place.text("out/template.yaml");
    let section = template.split("\nParameters:\n").nth(1).unwrap();
    let section = section.split("\n\n").next().unwrap();
    let declared: Vec<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect();
    let mut given: Vec<_> = parameters
        .iter()
        .map(|one| one["ParameterKey"].as_str().unwrap())
        .collect();
    given.sort_unstable();
    assert_eq!(sorted(&declared), given);

    let variables: Value = serde_json::from_str(&place.text("out/terraform.tfvars.json")).unwrap();
    assert_eq!(variables["function_name"], "shop");
    assert_eq!(variables["endpoint"], "http-api");
    assert_eq!(variables["security_group_ids"], serde_json::json!(["sg-1"]));
    for name in variables.as_object().unwrap().keys() {
        let declaration = format!("variable \"{name}\" {{");
        assert!(
            place.text("out/variables.tf").contains(&declaration),
            "{name}"
        );
    }
    // No secret is in what is written.
    for name in names(&place, "out") {
        assert!(
            !place.text(&format!("out/{name}")).contains("hush"),
            "{name}"
        );
    }
    assert_eq!(place.calls(), [""; 0]);
}

#[test]
fn one_kind_of_template_is_enough() {
    let place = Place::new();
    let answered = place.variate(&["deploy", "--template", "terraform", "--out", "tf"]);
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    assert_eq!(names(&place, "tf"), sorted(&TERRAFORM));
    assert!(
        answered
            .out
            .ends_with("the program is still to be put in place: tf/function/bootstrap\n")
    );
    place.variate(&["deploy", "--template", "sam", "--out", "sam"]);
    assert_eq!(names(&place, "sam"), sorted(&SAM));
}

#[test]
fn a_file_that_says_something_else_is_only_replaced_by_force() {
    let place = Place::new();
    let deploy = ["deploy", "--out", "out"];
    assert_eq!(place.variate(&deploy).code, 0);
    assert_eq!(
        place.variate(&deploy).code,
        0,
        "the same again is no change"
    );
    place.write("out/main.tf", "mine");
    fs::remove_file(place.path("out/outputs.tf")).unwrap();
    let answered = place.variate(&deploy);
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .err
            .contains("out/main.tf say something else: give --force")
    );
    assert_eq!(place.text("out/main.tf"), "mine");
    assert!(
        !place.path("out/outputs.tf").exists(),
        "nothing is written then"
    );
    assert_eq!(place.variate(&[&deploy[..], &["--force"]].concat()).code, 0);
    assert_ne!(place.text("out/main.tf"), "mine");
}

#[test]
fn a_deployment_is_run_after_the_preflight_and_shown() {
    let place = Place::new();
    place.settings("");
    let answered = place.variate(&["deploy", "--out", "out", "--template", "sam", "--run"]);
    assert_eq!(
        (answered.err.as_str(), answered.code),
        ("", 0),
        "{}",
        answered.out
    );
    let calls = place.calls();
    let after: Vec<_> = calls
        .iter()
        .skip_while(|call| !call.starts_with("cloudformation"))
        .collect();
    assert_eq!(
        after[0],
        "cloudformation package --template-file out/template.yaml --s3-bucket code --s3-prefix variate \
         --output-template-file out/packaged.yaml --region eu-central-1"
    );
    assert!(after[1].starts_with("cloudformation deploy --template-file out/packaged.yaml --stack-name variate --capabilities CAPABILITY_IAM"));
    assert!(after[1].contains(" Endpoint=function-url "), "{}", after[1]);
    assert!(after[2].starts_with("cloudformation describe-stacks "));
    assert_eq!(after.len(), 3);
    assert!(
        calls[..calls.len() - 3]
            .iter()
            .any(|call| call.starts_with("sts"))
    );
    for call in &after[..1] {
        assert!(
            answered.out.contains(&format!("$ aws {call}\n")),
            "{}",
            answered.out
        );
    }
    assert!(answered.out.contains("AllowOrigin='*'") || answered.out.contains("'AllowOrigin=*'"));
    assert!(
        answered
            .out
            .contains("LamedAdapter(\"https://abc.lambda-url.eu-central-1.on.aws/track\"")
    );
}

#[test]
fn a_failed_preflight_leaves_everything_alone() {
    let place = Place::with_aws("'s3api '*) echo 'Not Found' >&2; exit 254 ;;");
    place.settings("");
    let answered = place.variate(&["deploy", "--out", "out", "--run"]);
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .out
            .contains("bucket        FAILED   code: Not Found")
    );
    assert_eq!(
        answered.err,
        "variate: the preflight failed; nothing is written and nothing deployed\n"
    );
    assert_eq!(names(&place, "out"), [""; 0]);
    assert!(
        !place
            .calls()
            .iter()
            .any(|call| call.starts_with("cloudformation"))
    );
}

#[test]
fn a_failed_deployment_says_which_command() {
    let place = Place::with_aws("'cloudformation deploy '*) exit 7 ;;");
    place.settings("");
    let answered = place.variate(&["deploy", "--out", "out", "--run"]);
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .err
            .starts_with("variate: the deployment failed: `aws cloudformation deploy")
    );
    assert!(
        !place
            .calls()
            .iter()
            .any(|call| call.contains("describe-stacks"))
    );
}

#[test]
fn a_dry_run_does_nothing() {
    let place = Place::new();
    place.settings("");
    let answered = place.variate(&["deploy", "--out", "out", "--run", "--dry-run"]);
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    assert!(answered.out.contains("would write out/template.yaml\n"));
    assert!(
        answered
            .out
            .contains("would run aws cloudformation package --template-file out/template.yaml")
    );
    assert_eq!(place.calls(), [""; 0]);
    assert_eq!(names(&place, "out"), [""; 0]);
    let answered = place.variate(&["deploy", "--template", "terraform", "--run"]);
    assert!(
        answered
            .err
            .contains("--run deploys the template for CloudFormation")
    );
}

#[test]
fn what_the_function_would_end_with_is_told_before() {
    let place = Place::new();
    let long = format!("namespace = \"{}\"", "n".repeat(256));
    for (line, problem) in [
        (
            "allow_origin = \"https://a.example, b.example\"",
            "`b.example` is no origin",
        ),
        ("alias = \"kcart\"", "alias: "),
        ("base_path = \"prod\"", "must begin with a slash"),
        (long.as_str(), "namespace: must have at most 255 bytes"),
        ("rate = 0", "at least 1"),
    ] {
        place.settings(line);
        let answered = place.variate(&["deploy", "--out", "out"]);
        assert_ne!(answered.code, 0, "{line}");
        assert!(answered.err.contains(problem), "{}", answered.err);
    }
    place.settings("");
    for (option, value, problem) in [
        (
            "--region",
            "mars",
            "--region: `mars` is no region, such as eu-central-1",
        ),
        ("--bucket", "", "--bucket: `` is no bucket"),
    ] {
        let answered = place.variate(&["preflight", option, value]);
        assert_ne!(answered.code, 0);
        assert!(answered.err.contains(problem), "{}", answered.err);
    }
    place.settings(
        "allow_origin = \"https://a.example, https://b.example\"\nalias = \"/kcart\"\nrate = 50",
    );
    let answered = place.variate(&["deploy", "--out", "out"]);
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    let variables: Value = serde_json::from_str(&place.text("out/terraform.tfvars.json")).unwrap();
    assert_eq!(variables["rate"], "50");
    assert_eq!(
        (&variables["alias"], &variables["namespace"]),
        (&"/kcart".into(), &"".into())
    );
}

#[test]
fn a_program_for_another_machine_is_not_packed() {
    let place = Place::new();
    let binary = place.elf("variate-x86", 62, b"..lambda-runtime-aws-request-id..");
    let deploy = [
        "deploy",
        "--out",
        "out",
        "--binary",
        binary.to_str().unwrap(),
    ];
    let answered = place.variate(&deploy);
    assert_eq!(answered.code, 1);
    assert!(
        answered.err.contains("for x86_64, not for arm64"),
        "{}",
        answered.err
    );
    assert_eq!(names(&place, "out"), [""; 0]);
    assert_eq!(place.variate(&[&deploy[..], &["--force"]].concat()).code, 0);
}
