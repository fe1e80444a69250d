use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::cluster::{ClusterClient, ClusterConnection, cluster_pipe};
use redis::{
    Client, Cmd, Connection, ConnectionLike as _, Pipeline, RedisError, RedisResult, Value,
};

use super::script::Call;

/// How many connections wait to be used again.
const MOST_IDLE: usize = 16;
/// How often a cluster is asked again where a key went.
const CLUSTER_RETRIES: u32 = 4;

/// Connections that wait to be used again. Whoever needs one takes it out or opens another, so that no lock is
/// held while a server is waited for.
pub(super) struct Connections {
    client: Servers,
    timeout: Duration,
    idle: Mutex<Vec<Link>>,
}

enum Servers {
    One(Client),
    Cluster(ClusterClient),
}

enum Link {
    One(Box<Connection>),
    Cluster(Box<ClusterConnection>),
}

impl Connections {
    pub(super) fn to_one(url: &str, timeout: Duration) -> RedisResult<Self> {
        Ok(Self::new(Servers::One(Client::open(url)?), timeout))
    }

    pub(super) fn to_cluster(urls: &[String], timeout: Duration) -> RedisResult<Self> {
        let client = ClusterClient::builder(urls.iter().map(String::as_str))
            .retries(CLUSTER_RETRIES)
            .connection_timeout(timeout)
            .response_timeout(timeout)
            .build()?;
        Ok(Self::new(Servers::Cluster(client), timeout))
    }

    fn new(client: Servers, timeout: Duration) -> Self {
        Self {
            client,
            timeout,
            idle: Mutex::default(),
        }
    }

    /// Makes all calls in one round trip (of each node of a cluster); answers one result for each.
    ///
    /// They may be made twice, and some of them alone: what they do must not add up.
    pub(super) fn call(&self, calls: &[Call]) -> RedisResult<Vec<RedisResult<Value>>> {
        if calls.is_empty() {
            return Ok(Vec::new());
        }
        let commands: Vec<Cmd> = calls.iter().map(Call::by_name).collect();
        let mut answers = self.send(&commands)?;
        // A server that restarted, or was told to, has forgotten the scripts.
        let forgotten: Vec<usize> = (0..)
            .zip(&answers)
            .filter(|(_, answer)| code(answer) == Some("NOSCRIPT"))
            .map(|(index, _)| index)
            .collect();
        if !forgotten.is_empty() {
            let calls = forgotten.iter().filter_map(|&index| calls.get(index));
            let commands: Vec<Cmd> = calls.map(Call::by_text).collect();
            for (index, answer) in forgotten.into_iter().zip(self.send(&commands)?) {
                if let Some(place) = answers.get_mut(index) {
                    *place = answer;
                }
            }
        }
        Ok(answers)
    }

    /// One call.
    pub(super) fn call_one(&self, call: &Call) -> RedisResult<Value> {
        let answers = self.call(std::slice::from_ref(call))?;
        answers.into_iter().next().unwrap_or(Ok(Value::Nil))
    }

    fn send(&self, commands: &[Cmd]) -> RedisResult<Vec<RedisResult<Value>>> {
        let waiting = self.idle().pop();
        if let Some(mut link) = waiting {
            match link.send(commands) {
                Ok(answers) => {
                    self.put_back(link, &answers);
                    return Ok(answers);
                }
                Err(error) => {
                    // What happened to one has happened to the others: the server restarted, or is gone.
                    let idle = std::mem::take(&mut *self.idle());
                    drop(idle);
                    if error.is_timeout() || !error.is_io_error() {
                        return Err(error);
                    }
                }
            }
        }
        let mut link = self.open()?;
        let answers = link.send(commands)?;
        self.put_back(link, &answers);
        Ok(answers)
    }

    fn open(&self) -> RedisResult<Link> {
        let timeout = Some(self.timeout);
        match &self.client {
            Servers::One(client) => {
                let connection = client.get_connection_with_timeout(self.timeout)?;
                connection.set_read_timeout(timeout)?;
                connection.set_write_timeout(timeout)?;
                Ok(Link::One(Box::new(connection)))
            }
            Servers::Cluster(client) => {
                let mut connection = client.get_connection()?;
                connection.set_read_timeout(timeout)?;
                connection.set_write_timeout(timeout)?;
                // To all nodes: one that does not know it costs the answers of the others.
                connection.req_command(&Call::load_ingest())?;
                Ok(Link::Cluster(Box::new(connection)))
            }
        }
    }

    fn put_back(&self, link: Link, answers: &[RedisResult<Value>]) {
        // One that leads to a replica, or to a server that is loading, is not asked again.
        let is_good = answers.iter().all(Result::is_ok);
        let mut idle = self.idle();
        if is_good && idle.len() < MOST_IDLE {
            idle.push(link);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Link>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn code(answer: &RedisResult<Value>) -> Option<&str> {
    answer.as_ref().err().and_then(RedisError::code)
}

impl Link {
    fn send(&mut self, commands: &[Cmd]) -> RedisResult<Vec<RedisResult<Value>>> {
        match self {
            Self::One(connection) => {
                let mut pipeline = Pipeline::with_capacity(commands.len());
                for command in commands {
                    pipeline.add_command(command.clone());
                }
                connection.send_packed_command(&pipeline.get_packed_pipeline())?;
                // Not the crate's own way to do it, which waits for each answer although one was late.
                let answers = commands.iter().map(|_| match connection.recv_response() {
                    Ok(value) => Ok(value.extract_error()),
                    Err(error) => Err(error),
                });
                answers.collect()
            }
            Self::Cluster(connection) => {
                let mut pipeline = cluster_pipe();
                for command in commands {
                    pipeline.add_command(command.clone());
                }
                match pipeline.query::<Vec<Value>>(connection) {
                    Ok(answers) => Ok(answers.into_iter().map(Ok).collect()),
                    Err(error) if error.is_io_error() => Err(error),
                    // Some command failed, and the answers of the others are lost. Again one by one: the client then also
                    // follows where it is sent.
                    Err(_) => Ok(commands
                        .iter()
                        .map(|command| connection.req_command(command))
                        .collect()),
                }
            }
        }
    }
}
