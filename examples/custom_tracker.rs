//! Events to a file of JSON lines, from a thread of their own, and to the log.
//! `cargo run --example custom_tracker`
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

use variate::{
    Action, Background, Config, Event, EventRecord, FanOut, Filter, Sink, SinkError, context,
};

/// Writes events as JSON lines.
struct JsonLines(BufWriter<File>);

impl Sink for JsonLines {
    fn write(&mut self, batch: &[EventRecord]) -> Result<(), SinkError> {
        for event in batch {
            serde_json::to_writer(&mut self.0, event)?;
            self.0.write_all(b"\n")?;
        }
        Ok(self.0.flush()?)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("variate-events-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let path = directory.join("events.jsonl");

    let to_file = Background::builder()
        .capacity(1_000)
        .linger(Duration::from_millis(200))
        .build(JsonLines(BufWriter::new(File::create(&path)?)))?;
    let counters = to_file.handle();
    let purchases = Filter::new(
        |event: &Event<'_>| event.action() == "bought",
        |event: &Event<'_>| {
            let price = event.value().unwrap_or_default();
            println!("sold for {price} by {}", event.variant());
        },
    );
    let config = Config::builder()
        .tracker(FanOut::new().and(to_file).and(purchases))
        .build()?;

    let exp = config.experiment("checkout", context! { user_id: 42 });
    exp.use_(|| "two steps").try_(|| "one step").run();
    exp.track(
        Action::new("bought")
            .value(19.5)
            .property("currency", "EUR"),
    );

    config.flush(Duration::from_secs(5));
    println!(
        "{} events written, {} dropped",
        counters.stats().written,
        counters.stats().dropped
    );
    print!("{}", std::fs::read_to_string(&path)?);
    std::fs::remove_dir_all(&directory)?;
    Ok(())
}
