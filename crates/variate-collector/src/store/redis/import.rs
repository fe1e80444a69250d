use std::time::Duration;

use redis::{Client, Connection, ErrorKind, RedisError, RedisResult, Value};

use crate::{Baseline, Change};

/// How long the original's server may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads what Gimel counted under a namespace of its Redis: changes for any store, with the names of their experiments.
/// Gimel's counts are estimates (0.81 % off, as a rule) and marked so. A counter that is not named as Gimel names them is left out and
/// told as a warning.
///
/// ```no_run
/// use variate_collector::{EventStore, MemoryStore, import_gimel};
///
/// let store = MemoryStore::new();
/// for (experiment, baseline) in import_gimel("redis://old.example:6379/0", "alephbet")? {
///     store.change("alephbet", &experiment, &baseline)?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The server cannot be reached, or a counter is no count, which is named: nothing is to be imported then, lest a part is missing.
pub fn import_gimel(url: &str, namespace: &str) -> Result<Vec<(String, Change)>, RedisError> {
    import(url, namespace, "PFCOUNT", true)
}

/// Reads what Lámed counted under a namespace of its Redis: changes for any store, with the names of their experiments.
/// Its ids are not read: what was counted there and is sent again counts again. A counter that is not named as Lámed names them is left
/// out and told as a warning.
///
/// # Errors
///
/// The server cannot be reached, or a counter is no count, which is named: nothing is to be imported then, lest a part is missing.
pub fn import_lamed(url: &str, namespace: &str) -> Result<Vec<(String, Change)>, RedisError> {
    import(url, namespace, "GET", false)
}

fn import(
    url: &str,
    namespace: &str,
    read: &str,
    estimated: bool,
) -> RedisResult<Vec<(String, Change)>> {
    let mut server = Client::open(url)?.get_connection_with_timeout(TIMEOUT)?;
    server.set_read_timeout(Some(TIMEOUT))?;
    server.set_write_timeout(Some(TIMEOUT))?;
    let mut experiments = members(&mut server, &format!("{namespace}:experiments"))?;
    experiments.sort();
    let mut changes = Vec::new();
    for experiment in experiments {
        let mut counters = members(
            &mut server,
            &format!("{namespace}:{experiment}:counter_keys"),
        )?;
        counters.sort();
        for counter in counters {
            let Some((action, variant)) = names(&counter, namespace, &experiment) else {
                tracing::warn!(%counter, "a counter that is not named as the original names them is left out");
                continue;
            };
            let units = count(&mut server, read, &counter)?;
            let change = Change::Baseline {
                action: action.to_owned(),
                variant: variant.to_owned(),
                baseline: Baseline { units, estimated },
            };
            changes.push((experiment.clone(), change));
        }
    }
    Ok(changes)
}

/// As many units as no system counts: 2^53.
const MOST: u64 = 1 << 53;

/// 0 where there is no such key.
fn count(server: &mut Connection, read: &str, counter: &str) -> RedisResult<u64> {
    let no_count = |found: String| {
        let what = format!(
            "`{counter}` is {found}: mend it there, or take it out of its `counter_keys` to leave it out"
        );
        RedisError::from((
            ErrorKind::UnexpectedReturnType,
            "a counter is no count",
            what,
        ))
    };
    let answer = redis::cmd(read).arg(counter).query::<Value>(server);
    let value = match answer {
        Ok(value) => value,
        Err(error) if error.is_io_error() => return Err(error),
        // It is of another type, for example.
        Err(error) => return Err(no_count(format!("not readable ({error})"))),
    };
    let text = match &value {
        Value::Nil => return Ok(0),
        Value::Int(number) => number.to_string(),
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    };
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number.ok_or_else(|| no_count(format!("`{text}`")))
}

/// An action with a colon cannot be told from a variant with one; both originals take the first for the end.
pub(super) fn names<'a>(
    counter: &'a str,
    namespace: &str,
    experiment: &str,
) -> Option<(&'a str, &'a str)> {
    let names = counter
        .strip_prefix(namespace)?
        .strip_prefix(":counters:")?;
    let names = names.strip_prefix(experiment)?.strip_prefix(':')?;
    names.split_once(':')
}

fn members(server: &mut Connection, key: &str) -> RedisResult<Vec<String>> {
    redis::cmd("SMEMBERS").arg(key).query(server)
}
