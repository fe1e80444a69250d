//! What a test asks a server of its own.

use redis::{Client, Cmd, Connection, FromRedisValue};

use super::RedisProcess;

impl RedisProcess {
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
}
