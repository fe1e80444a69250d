use std::env;

use serde::Deserialize;

use super::{Found, Name, binary, ping};
use crate::deploy::aws::Aws;
use crate::deploy::settings::{Settings, is_region};

/// What one check finds.
pub(super) fn check(name: Name, settings: &Settings) -> Found {
    let aws = Aws::new(settings);
    match name {
        Name::Aws => program(&aws),
        Name::Region => region(&aws, settings),
        Name::Credentials => credentials(&aws),
        Name::Bucket => bucket(&aws, settings),
        Name::ApiKeys => api_keys(&aws, &settings.api_keys_parameter),
        Name::StoreSecret => store_secret(&aws, &settings.store_secret),
        Name::Store => store(settings.store.as_deref()),
        Name::Binary => binary::check(settings.binary.as_deref()),
    }
}

fn program(aws: &Aws) -> Found {
    match aws.answer(&["--version"]) {
        Ok(version) => Found::ok(Name::Aws, version),
        Err(error) => Found::failed(
            Name::Aws,
            error.to_string(),
            "install the AWS CLI: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
        ),
    }
}

fn region(aws: &Aws, settings: &Settings) -> Found {
    let of = |variable| env::var(variable).ok().filter(|region| !region.is_empty());
    let known = settings
        .region
        .clone()
        .map(|region| (region, "the settings"))
        .or_else(|| Some((of("AWS_REGION")?, "AWS_REGION")))
        .or_else(|| Some((of("AWS_DEFAULT_REGION")?, "AWS_DEFAULT_REGION")))
        .or_else(|| {
            Some((
                aws.answer(&["configure", "get", "region"]).ok()?,
                "the profile",
            ))
        });
    let fix = "say which one: `region = \"eu-central-1\"` in the settings, --region or AWS_REGION";
    match known {
        Some((region, whose)) if is_region(&region) => {
            Found::ok(Name::Region, format!("{region}, by {whose}"))
        }
        Some((region, whose)) if !region.is_empty() => {
            let detail = format!("`{region}`, by {whose}, is no region");
            Found::failed(Name::Region, detail, fix)
        }
        _ => Found::failed(Name::Region, "none is set", fix),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identity {
    account: String,
    arn: String,
}

fn credentials(aws: &Aws) -> Found {
    let answer = aws.answer(&["sts", "get-caller-identity", "--output", "json"]);
    let identity = answer
        .map_err(|error| error.to_string())
        .and_then(|answer| {
            serde_json::from_str(&answer)
                .map_err(|_| "`aws` answered something else than an identity".to_owned())
        });
    match identity {
        Ok(Identity { account, arn }) => {
            Found::ok(Name::Credentials, format!("{arn}, account {account}"))
        }
        Err(problem) => Found::failed(
            Name::Credentials,
            problem,
            "sign in: `aws configure`, `aws sso login`, or AWS_PROFILE for another profile",
        ),
    }
}

fn bucket(aws: &Aws, settings: &Settings) -> Found {
    let Some(bucket) = settings.bucket.as_deref() else {
        return Found::failed(
            Name::Bucket,
            "none is set",
            "make one (`aws s3 mb s3://NAME`) and say so: `bucket = \"NAME\"` in the settings, or --bucket",
        );
    };
    match aws.answer(&["s3api", "head-bucket", "--bucket", bucket]) {
        Ok(_) => Found::ok(Name::Bucket, bucket),
        Err(error) => Found::failed(
            Name::Bucket,
            format!("{bucket}: {error}"),
            aws.shown(&["s3", "mb", &format!("s3://{bucket}")]),
        ),
    }
}

fn api_keys(aws: &Aws, parameter: &str) -> Found {
    let answer = aws.answer(&[
        "ssm",
        "get-parameter",
        "--name",
        parameter,
        "--query",
        "Parameter.[Type,Value]",
        "--output",
        "json",
    ]);
    let put = || {
        let put = [
            "ssm",
            "put-parameter",
            "--type",
            "String",
            "--name",
            parameter,
        ];
        format!("{} --overwrite --value file://FILE", aws.shown(&put))
    };
    let (kind, value): (String, String) = match answer.as_deref().map(serde_json::from_str) {
        Ok(Ok(parameter)) => parameter,
        Ok(Err(_)) => {
            let detail = format!("{parameter}: `aws` answered something else than a parameter");
            return Found::failed(Name::ApiKeys, detail, put());
        }
        Err(error) => {
            let detail = format!("{parameter}: {error}");
            return Found::failed(Name::ApiKeys, detail, put());
        }
    };
    if kind != "String" {
        // Nothing secret is in hashes; and neither is a function's variable one of the places for a secure one.
        let detail =
            format!("{parameter} is a {kind}, which a function's settings cannot refer to");
        let fix = format!("delete it, and put it as a String: {}", put());
        return Found::failed(Name::ApiKeys, detail, fix);
    }
    match hashed(&value) {
        Ok(0) => Found::failed(Name::ApiKeys, format!("{parameter} has no key"), put()),
        Ok(count) => {
            let keys = if count == 1 { "key" } else { "keys" };
            Found::ok(Name::ApiKeys, format!("{parameter}, {count} {keys}"))
        }
        Err(problem) => {
            let detail = format!("{parameter}, {problem}");
            let fix = format!("one hash a line, as `variate serve` prints them: {}", put());
            Found::failed(Name::ApiKeys, detail, fix)
        }
    }
}

/// How many keys there are; an error where one is not hashed.
fn hashed(text: &str) -> Result<usize, String> {
    let mut count = 0;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(key) = line
            .split_whitespace()
            .next()
            .filter(|key| !key.starts_with('#'))
        else {
            continue;
        };
        let digits = key.strip_prefix("sha256:").unwrap_or_default();
        if digits.len() != 64 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            // It may be the key itself: it is not repeated.
            return Err(format!(
                "line {number}: no `sha256:` and 64 hexadecimal digits"
            ));
        }
        count += 1;
    }
    Ok(count)
}

fn store_secret(aws: &Aws, secret: &str) -> Found {
    // Whether it is there; what it says is nobody's business here.
    let describe = ["secretsmanager", "describe-secret", "--secret-id", secret];
    match aws.answer(&[&describe[..], &["--query", "ARN", "--output", "text"]].concat()) {
        Ok(arn) => Found::ok(Name::StoreSecret, arn),
        Err(error) => {
            let create = ["secretsmanager", "create-secret", "--name", secret];
            let fix = format!("{} --secret-string file://FILE", aws.shown(&create));
            Found::failed(Name::StoreSecret, format!("{secret}: {error}"), fix)
        }
    }
}

fn store(address: Option<&str>) -> Found {
    let Some(address) = address else {
        let detail = "no address is set: fine where it is reached from the function's subnets only";
        return Found::skipped(Name::Store, detail);
    };
    match ping::ping(address) {
        Ok(detail) => Found::ok(Name::Store, detail),
        Err(problem) => Found::failed(
            Name::Store,
            problem,
            "start it or mend the address; where only the function reaches it, take `store` out of the settings",
        ),
    }
}
