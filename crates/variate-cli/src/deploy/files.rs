use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::settings::Settings;
use super::{DeployError, Template, say};

/// Where the templates look for the program.
pub(super) const BINARY: &str = "function/bootstrap";

/// What is written, by name.
pub(super) struct Files {
    texts: Vec<(&'static str, String)>,
    binary: Option<PathBuf>,
}

impl Files {
    pub(super) fn of(settings: &Settings, template: Template) -> Self {
        let mut texts = Vec::new();
        if template != Template::Terraform {
            let parameters: Vec<_> = parameters(settings)
                .into_iter()
                .map(|(key, value)| json!({"ParameterKey": key, "ParameterValue": value}))
                .collect();
            texts.push(("template.yaml", include_str!("template.yaml").to_owned()));
            texts.push(("parameters.json", pretty(&Value::Array(parameters))));
        }
        if template != Template::Sam {
            texts.push(("main.tf", include_str!("main.tf").to_owned()));
            texts.push(("variables.tf", include_str!("variables.tf").to_owned()));
            texts.push(("outputs.tf", include_str!("outputs.tf").to_owned()));
            texts.push(("terraform.tfvars.json", pretty(&variables(settings))));
        }
        Self {
            texts,
            binary: settings.binary.clone(),
        }
    }

    /// Refuses to replace what somebody else wrote or changed, before anything is written.
    pub(super) fn check(&self, out: &Path, is_forced: bool) -> Result<(), DeployError> {
        let mut paths = Vec::new();
        for (name, text) in &self.texts {
            let path = out.join(name);
            match fs::read(&path) {
                Ok(found) if is_forced || found == text.as_bytes() => {}
                Ok(_) => paths.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(DeployError::File { path, error }),
            }
        }
        if paths.is_empty() {
            Ok(())
        } else {
            Err(DeployError::Exists { paths })
        }
    }

    pub(super) fn write(&self, out: &Path) -> Result<(), DeployError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |error| DeployError::File { path, error }
        };
        fs::create_dir_all(out).map_err(failed(out))?;
        for (name, text) in &self.texts {
            let path = out.join(name);
            fs::write(&path, text).map_err(failed(&path))?;
        }
        if let Some(binary) = &self.binary {
            let path = out.join(BINARY);
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory).map_err(failed(directory))?;
            }
            // Nobody edits a program: it is always the latest one.
            fs::copy(binary, &path).map_err(failed(binary))?;
            executable(&path).map_err(failed(&path))?;
        }
        Ok(())
    }

    pub(super) fn list(
        &self,
        out: &Path,
        done: &str,
        output: &mut impl Write,
    ) -> Result<(), DeployError> {
        let names = self.texts.iter().map(|(name, _)| *name);
        for name in names.chain(self.binary.as_ref().map(|_| BINARY)) {
            say(output, &format_args!("{done} {}", out.join(name).display()))?;
        }
        Ok(())
    }
}

/// Of the template.
pub(super) fn parameters(settings: &Settings) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("FunctionName", settings.name.clone()),
        ("MemorySize", settings.memory_size.to_string()),
        ("Timeout", settings.timeout.to_string()),
        ("LogRetentionDays", settings.log_retention_days.to_string()),
        ("Endpoint", settings.endpoint.name().to_owned()),
        ("AllowOrigin", settings.allow_origin.clone()),
        ("ApiKeysParameter", settings.api_keys_parameter.clone()),
        ("StoreSecret", settings.store_secret.clone()),
        ("SubnetIds", settings.subnets.join(",")),
        ("SecurityGroupIds", settings.security_groups.join(",")),
    ];
    let more = settings.more().into_iter();
    parameters.extend(more.map(|(parameter, _, value)| (parameter, value)));
    parameters
}

/// Of the module for Terraform.
fn variables(settings: &Settings) -> Value {
    let mut variables = json!({
        "function_name": settings.name,
        "memory_size": settings.memory_size,
        "timeout": settings.timeout,
        "log_retention_days": settings.log_retention_days,
        "endpoint": settings.endpoint.name(),
        "allow_origin": settings.allow_origin,
        "api_keys_parameter": settings.api_keys_parameter,
        "store_secret": settings.store_secret,
        "subnet_ids": settings.subnets,
        "security_group_ids": settings.security_groups,
    });
    if let Some(variables) = variables.as_object_mut() {
        let more = settings.more().into_iter();
        variables.extend(more.map(|(_, variable, value)| (variable.to_owned(), value.into())));
    }
    variables
}

fn pretty(value: &Value) -> String {
    // Nothing here has keys that are no texts, and writing to memory does not fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}
