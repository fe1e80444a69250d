//! A directory for a test, with a program `aws` that notes how it is called and answers as a file says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Answered, answered, command};

/// All is well with it.
const ANSWERS: &str = r#"
  --version*) echo 'aws-cli/2.31.0 Python/3.13' ;;
  'configure get region') echo eu-west-1 ;;
  'sts get-caller-identity '*) echo '{"UserId":"A","Account":"123456789012","Arn":"arn:aws:iam::123456789012:user/ann"}' ;;
  's3api head-bucket '*) ;;
  'ssm get-parameter '*) printf '%s\n' '["String","sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 role=read\n# more\n"]' ;;
  'secretsmanager describe-secret '*) echo arn:aws:secretsmanager:eu-central-1:123456789012:secret:variate/store-AbCdEf ;;
  'cloudformation package '* | 'cloudformation deploy '*) ;;
  'cloudformation describe-stacks '*) echo '[["TrackUrl","https://abc.lambda-url.eu-central-1.on.aws/track"]]' ;;
"#;

pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with_aws("")
    }

    /// These cases of the shell go before the others.
    pub(crate) fn with_aws(cases: &str) -> Self {
        let place = Self::without_aws();
        let calls = place.path("calls");
        let calls = calls.display();
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> '{calls}'\ncase \"$*\" in\n{cases}\n{ANSWERS}\n*) echo \"not faked: $*\" >&2; exit 99 ;;\nesac\n"
        );
        place.program("bin/aws", &script);
        place
    }

    pub(crate) fn without_aws() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("bin")).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        chmod(&path, 0o600);
        path
    }

    pub(crate) fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.write(name, script);
        chmod(&path, 0o755);
        path
    }

    /// The calls of `aws`, in turn.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.text("calls").lines().map(str::to_owned).collect()
    }

    /// A command that knows nothing of this machine but the shell.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.current_dir(self.directory.path());
        command.env(
            "PATH",
            format!("{}:/usr/bin:/bin", self.path("bin").display()),
        );
        command.env("XDG_CONFIG_HOME", self.path("config"));
        for variable in [
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_PROFILE",
            "VISUAL",
            "EDITOR",
        ] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn variate(&self, arguments: &[&str]) -> Answered {
        answered(&mut self.command(arguments), b"")
    }

    /// Something that looks like `variate` on arm64, with the feature `lambda`.
    pub(crate) fn binary(&self) -> PathBuf {
        self.elf("variate-arm64", 183, b"..lambda-runtime-aws-request-id..")
    }

    pub(crate) fn elf(&self, name: &str, machine: u16, content: &[u8]) -> PathBuf {
        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0".to_vec();
        bytes.extend(machine.to_le_bytes());
        bytes.extend(content);
        self.write(name, bytes)
    }

    /// Settings with which all is well.
    pub(crate) fn settings(&self, more: &str) -> PathBuf {
        let binary = self.binary();
        let text = format!(
            "region = \"eu-central-1\"\nbucket = \"code\"\nbinary = {:?}\n{more}\n",
            binary.display()
        );
        fs::create_dir_all(self.path("config/variate")).unwrap();
        self.write("config/variate/deploy.toml", text)
    }
}

pub(crate) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
