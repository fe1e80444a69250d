//! A Redis server of a test's own: nothing on disk, nothing left behind.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct RedisProcess {
    port: u16,
    directory: TempDir,
    running: Running,
    options: Vec<String>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    // Held so that the server can always write.
    _output: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // SIGKILL ends a stopped process, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl RedisProcess {
    /// Starts a server, and waits until it answers.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with options of its command line.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        loop {
            let port = free_port();
            // Somebody else may have taken the port in the meantime.
            if let Some(running) = start(port, &directory, &options) {
                return Self {
                    port,
                    directory,
                    running,
                    options,
                };
            }
        }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it as a crash does: without a word to anybody.
    pub(crate) fn kill(&mut self) {
        self.running.child.kill().unwrap();
        self.running.child.wait().unwrap();
    }

    /// Starts it again on the same port, without what it knew.
    pub(crate) fn restart(&mut self) {
        self.running =
            start(self.port, &self.directory, &self.options).expect("the port is free again");
    }

    /// Takes the processor from it: connections stay, and nothing answers.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
        let stat = format!("/proc/{}/stat", self.running.child.id());
        let stopped = |stat: &str| stat.rsplit(')').next().unwrap().starts_with(" T");
        while !stopped(&std::fs::read_to_string(&stat).unwrap()) {
            std::thread::yield_now();
        }
    }

    /// Gives the processor back.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        // The shell's own, for not every machine has the program.
        let kill = format!("kill {signal} {}", self.running.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}");
    }
}

/// A port that nobody listens on, low enough for a cluster's bus 10,000 above it.
pub(crate) fn free_port() -> u16 {
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

/// The program: another one, as `valkey-server`, if this variable of the environment names it.
fn program() -> String {
    std::env::var("VARIATE_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned())
}

fn start(port: u16, directory: &TempDir, options: &[String]) -> Option<Running> {
    let program = program();
    let mut child = Command::new(&program)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
        .args(options)
        .arg("--dir")
        .arg(directory.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|problem| {
            panic!("{program} does not start ({problem}); install it: apt-get install redis-server")
        });
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("eady to accept connections") {
        line.clear();
        if output.read_line(&mut line).unwrap() == 0 {
            let _ = child.wait();
            return None;
        }
    }
    Some(Running {
        child,
        _output: output,
    })
}
