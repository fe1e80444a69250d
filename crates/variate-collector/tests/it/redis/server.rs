//! Redis servers of a test's own: nothing on disk, nothing left behind.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use redis::{Client, Cmd, Connection, FromRedisValue};
use tempfile::TempDir;

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    directory: TempDir,
    process: Process,
    options: Vec<String>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    // Held so that the server can always write.
    _output: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL ends a stopped process, too.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program: another one, as `valkey-server`, if this variable of the environment names it.
fn program() -> String {
    std::env::var("VARIATE_REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned())
}

impl Server {
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
            if let Some(process) = start(port, &directory, &options) {
                return Self {
                    port,
                    directory,
                    process,
                    options,
                };
            }
        }
    }

    /// Nodes of a cluster that share all slots, and know of it.
    pub(crate) fn start_cluster(nodes: u16) -> Vec<Self> {
        let options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        let cluster: Vec<Self> = (0..nodes).map(|_| Self::start_with(&options)).collect();
        for (index, node) in (0..).zip(&cluster) {
            let slots = |index: u32| (index * 16_384 / u32::from(nodes)).to_string();
            let last = (slots(index + 1).parse::<u32>().unwrap() - 1).to_string();
            node.ask::<()>(&["CLUSTER", "ADDSLOTSRANGE", &slots(index), &last]);
            let first = cluster[0].port.to_string();
            // The bus is on a port that may be taken or too high unless it is said.
            let bus = (cluster[0].port + 10_000).to_string();
            node.ask::<()>(&["CLUSTER", "MEET", "127.0.0.1", &first, &bus]);
        }
        let start = Instant::now();
        let knows = |node: &Self| {
            let info: String = node.ask(&["CLUSTER", "INFO"]);
            let slots: redis::Value = node.ask(&["CLUSTER", "SLOTS"]);
            let redis::Value::Array(slots) = slots else {
                return false;
            };
            info.contains("cluster_state:ok") && slots.len() == usize::from(nodes)
        };
        while !cluster.iter().all(knows) {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "the cluster does not come up"
            );
            std::thread::yield_now();
        }
        cluster
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
        self.process.child.kill().unwrap();
        self.process.child.wait().unwrap();
    }

    /// Starts it again on the same port.
    pub(crate) fn restart(&mut self) {
        self.process =
            start(self.port, &self.directory, &self.options).expect("the port is free again");
    }

    pub(crate) fn connection(&self) -> Connection {
        let client = Client::open(self.url()).unwrap();
        client.get_connection().unwrap()
    }

    /// What the server answers to a command.
    pub(crate) fn ask<T: FromRedisValue>(&self, command: &[&str]) -> T {
        let mut cmd = Cmd::new();
        cmd.arg(command);
        cmd.query(&mut self.connection()).unwrap()
    }

    /// All its keys.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.ask(&["KEYS", "*"]);
        keys.sort();
        keys
    }

    /// A field of its INFO.
    pub(crate) fn info(&self, section: &str, field: &str) -> Option<String> {
        let info: String = self.ask(&["INFO", section]);
        let start = format!("{field}:");
        let line = info.lines().find_map(|line| line.strip_prefix(&start));
        line.map(str::to_owned)
    }

    /// A field of its INFO that is a number.
    pub(crate) fn number(&self, section: &str, field: &str) -> u64 {
        self.info(section, field).unwrap().parse().unwrap()
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

fn start(port: u16, directory: &TempDir, options: &[String]) -> Option<Process> {
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
    Some(Process {
        child,
        _output: output,
    })
}
