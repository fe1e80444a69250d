//! From the library to the routes of a collector, and into its tallies.

use std::time::Duration;

use tokio::runtime::Runtime;
use variate::{Action, Background, Config, Sink, Unit, context};
use variate_collector::http::{ApiKeys, Routes, Server};
use variate_collector::{Collector, HttpSink, MemoryStore};

use super::records;

const KEY: &str = "a-key-with-enough-characters-0123456789";

/// Serves as long as the runtime is there; who writes needs the key.
fn serve(collector: Collector) -> (Runtime, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("api-keys");
    std::fs::write(&file, format!("{KEY} role=write namespace=shop\n")).unwrap();
    let keys = ApiKeys::from_file(&file).unwrap();
    let router = Routes::new(collector).api_keys(keys).router();
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(Server::new(router).serve(listener, std::future::pending()));
    (runtime, url)
}

#[test]
fn what_is_tracked_here_is_tallied_there_once() {
    let collector = Collector::new(MemoryStore::new()).unwrap();
    let (_runtime, url) = serve(collector.clone());
    let sink = |gzip| {
        let builder = HttpSink::builder(&url).namespace("shop").api_key(KEY);
        builder.gzip(gzip).build().unwrap()
    };
    let mut posted = sink(true);
    let handle = posted.handle();
    let again = records(&["came", "went"]);
    for _ in 0..2 {
        posted.write(&again).unwrap();
    }
    assert_eq!((handle.stats().counted, handle.stats().duplicates), (2, 2));

    let sink = sink(false);
    let handle = sink.handle();
    let tracker = Background::builder().batch(64).build(sink).unwrap();
    let config = Config::builder().tracker(tracker);
    let config = config.resolver(|_: &Unit<'_>| "red").build().unwrap();
    for user in 0..500 {
        let exp = config.experiment("größe/1", context! { user_id: user });
        exp.use_(|| "grey").variant("red", || "red").run();
        exp.track(Action::new("bought").value(2.5));
        exp.track(Action::new("bought").value(0.5));
    }
    assert!(config.flush(Duration::from_mins(1)));
    assert_eq!(handle.stats().counted, 1_500);
    let tallies = collector.store().tallies("shop", "größe/1").unwrap();
    let tallies = tallies.unwrap();
    let bought = tallies.cell("bought", "red").unwrap().total.counted;
    assert_eq!((bought.events, bought.units), (1_000, 500));
    assert_eq!(bought.sum_of_squares, 4_500.0.into());
}

#[test]
fn who_has_no_key_to_write_is_told() {
    let (_runtime, url) = serve(Collector::new(MemoryStore::new()).unwrap());
    for builder in [
        HttpSink::builder(&url).namespace("shop"),
        HttpSink::builder(&url).namespace("shop").api_key("another"),
    ] {
        let told = builder.build().unwrap().write(&records(&["came"]));
        let told = told.unwrap_err().to_string();
        assert!(
            told.contains("does not take events of this client: 403"),
            "{told}"
        );
    }
}
