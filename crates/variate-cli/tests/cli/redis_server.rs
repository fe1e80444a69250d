//! A Redis server of a test's own: nothing on disk, nothing left behind.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};

pub(crate) struct RedisServer {
    port: u16,
    process: Child,
    // Held so that the server can always write.
    _output: BufReader<ChildStdout>,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        loop {
            // Somebody else may have taken the port in the meantime.
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            if let Some(server) = Self::start_on(port) {
                return server;
            }
        }
    }

    fn start_on(port: u16) -> Option<Self> {
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
        command.args(["--save", "", "--appendonly", "no"]);
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        let mut process = command
            .spawn()
            .expect("redis-server is missing: apt-get install redis-server");
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        while output.read_line(&mut line).unwrap() > 0 {
            if line.contains("eady to accept connections") {
                return Some(Self {
                    port,
                    process,
                    _output: output,
                });
            }
            line.clear();
        }
        process.wait().unwrap();
        None
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it without a word to anybody, and gives its port.
    #[cfg(feature = "lambda")]
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on the same port, without what it knew.
    #[cfg(feature = "lambda")]
    pub(crate) fn restart(&mut self) {
        *self = Self::start_on(self.port).expect("the port is free again");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
