use std::io::Write;
use std::path::Path;

use serde::Deserialize;

use super::aws::Aws;
use super::files::parameters;
use super::settings::Settings;
use super::{DeployError, say};
use crate::preflight::{Preflight, SkipOption};

pub(super) fn preflight(
    settings: &Settings,
    skip: &SkipOption,
    output: &mut impl Write,
) -> Result<(), DeployError> {
    let preflight = Preflight::of(settings, skip);
    output
        .write_all(preflight.table().as_bytes())
        .map_err(DeployError::Write)?;
    if preflight.is_ok() {
        Ok(())
    } else {
        Err(DeployError::Preflight)
    }
}

/// The commands that deploy, in turn.
fn commands(settings: &Settings, out: &Path) -> Result<[Vec<String>; 2], DeployError> {
    let path = |name: &str| match out.join(name).to_str() {
        Some(path) => Ok(path.to_owned()),
        None => Err(DeployError::Name {
            path: out.to_owned(),
        }),
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let bucket = settings.bucket.as_deref().unwrap_or("BUCKET");
    let packaged = path("packaged.yaml")?;
    let package = words(&[
        "cloudformation",
        "package",
        "--template-file",
        &path("template.yaml")?,
        "--s3-bucket",
        bucket,
        "--s3-prefix",
        &settings.name,
        "--output-template-file",
        &packaged,
    ]);
    let mut deploy: Vec<String> = words(&[
        "cloudformation",
        "deploy",
        "--template-file",
        &packaged,
        "--stack-name",
        &settings.name,
        "--capabilities",
        "CAPABILITY_IAM",
        "--no-fail-on-empty-changeset",
        "--parameter-overrides",
    ]);
    let parameters = parameters(settings).into_iter();
    deploy.extend(parameters.map(|(key, value)| format!("{key}={value}")));
    Ok([package, deploy])
}

/// What there is after it.
const OUTPUTS: [&str; 6] = [
    "cloudformation",
    "describe-stacks",
    "--query",
    "Stacks[0].Outputs[].[OutputKey,OutputValue]",
    "--output",
    "json",
];

pub(super) fn list(
    settings: &Settings,
    out: &Path,
    output: &mut impl Write,
) -> Result<(), DeployError> {
    let aws = Aws::new(settings);
    for command in commands(settings, out)? {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        say(output, &format_args!("would run {}", aws.shown(&words)))?;
    }
    Ok(())
}

pub(super) fn run(
    settings: &Settings,
    out: &Path,
    output: &mut impl Write,
) -> Result<(), DeployError> {
    let aws = Aws::new(settings);
    for command in commands(settings, out)? {
        let words: Vec<_> = command.iter().map(String::as_str).collect();
        say(output, &format_args!("$ {}", aws.shown(&words)))?;
        aws.run(&words)?;
    }
    let ask = [&OUTPUTS[..], &["--stack-name", &settings.name]].concat();
    say(output, &format_args!("$ {}", aws.shown(&ask)))?;
    let answer = aws.answer(&ask)?;
    let outputs: Outputs = serde_json::from_str(&answer).unwrap_or_default();
    for (name, value) in &outputs.0 {
        say(output, &format_args!("{name:<15} {value}"))?;
    }
    if let Some((_, url)) = outputs.0.iter().find(|(name, _)| name == "TrackUrl") {
        say(
            output,
            &format_args!(
                "\nfor pages, with Alephbet:\n\n  {}",
                snippet(url, &settings.namespace)
            ),
        )?;
    }
    Ok(())
}

#[derive(Default, Deserialize)]
struct Outputs(Vec<(String, String)>);

fn snippet(url: &str, namespace: &str) -> String {
    let namespace = match namespace {
        "" => variate_collector::NewEvent::DEFAULT_NAMESPACE,
        namespace => namespace,
    };
    format!("const tracking_adapter = new AlephBet.LamedAdapter(\"{url}\", \"{namespace}\");")
}
