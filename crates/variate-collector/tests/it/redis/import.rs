//! Baselines of what Gimel and Lámed had counted.

use variate_collector::{Baseline, EventStore as _, MemoryStore, import_gimel, import_lamed};

use super::server::RedisProcess;

/// The index keys that both originals write.
fn index(server: &RedisProcess, counters: &[&str]) {
    server.ask::<()>(&["SADD", "alephbet:experiments", "button color"]);
    for counter in counters {
        server.ask::<()>(&["SADD", "alephbet:counter_keys", counter]);
        server.ask::<()>(&["SADD", "alephbet:button color:counter_keys", counter]);
    }
}

const SEEN: &str = "alephbet:counters:button color:participate:red";
const CLICKED: &str = "alephbet:counters:button color:clicked:a:b";

#[test]
fn counts_of_lamed_are_read_as_they_are() {
    let server = RedisProcess::start();
    let never = "alephbet:counters:button color:never:red";
    index(&server, &[SEEN, CLICKED, "alephbet:counters:odd", never]);
    server.ask::<()>(&["SET", SEEN, "120"]);
    server.ask::<()>(&["SET", CLICKED, "7"]);
    let store = MemoryStore::new();
    for (experiment, baseline) in import_lamed(&server.url(), "alephbet").unwrap() {
        store.change("alephbet", &experiment, &baseline).unwrap();
    }
    let tallies = store.tallies("alephbet", "button color").unwrap().unwrap();
    let baseline = |action, variant| tallies.cell(action, variant).unwrap().baseline.unwrap();
    let exactly = |units| Baseline {
        units,
        estimated: false,
    };
    assert_eq!(baseline("participate", "red"), exactly(120));
    assert_eq!(baseline("clicked", "a:b"), exactly(7));
    assert_eq!(baseline("never", "red"), exactly(0));
    assert_eq!(tallies.cells.len(), 3);
}

#[test]
fn what_is_no_count_is_refused_and_named() {
    let server = RedisProcess::start();
    let key = "alephbet:counters:button color:sold:red";
    index(&server, &[SEEN, key]);
    server.ask::<()>(&["SET", SEEN, "120"]);
    for text in ["-3", "many", "1.5", "", "9223372036854775807"] {
        server.ask::<()>(&["SET", key, text]);
        let told = import_lamed(&server.url(), "alephbet").unwrap_err();
        let told = told.to_string();
        assert!(told.contains(&format!("`{key}` is `{text}`")), "{told}");
    }
    for import in [import_lamed, import_gimel] {
        server.ask::<()>(&["DEL", key]);
        server.ask::<()>(&["RPUSH", key, "1"]);
        server.ask::<()>(&["DEL", SEEN]);
        let told = import(&server.url(), "alephbet").unwrap_err().to_string();
        assert!(told.contains(&format!("`{key}`")), "{told}");
    }
}

#[test]
fn counts_of_gimel_are_marked_as_estimates() {
    let server = RedisProcess::start();
    index(&server, &[SEEN]);
    for id in ["a", "b", "c", "a"] {
        server.ask::<()>(&["PFADD", SEEN, id]);
    }
    let baselines = import_gimel(&server.url(), "alephbet").unwrap();
    let [(experiment, change)] = baselines.as_slice() else {
        panic!("{baselines:?}");
    };
    assert_eq!(experiment, "button color");
    let store = MemoryStore::new();
    store.change("alephbet", experiment, change).unwrap();
    let tallies = store.tallies("alephbet", experiment).unwrap().unwrap();
    let baseline = tallies
        .cell("participate", "red")
        .unwrap()
        .baseline
        .unwrap();
    assert_eq!(
        baseline,
        Baseline {
            units: 3,
            estimated: true
        }
    );
}
