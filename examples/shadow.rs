//! A rewrite runs beside the code that it is to replace, until nothing mismatches any more.
//! `cargo run --example shadow --features shadow`

use std::pin::Pin;
use std::time::Duration;

use variate::shadow::{ShadowThread, Verdict};
use variate::{Config, Event, context};

type Cents = Pin<Box<dyn Future<Output = u64> + Send>>;

/// What is in force: every item rounded on its own.
fn total_by_item(cents: &[u64]) -> u64 {
    cents.iter().map(|cents| cents * 90 / 100).sum()
}

/// The rewrite: the sum rounded once.
fn total_by_sum(cents: &[u64]) -> u64 {
    cents.iter().sum::<u64>() * 90 / 100
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::builder()
        .tracker(
            |event: &Event<'_>| match serde_json::to_string(event.properties()) {
                Ok(properties) => println!("{} {properties}", event.action()),
                Err(error) => eprintln!("{error}"),
            },
        )
        .build()?;

    // Here: the customer waits for both.
    for (order, cents) in [(1, [1000, 250]), (2, [1999, 151]), (3, [999, 149])] {
        let total = config
            .experiment("order_total", context! { order: order })
            .use_(|| total_by_item(&cents))
            .try_(|| total_by_sum(&cents))
            .shadow()
            .ignore(|control, candidate| control + 1 == *candidate) // known: a cent of rounding
            .clean(|total| *total) // what a mismatch may show
            .stopwatch(|| Duration::ZERO) // so that this prints the same each time
            .after(|result| {
                let ignored = result.having(Verdict::Ignored).count();
                println!("order {order}: {:?}, {ignored} ignored", result.verdict());
            })
            .run();
        println!("order {order}: the customer pays {total}");
    }

    // On a thread of its own: the customer waits for the control alone.
    let thread = ShadowThread::new(1_000)?;
    let cents = [333, 333, 334];
    let total = config
        .experiment("order_total", context! { order: 4 })
        .use_(move || total_by_item(&cents))
        .try_(move || total_by_sum(&cents))
        .shadow()
        .clean(|total| *total)
        .stopwatch(|| Duration::ZERO)
        .deadline(Duration::from_secs(1))
        .off_thread(&thread)
        .run();
    thread.flush(Duration::from_secs(5));
    println!(
        "order 4: the customer paid {total}, {} runs dropped",
        thread.dropped()
    );

    // In async code, where the futures run together; with the durations that they really took.
    let exp = config.experiment("order_total", context! { order: 5 });
    let total = exp
        .use_(|| Box::pin(async move { total_by_item(&cents) }) as Cents)
        .try_(|| Box::pin(async move { total_by_sum(&cents) }) as Cents)
        .shadow_async()
        .ignore(|control, candidate| candidate.abs_diff(*control) <= 2)
        .after(|result| {
            for side in result.candidates().iter().chain([result.control()]) {
                println!("order 5: {} took {:?}", side.variant(), side.wall());
            }
        })
        .run();
    let total = pollster::block_on(total);
    println!("order 5: the customer pays {total}");
    Ok(())
}
