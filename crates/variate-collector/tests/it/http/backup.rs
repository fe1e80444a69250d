//! Copies of a store that counts.

use variate_collector::http::{ApiKeys, Role, Routes};
use variate_collector::{Collector, EmbeddedStore, EventStore, MemoryStore};

use super::{ADMIN, READ, collector, get, keys, post, routes};

const LIMITED: &str = "limited-key-4mJrSfUtqPzW0bXN8yAg2c";

fn count(collector: &Collector, id: &'static str) {
    let event = variate_collector::NewEvent::new("shop", "e", "v", "g", id).at(collector.now());
    collector.submit(vec![event]).unwrap().wait().unwrap();
}

#[tokio::test]
async fn a_store_is_copied_while_it_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let backups = directory.path().join("backups");
    let store = EmbeddedStore::open(directory.path().join("events")).unwrap();
    // Shared, as the command line does it.
    let collector = collector(std::sync::Arc::new(store));
    let app = Routes::new(collector.clone())
        .api_keys(keys())
        .backup_directory(&backups)
        .router();
    let event = "experiment=e&variant=v&event=g&uuid=1&namespace=shop";
    get(&app, &format!("/track?{event}")).text().await;
    let answer = post(&app, "/v1/backup", "").key(ADMIN).json().await;
    let copy = backups.join("2026-11-21T12-00-00Z");
    assert_eq!(answer["directory"], copy.to_str().unwrap());
    tokio::task::spawn_blocking(move || count(&collector, "2"))
        .await
        .unwrap();
    let copied = EmbeddedStore::open(&copy).unwrap();
    let tallies = copied.tallies("shop", "e").unwrap().unwrap();
    assert_eq!(tallies.cells[0].total.counted.events, 1);
    // The clock of this test stands still.
    let (status, message) = post(&app, "/v1/backup", "").key(ADMIN).problem().await;
    assert_eq!(
        (status, message.as_str()),
        (409, "a backup was made within this second; ask again later")
    );
}

#[tokio::test]
async fn only_a_key_of_all_namespaces_makes_one() {
    let directory = tempfile::tempdir().unwrap();
    let keys = ApiKeys::new()
        .with(READ, Role::Read, &[])
        .with(LIMITED, Role::Admin, &["shop"]);
    let backups = directory.path().join("backups");
    let app = Routes::new(collector(MemoryStore::new()))
        .api_keys(keys)
        .backup_directory(&backups)
        .router();
    assert_eq!(post(&app, "/v1/backup", "").status().await, 403);
    for key in [READ, LIMITED] {
        let asked = post(&app, "/v1/backup?namespace=shop", "").key(key);
        assert_eq!(asked.status().await, 403, "{key}");
    }
    assert!(!backups.exists());
}

#[tokio::test]
async fn what_keeps_a_backup_from_being_made_is_told() {
    let (status, message) = post(&routes().router(), "/v1/backup", "")
        .key(ADMIN)
        .problem()
        .await;
    assert_eq!(status, 409);
    assert!(message.contains("--backup-dir"), "{message}");

    let directory = tempfile::tempdir().unwrap();
    let asked = |directory: &std::path::Path| {
        let app = routes().backup_directory(directory).router();
        post(&app, "/v1/backup", "").key(ADMIN).problem()
    };
    assert_eq!(
        asked(directory.path()).await,
        (
            422,
            "this store of events cannot be copied into a directory".to_owned()
        )
    );
    // Nothing is left of it.
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);

    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (status, message) = asked(&file).await;
    assert_eq!(status, 503);
    assert!(!message.contains("file"), "{message}");
}
