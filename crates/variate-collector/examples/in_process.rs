//! An experiment and its tallies in one process, without a server:
//! `cargo run -p variate-collector --example in_process`

use std::time::Duration;

use variate::{Action, Config, context};
use variate_collector::{Collector, CollectorTracker, EventStore, MemoryStore};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // `EmbeddedStore` keeps the tallies in a directory instead.
    let collector = Collector::new(MemoryStore::new())?;
    let tracker = CollectorTracker::new(collector.clone()).namespace("shop");
    let config = Config::builder().tracker(tracker).build()?;

    for user in 0..1_000_u32 {
        let exp = config.experiment("pill_color", context! { user_id: user });
        let price = exp.use_(|| 9.0).variant("red", || 10.0).run();
        if user % 3 == 0 {
            exp.track(Action::new("bought").value(price));
        }
    }
    config.flush(Duration::from_secs(5));

    let tallies = collector.store().tallies("shop", "pill_color")?;
    for cell in tallies.iter().flat_map(|tallies| &tallies.cells) {
        let (counted, (sum, _)) = (cell.total.counted, cell.total.counted.sum.parts());
        let (units, action, variant) = (counted.units, &cell.action, &cell.variant);
        println!("{variant:8} {action:10} {units:4} units, total {sum}");
    }
    Ok(())
}
