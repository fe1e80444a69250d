//! A secret that does not go with what is kept, and a server that forgot which store it has.

use variate_collector::{EventStore as _, NewEvent, Outcome, RedisStore, StoreError};

use super::server::RedisProcess;

const KEY: &str = "variate:{directory}:secret";

fn event(id: &str) -> NewEvent<'_> {
    NewEvent::new("shop", "pill_color", "red", "participate", id)
}

fn store(server: &RedisProcess) -> RedisStore {
    RedisStore::builder(server.url()).build().unwrap()
}

fn with_secret(server: &RedisProcess, secret: u8) -> RedisStore {
    let builder = RedisStore::builder(server.url()).secret([secret; 16]);
    builder.build().unwrap()
}

fn damaged<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Err(error @ StoreError::Damaged { .. }) => error.to_string(),
        other => panic!("not damaged: {other:?}"),
    }
}

#[test]
fn another_secret_than_before_is_refused() {
    let server = RedisProcess::start();
    let outcomes = with_secret(&server, 1).ingest(&[event("a")]).unwrap();
    assert_eq!(outcomes, [Outcome::Counted]);

    let other = with_secret(&server, 2);
    let words = damaged(other.ingest(&[event("a")]));
    assert!(words.contains("begun with"), "{words}");
    damaged(other.ready());
    damaged(store(&server).ready());

    let same = with_secret(&server, 1);
    same.ready().unwrap();
    assert_eq!(same.ingest(&[event("a")]).unwrap(), [Outcome::Duplicate]);
}

#[test]
fn a_secret_that_is_gone_is_not_drawn_again() {
    let server = RedisProcess::start();
    let running = store(&server);
    running.ingest(&[event("a")]).unwrap();
    let secret: String = server.ask(&["GET", KEY]);
    server.ask::<()>(&["DEL", KEY]);

    let words = damaged(store(&server).ingest(&[event("a")]));
    assert!(words.contains(KEY), "{words}");
    damaged(running.ready());

    server.ask::<()>(&["SET", KEY, &secret]);
    let outcomes = store(&server).ingest(&[event("a")]).unwrap();
    assert_eq!(outcomes, [Outcome::Duplicate]);
}

#[test]
fn processes_agree_after_the_server_forgot_everything() {
    let server = RedisProcess::start();
    let one = store(&server);
    one.ingest(&[event("a")]).unwrap();
    server.ask::<()>(&["FLUSHALL"]);
    let other = store(&server);
    assert_eq!(other.ingest(&[event("a")]).unwrap(), [Outcome::Counted]);
    assert_eq!(one.ingest(&[event("a")]).unwrap(), [Outcome::Duplicate]);
    assert_eq!(one.ingest(&[event("b")]).unwrap(), [Outcome::Counted]);
    assert_eq!(other.ingest(&[event("b")]).unwrap(), [Outcome::Duplicate]);
}

#[test]
fn a_new_experiment_after_the_server_forgot_everything_is_of_the_new_store() {
    let server = RedisProcess::start();
    let one = with_secret(&server, 1);
    one.ingest(&[event("a")]).unwrap();
    server.ask::<()>(&["FLUSHALL"]);
    let other = with_secret(&server, 1);
    let new = NewEvent::new("shop", "button", "blue", "click", "a");
    // It gets the number that the first process knows as another experiment's.
    assert_eq!(
        other.ingest(std::slice::from_ref(&new)).unwrap(),
        [Outcome::Counted]
    );
    assert_eq!(
        one.ingest(std::slice::from_ref(&new)).unwrap(),
        [Outcome::Duplicate]
    );
    assert_eq!(one.ingest(&[event("b")]).unwrap(), [Outcome::Counted]);
    let tallies = other.tallies("shop", "button").unwrap().unwrap();
    let cell = tallies.cell("click", "blue").unwrap();
    assert_eq!(cell.total.counted.units, 1);
}
