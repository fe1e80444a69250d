//! A Postgres server of a test's own: on a free port, gone when dropped.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running server.
pub(crate) struct Server {
    port: u16,
    child: Child,
    directory: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends its own processes at this signal, and none of those it would leave behind otherwise.
        let ended = Command::new("kill")
            .args(["-QUIT", &self.child.id().to_string()])
            .status();
        if !ended.is_ok_and(|status| status.success()) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

const MISSING: &str =
    "Postgres is missing, or openssl, which comes with it; on Debian: apt-get install postgresql";

/// Debian keeps the programs off the path.
fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    places.extend(versions.map(|version| version.path().join("bin")));
    let found = places
        .into_iter()
        .map(|place| place.join(name))
        .find(|path| path.is_file());
    found.expect(MISSING)
}

fn output_of(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Postgres refuses to run as root: the user that it is to run as then, by number.
fn user() -> Option<(u32, u32)> {
    if output_of("id", &["-u"])? != "0" {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| {
        let number = |option| output_of("id", &[option, name])?.parse().ok();
        Some((number("-u")?, number("-g")?))
    })
}

fn command(name: &str, user: Option<(u32, u32)>) -> Command {
    match user {
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .arg("--clear-groups")
                .arg(program(name));
            command
        }
        None => Command::new(program(name)),
    }
}

/// Makes a certificate for 127.0.0.1, and a key for it, that nobody has signed: two files.
#[allow(dead_code, reason = "only some tests encrypt")]
pub(crate) fn certificate(directory: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (directory.join("server.pem"), directory.join("server.key"));
    let made = Command::new(program("openssl"))
        .args(["req", "-x509", "-nodes", "-days", "2", "-subj"])
        .arg(format!(
            "/CN={}",
            directory.display().to_string().replace('/', " ")
        ))
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "openssl: {told}");
    (certificate, key)
}

impl Server {
    #[allow(dead_code, reason = "only some tests do not encrypt")]
    pub(crate) fn start() -> Self {
        Self::start_with(|_| Vec::new())
    }

    /// One that takes encrypted connections, too.
    #[allow(dead_code, reason = "only some tests encrypt")]
    pub(crate) fn start_with_tls() -> Self {
        Self::start_with(|directory| {
            let (certificate, key) = certificate(directory);
            if let Some((user, group)) = user() {
                std::os::unix::fs::chown(&key, Some(user), Some(group)).unwrap();
            }
            let (certificate, key) = (certificate.display(), key.display());
            vec![
                "-c".to_owned(),
                "ssl=on".to_owned(),
                "-c".to_owned(),
                format!("ssl_cert_file={certificate}"),
                "-c".to_owned(),
                format!("ssl_key_file={key}"),
            ]
        })
    }

    fn start_with(more: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let user = user();
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
        }
        let more = more(directory.path());
        let data = directory.path().join("data");
        let made = command("initdb", user)
            .args([
                "--username=variate",
                "--auth=trust",
                "--no-sync",
                "--locale=C",
                "--encoding=UTF8",
                "-D",
            ])
            .arg(&data)
            .current_dir(directory.path())
            .output()
            .expect(MISSING);
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        loop {
            let port = TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let mut child = command("postgres", user)
                .arg("-D")
                .arg(&data)
                .args(["-F", "-h", "127.0.0.1", "-p", &port.to_string()])
                .args(["-c", "unix_socket_directories=", "-c", "lc_messages=C"])
                .args(&more)
                .current_dir(directory.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect(MISSING);
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let told: Vec<String> = lines
                .by_ref()
                .map_while(Result::ok)
                .take_while(|line| !line.contains("ready to accept connections"))
                .collect();
            // Held open, so that the server can always write.
            std::thread::spawn(move || lines.for_each(drop));
            if child.try_wait().unwrap().is_none() {
                return Self {
                    port,
                    child,
                    directory,
                };
            }
            // Somebody else may have taken the port in the meantime.
            let told = told.join("\n");
            assert!(told.contains("Address already in use"), "postgres: {told}");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgresql://variate@127.0.0.1:{}/postgres", self.port)
    }

    /// Its own, which those trust who know it.
    #[allow(dead_code, reason = "only some tests encrypt")]
    pub(crate) fn certificate(&self) -> PathBuf {
        self.directory.path().join("server.pem")
    }
}
