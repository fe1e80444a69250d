//! The `variate` binary as its users meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const PILL: &str = r#"{"experiment":"pill","context":{"user_id":42}}"#;

struct Answered {
    out: String,
    err: String,
    code: i32,
}

impl Answered {
    fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap();
        self.out.lines().map(parse).collect()
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_variate"));
    command.args(arguments);
    for variable in ["VARIATE_SECRET", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn answered(command: &mut Command, input: &[u8]) -> Answered {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The binary may end without reading everything.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Answered {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn variate(arguments: &[&str], input: &str) -> Answered {
    answered(&mut command(arguments), input.as_bytes())
}

/// The one answer to one good line.
fn one(arguments: &[&str], line: &str) -> Value {
    let answered = variate(arguments, line);
    assert_eq!(answered.err, "", "{arguments:?} {line}");
    assert_eq!(answered.code, 0);
    answered.json().remove(0)
}

fn key(arguments: &[&str], line: &str) -> String {
    let arguments = [&["key"], arguments].concat();
    one(&arguments, line)["key"].as_str().unwrap().to_owned()
}

fn key_of_context(arguments: &[&str], context: &str) -> String {
    key(
        arguments,
        &format!(r#"{{"experiment":"example","context":{context}}}"#),
    )
}

/// What the one bad line is told, and that nothing was answered.
fn told(arguments: &[&str], line: &str) -> String {
    let answered = variate(arguments, line);
    assert_eq!((answered.out.as_str(), answered.code), ("", 2), "{line}");
    let told = answered.err.strip_prefix("variate: line 1: ");
    told.unwrap_or(&answered.err).trim_end().to_owned()
}

/// What wrong options are told.
fn refused(arguments: &[&str]) -> String {
    let answered = variate(arguments, PILL);
    assert_eq!(
        (answered.out.as_str(), answered.code),
        ("", 2),
        "{arguments:?}"
    );
    answered.err
}

#[test]
fn canonical_and_keyed_keys_are_digests_of_the_documented_bytes() {
    // MD5 and HMAC-SHA-256 of "\x04pillm\x01\x07user_ids\x0242", made with Python's hashlib and hmac.
    assert_eq!(key(&[], PILL), "10ef0ded7137fc31695115082c9699f8");
    assert_eq!(
        key(
            &["--scheme", "keyed", "--secret", "at least sixteen bytes"],
            PILL
        ),
        "f6f8eea7bd6fe0709c17b18d14aa1076"
    );
}

// From gitlab-experiment 0.2.0 run under Ruby 3.1.
const GITLAB_V0: [(&str, &str); 8] = [
    ("{}", "d41d8cd98f00b204e9800998ecf8427e"),
    (r#"{"user_id":42}"#, "fc77c154e6e4e7a3b2c87918749e30a4"),
    (
        r#"{"user_id":10000000000000000000000000}"#,
        "3ffe06b4f18ec8a383e71226a4e2aa6a",
    ),
    (r#"{"v":1.0}"#, "0d10d5e47d41714c326f5736bbf40626"),
    (r#"{"v":1e16}"#, "9497424ff0241eeddf747635ed69523c"),
    (r#"{"v":5e-324}"#, "474742ddb17b9a75dce9a0307026b1e4"),
    (r#"{"a":null,"b":null}"#, "aab642ffd5834aa200c71d348e3624f9"),
    (
        r#"{"user_id":"\u65e5\u672c\u8a9e"}"#,
        "4eae95a2ef1cd1cad88dcc7fd4bf71f7",
    ),
];

#[test]
fn gitlab_v0_keys_are_those_of_ruby() {
    for (context, expected) in GITLAB_V0 {
        let key = key_of_context(&["--scheme", "gitlab-v0"], context);
        assert_eq!(key, expected, "{context}");
    }
    let nested = key_of_context(&["--scheme", "gitlab-v0"], r#"{"v":{"a":1}}"#);
    assert_eq!(nested, "f7a2dfc04e729b59bd069c36559c7314");
}

#[test]
fn gitlab_v2_keys_are_those_of_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    let context = r#"{"user_id":42}"#;
    let v2 = ["--scheme", "gitlab-v2"];
    assert_eq!(
        key_of_context(&v2, context),
        "743e8233a7e6475f2c9d1e3f5869bda7b11a251c61b32f4c40136045f05d4a21"
    );
    assert_eq!(
        key_of_context(&[&v2[..], &["--secret", "secret"]].concat(), context),
        "3d73f5e3c70348237a1fff488b500586615a6e0203234520519f85164f092803"
    );
    assert_eq!(
        key_of_context(&[&v2[..], &["--bits", "384"]].concat(), context),
        "e65e7491760a58a641c0f1ebbdc1487d876ba369853436a36e12c79908ecf88dda5aee82da5aa4d6177163d3a8a27f69"
    );
    let all = ["--bits", "512", "--secret", "s3cr3t|x", "--prefix", "pre"];
    assert_eq!(
        key(
            &[&v2[..], &all].concat(),
            r#"{"experiment":"pill_color","context":{"user_id":42}}"#
        ),
        "3656bb59b803091a9ac4d99ea5a62c22d0e38765687bc9c37f40551a8981c8a2\
         a16776c49cbd546bd8b5cd66828d14a1f170c771f5a761683bc1c9725d6f5283"
    );
}

#[test]
fn gitlab_com_keys_are_those_of_ruby() {
    // GitLab's own `context_hash_strategy` run under Ruby 3.1.
    assert_eq!(
        key_of_context(&["--scheme", "gitlab-com"], r#"{"user_id":42}"#),
        "8ce91d30c0b4df470b02de7b4ef52021"
    );
    assert_eq!(
        key_of_context(&["--scheme", "gitlab-com"], r#"{"v":1.0}"#),
        "59eccdc976e551e0b1211fb1bee4e710"
    );
}

#[test]
fn sticky_values_are_keyed_as_in_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    for (sticky, expected) in [
        (r#""verbatim-string""#, "verbatim-string"),
        (
            "5",
            "0b4ea82ada7f5e66190d17f397f808a55a799486e27de46e473d791e2a174f82",
        ),
        (
            "[1,2]",
            "334b5843c39be7499e660107d3e7198a2260b1b5388c95350654485921b5498f",
        ),
        (
            "true",
            "666c753b2d160632a9affbb7433071f827fcbebe140924059834681547e482c5",
        ),
    ] {
        let line = format!(r#"{{"experiment":"example","sticky_to":{sticky}}}"#);
        assert_eq!(key(&["--scheme", "gitlab-v2"], &line), expected);
    }
}

#[test]
fn migration_keys_are_those_of_ruby_in_its_order() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    let expected = json!({
        "key": "dfb93de15cfa9dcefc166d5912cbae4dc89916e864c83858656e90efcdf985d6",
        "migration_keys": [
            "537998cf9864f7427757dca87bb14ce0e72b117429fc429804a2d71dd698a421",
            "887f25f5edf18ed24c61ecb2abdcff2a3076adb05d126e1f42969d8cede03f66",
        ],
    });
    for migrations in [
        r#""migrated_with":{"version":2},"migrated_from":[{"actor":5}]"#,
        r#""migrated_from":{"actor":5},"migrated_with":[{"version":2}]"#,
    ] {
        let line = format!(
            r#"{{"experiment":"example","context":{{"actor":5,"version":3}},{migrations}}}"#
        );
        assert_eq!(one(&["key", "--scheme", "gitlab-v2"], &line), expected);
    }
    assert_eq!(one(&["key"], PILL)["migration_keys"], json!([]));
}

#[test]
fn the_secret_comes_from_the_environment() {
    let keyed = ["key", "--scheme", "keyed"];
    let secret = "at least sixteen bytes";
    let from_environment = answered(
        command(&keyed).env("VARIATE_SECRET", secret),
        PILL.as_bytes(),
    );
    assert_eq!(
        from_environment.json()[0]["key"],
        "f6f8eea7bd6fe0709c17b18d14aa1076"
    );
    let option_wins = answered(
        command(&[&keyed[..], &["--secret", secret]].concat())
            .env("VARIATE_SECRET", "another secret of some length"),
        PILL.as_bytes(),
    );
    assert_eq!(option_wins.out, from_environment.out);
    // A scheme without a secret does not mind the variable.
    let canonical = answered(
        command(&["key"]).env("VARIATE_SECRET", secret),
        PILL.as_bytes(),
    );
    assert_eq!(
        canonical.json()[0]["key"],
        "10ef0ded7137fc31695115082c9699f8"
    );
}

#[test]
fn integers_are_exact_at_any_size() {
    // MD5 of "user_id|…", made with Python's hashlib.
    for (integer, expected) in [
        (
            "340282366920938463463374607431768211455",
            "a38f92c97ab6b1a8dfa6ebfcc4e584a6",
        ),
        (
            "340282366920938463463374607431768211456",
            "3a64c9f46831002ae70e2015a4bf9018",
        ),
        (
            "-170141183460469231731687303715884105729",
            "c7a07fed0816aea1f505856b0c8721f8",
        ),
        ("-0", "285d484de88e1cd276f851609d4ca8b7"),
    ] {
        let context = format!(r#"{{"user_id":{integer}}}"#);
        assert_eq!(
            key_of_context(&["--scheme", "gitlab-v0"], &context),
            expected,
            "{integer}"
        );
    }
}

#[test]
fn entries_keep_their_order() {
    // MD5 of "b|a|1|2" and of "a|b|3|2", made with Python's hashlib.
    let v0 = ["--scheme", "gitlab-v0"];
    assert_eq!(
        key_of_context(&v0, r#"{"b":1,"a":2}"#),
        "44b9bd3beb41830618c57531eacd32c1"
    );
    assert_eq!(
        key_of_context(&v0, r#"{"a":1,"b":2,"a":3}"#),
        "d0497f8230accaf1352543cc8d77d967"
    );
}

#[test]
fn bad_lines_are_told_and_the_others_answered() {
    let input = format!("{PILL}\n\nnonsense\n{PILL}\n{{\"experiment\":\"\"}}\n{PILL}");
    let answered = variate(&["key"], &input);
    assert_eq!(answered.code, 2);
    assert_eq!(answered.out.lines().count(), 3);
    assert_eq!(
        answered.err,
        "variate: line 3: not JSON: expected ident at column 2\n\
         variate: line 5: an experiment's name has 1 to 255 bytes, prefix included: this one has 0\n"
    );
}

#[test]
fn each_kind_of_bad_line_says_what_is_wrong() {
    for (line, expected) in [
        (
            r#"{"experiment":"pill","contxt":{}}"#,
            "unknown field `contxt`: expected experiment, context, migrated_from, migrated_with, sticky_to",
        ),
        (
            r#"{"experiment":"pill","variant":"red"}"#,
            "unknown field `variant`: expected experiment, context, migrated_from, migrated_with, sticky_to",
        ),
        (
            r#"{"experiment":"pill","experiment":"pill"}"#,
            "the field `experiment` comes twice: keep one",
        ),
        (
            r#"{"context":{}}"#,
            "the field `experiment` is missing: name the experiment",
        ),
        (
            r#"["pill"]"#,
            r#"not an object: write one such as {"experiment":"pill_color","context":{"user_id":42}}"#,
        ),
        (
            r#"{"experiment":"pill"} {}"#,
            "not JSON: trailing characters at column 23",
        ),
        (
            r#"{"experiment":7}"#,
            "field `experiment`: expected a string",
        ),
        (
            r#"{"experiment":"pill","context":[1]}"#,
            "field `context`: expected an object",
        ),
        (
            r#"{"experiment":"pill","migrated_from":[1]}"#,
            "field `migrated_from`: expected an object",
        ),
        (
            r#"{"experiment":"pill","context":{"a":1e999}}"#,
            "field `context`: 1e999 is beyond the largest float: write it as a text",
        ),
    ] {
        assert_eq!(told(&["key"], line), expected);
    }
    let pinned = r#"{"experiment":"pill","colour":1}"#;
    assert!(told(&["assign"], pinned).ends_with("sticky_to, variant"));
    let long = format!(r#"{{"experiment":"{}"}}"#, "x".repeat(252));
    assert_eq!(variate(&["key"], &long).code, 0);
    assert!(told(&["key", "--prefix", "shop"], &long).ends_with("this one has 257"));
}

#[test]
fn a_line_that_is_not_utf8_is_bad() {
    let input = [&b"{\"experiment\":\"\xff\"}\n"[..], PILL.as_bytes()].concat();
    let answered = answered(&mut command(&["key"]), &input);
    assert_eq!(answered.code, 2);
    assert_eq!(answered.json().len(), 1);
    assert_eq!(
        answered.err,
        "variate: line 1: byte 16 is not UTF-8: encode the line as UTF-8\n"
    );
}

#[test]
fn deep_nesting_is_a_bad_line() {
    let nested = |levels| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"experiment":"pill","context":{{"deep":{open}{close}}}}}"#)
    };
    assert_eq!(variate(&["key"], &nested(64)).code, 0);
    for levels in [65, 100_000] {
        assert_eq!(
            told(&["key"], &nested(levels)),
            "field `context`: lists and maps nest deeper than 64 levels: make it flatter"
        );
    }
}

#[test]
fn a_long_line_is_answered() {
    let name = "x".repeat(10_000_000);
    let line = format!(r#"{{"experiment":"pill","context":{{"name":"{name}"}}}}"#);
    assert_eq!(key(&[], &line).len(), 32);
}

#[test]
fn nothing_in_is_nothing_out() {
    for input in ["", "\n \r\n\n"] {
        let answered = variate(&["assign"], input);
        assert_eq!(
            (answered.out.as_str(), answered.err.as_str(), answered.code),
            ("", "", 0)
        );
    }
}

#[test]
fn a_file_is_read_in_place_of_the_standard_input() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("lines.jsonl");
    // As an editor on Windows leaves it.
    std::fs::write(&path, format!("\u{feff}{PILL}\r\n{PILL}\r\n")).unwrap();
    let from_file = variate(&["key", path.to_str().unwrap()], "");
    assert_eq!(from_file.json().len(), 2);
    assert_eq!(from_file.err, "");
    assert_eq!(variate(&["key", "-"], PILL).json().len(), 1);
    let absent = variate(&["key", "no such file"], "");
    assert_eq!(absent.code, 1);
    assert!(
        absent
            .err
            .starts_with("variate: cannot open `no such file`: ")
    );
}

fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let stdout = child.stdout.take().unwrap();
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn a_process_that_waits_for_each_answer_gets_it() {
    let mut child = command(&["key"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let answers = lines_of(&mut child);
    for _ in 0..3 {
        writeln!(stdin, "{PILL}").unwrap();
        let answer = answers.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(answer.contains("10ef0ded7137fc31695115082c9699f8"));
    }
    // Half a line behind a whole one holds nothing back.
    write!(stdin, "{PILL}\n{{\"experiment\"").unwrap();
    assert!(answers.recv_timeout(Duration::from_secs(30)).is_ok());
    writeln!(stdin, ":\"pill\"}}").unwrap();
    drop(stdin);
    assert!(answers.recv_timeout(Duration::from_secs(30)).is_ok());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = command(&["key"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let lines = format!("{PILL}\n").repeat(10_000);
    // Fails as soon as the binary has noticed.
    let _ = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn assign_divides_evenly_unless_told_otherwise() {
    let answer = one(&["assign"], PILL);
    let expected = json!({
        "key": "10ef0ded7137fc31695115082c9699f8",
        // The first 64 bits of the key lie in the lower half of their range.
        "variant": "control",
        "reason": "resolved",
    });
    assert_eq!(answer, expected);
    let migrated =
        r#"{"experiment":"pill","context":{"user_id":42},"migrated_from":[{"cookie":"abc"}]}"#;
    assert_eq!(
        one(&["assign"], migrated)["migration_keys"],
        json!(["faadffc46adbdd3b72a13fde2cc656a7"])
    );
}

#[test]
fn assign_takes_percentages_in_order_and_by_name() {
    // The key begins 10ef: bucket 661 of 10,000.
    for (percent, variant) in [
        ("6.61,93.39,0", "red"),
        ("6.62,93.38,0", "control"),
        ("0,0,100", "blue"),
        ("control=6.61,blue=93.39,red=0", "blue"),
        ("blue=6.62,control=93.38", "blue"),
    ] {
        let answer = one(
            &[
                "assign",
                "--variants",
                "control, red,blue",
                "--percent",
                percent,
            ],
            PILL,
        );
        assert_eq!(answer["variant"], variant, "{percent}");
    }
    // `control` is put first.
    let answer = one(&["assign", "--variants", "red", "--percent", "0,100"], PILL);
    assert_eq!(answer["variant"], "red");
}

#[test]
fn assign_pins_a_variant() {
    for (variant, assigned, reason) in [
        ("candidate", "candidate", "pinned"),
        ("green", "control", "unknown_variant"),
    ] {
        let line = format!(r#"{{"experiment":"pill","variant":"{variant}"}}"#);
        let answer = one(&["assign"], &line);
        assert_eq!(answer["variant"], assigned);
        assert_eq!(answer["reason"], reason);
    }
}

#[test]
fn assignments_are_shared_with_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1: these are in buckets 90, 54 and 34 of 100.
    let lines = [
        r#"{"experiment":"example","context":{"a":1}}"#,
        r#"{"experiment":"example","context":{"user_id":"1.0"}}"#,
        r#"{"experiment":"example","context":{"v":9007199254740992.0}}"#,
    ]
    .join("\n");
    let variants = |bucketing, names, percent: &str| {
        let mut arguments = vec!["assign", "--scheme", "gitlab-v2", "--variants", names];
        arguments.extend(["--bucketing", bucketing]);
        if !percent.is_empty() {
            arguments.extend(["--percent", percent]);
        }
        let answers = variate(&arguments, &lines).json();
        let variant = |answer: &Value| answer["variant"].as_str().unwrap().to_owned();
        answers.iter().map(variant).collect::<Vec<_>>()
    };
    let three = "control,red,blue";
    assert_eq!(
        variants("gitlab-crc32", three, ""),
        ["control", "control", "blue"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "34,33,33"),
        ["blue", "red", "red"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "33.3,33.3,33.4"),
        ["blue", "red", "red"]
    );
    assert_eq!(
        variants("gitlab-crc32", three, "blue=45,control=25,red=30"),
        ["red", "control", "blue"]
    );
    assert_eq!(
        variants("gitlab-crc32", "candidate", "90,10"),
        ["candidate", "control", "control"]
    );
    // And of gitlab-experiment 0.9.1, whose ranges take one bucket more.
    assert_eq!(
        variants("gitlab-crc32-legacy", three, "34,33,33"),
        ["blue", "red", "control"]
    );
}

#[test]
fn options_that_do_not_fit_are_refused() {
    for (arguments, expected) in [
        (
            "key --secret x",
            "--secret is only for --scheme keyed and gitlab-v2: leave it out",
        ),
        (
            "key --scheme keyed",
            "--scheme keyed needs a secret: set VARIATE_SECRET or give --secret",
        ),
        (
            "key --scheme keyed --secret short",
            "the secret has 5 bytes: use at least 16 random ones",
        ),
        (
            "key --bits 512",
            "--bits is only for --scheme gitlab-v2: leave it out",
        ),
        (
            "key --scheme gitlab-v2 --bits 128",
            "possible values: 256, 384, 512",
        ),
        ("key --prefix=", "cannot be a name prefix"),
        ("key --percent 50,50", "unexpected argument '--percent'"),
        (
            "assign --variants red,red",
            "--variants: `red` comes twice: keep one",
        ),
        (
            "assign --variants red,,blue",
            "--variants: `` cannot name a variant",
        ),
        (
            "assign --variants red,control",
            "--variants: `control` stands once and first, or is left out",
        ),
        (
            "assign --variants control",
            "--variants has only the control: name another variant",
        ),
        (
            "assign --percent 50,25,25",
            "--percent: 3 percentages for 2 variants",
        ),
        (
            "assign --percent 50,49",
            "--percent: the percentages add up to 99",
        ),
        (
            "assign --percent 33.333,66.667",
            "--percent: 33.333 % is too fine",
        ),
        ("assign --percent half,half", "`half` is no percentage"),
        (
            "assign --percent control=50,red=50",
            "--percent: `red` is not one of the variants control, candidate",
        ),
        (
            "assign --percent control=50,50",
            "--percent has names and bare percentages: use one of the two",
        ),
        (
            "explain --bucketing crc",
            "native, gitlab-crc32, gitlab-crc32-legacy",
        ),
    ] {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let told = refused(&arguments);
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}

#[test]
fn explain_prints_the_trace_for_people() {
    let pinned = r#"{"experiment":"pill","migrated_from":{"cookie":"abc"},"variant":"candidate"}"#;
    let answered = variate(&["explain"], &format!("{PILL}\n{pinned}\n"));
    assert_eq!(
        answered.out,
        r#"experiment  pill
context     {"user_id": 42}
key         10ef0ded7137fc31695115082c9699f8
   1. enabled   yes
   2. pinned    no
=> 3. resolver  even split, bucket 0 of 2 (native)
variant     control

experiment  pill
context     {}
key         e074ab3e6cc3791a402ada73452d11e5
  formerly  faadffc46adbdd3b72a13fde2cc656a7
   1. enabled   yes
=> 2. pinned    `candidate` in code
variant     candidate
"#
    );
}

#[test]
fn explain_is_coloured_only_where_it_is_seen() {
    let forced = answered(
        command(&["explain"]).env("CLICOLOR_FORCE", "1"),
        PILL.as_bytes(),
    );
    assert!(forced.out.contains("\u{1b}[1mcontrol\u{1b}[0m"));
    let steering = r#"{"experiment":"pill\u001b[31m\nvariant","context":{"a":"\u001b[31m"}}"#;
    let plain = variate(&["explain"], steering);
    assert!(
        plain
            .out
            .starts_with("experiment  pill\\u{1b}[31m\\nvariant\n")
    );
    assert!(!plain.out.contains('\u{1b}'));
    let json = answered(
        command(&["explain", "--json"]).env("CLICOLOR_FORCE", "1"),
        PILL.as_bytes(),
    );
    assert!(!json.out.contains('\u{1b}'));
}

#[test]
fn explain_prints_one_json_object_a_line() {
    let line =
        r#"{"experiment":"pill","context":{"b":1.0,"a":340282366920938463463374607431768211455}}"#;
    let answered = variate(&["explain", "--json"], &format!("{line}\n{PILL}\n"));
    assert!(
        answered
            .out
            .contains(r#""context":{"b":1.0,"a":340282366920938463463374607431768211455}"#)
    );
    assert_eq!(
        answered.json()[1],
        json!({
            "experiment": "pill",
            "variant": "control",
            "key": "10ef0ded7137fc31695115082c9699f8",
            "context": {"user_id": 42},
            "steps": [
                {"name": "enabled", "decided": false, "detail": "yes"},
                {"name": "pinned", "decided": false, "detail": "no"},
                {"name": "resolver", "decided": true, "detail": "even split, bucket 0 of 2 (native)"},
            ],
            "reason": "resolved",
            "tracked": true,
        })
    );
}

#[test]
fn help_and_version_are_there() {
    for arguments in [
        &["--help"][..],
        &["key", "--help"],
        &["assign", "--help"],
        &["explain", "--help"],
    ] {
        let answered = answered(
            command(arguments).env("VARIATE_SECRET", "not to be printed"),
            b"",
        );
        assert_eq!(answered.code, 0);
        assert!(answered.out.contains("Usage: variate"));
        assert!(!answered.out.contains("not to be printed"));
    }
    let version = variate(&["--version"], "").out;
    assert_eq!(version, format!("variate {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(variate(&[], "").code, 2);
}
