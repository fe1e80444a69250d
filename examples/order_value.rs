//! A collector of one's own: what orders are worth, and what is lost where placing them fails.
//!
//! `cargo run --example order_value --features component`

use variate::component;
use variate::component::{
    Call, Collector, MemoryRecorder, Outcome, Readings, RoundRobin, UnitOfMeasure,
};

struct Order {
    item: &'static str,
    price: f64,
}

#[component]
trait PlaceOrder {
    #[measure(price = order.price)]
    fn place_order(&self, order: &Order) -> Result<(), SoldOut>;
}

#[derive(Debug)]
struct SoldOut;

/// Takes what is in stock.
struct OneStock;

/// Also asks the other warehouse.
struct TwoStocks;

impl PlaceOrder for OneStock {
    fn place_order(&self, order: &Order) -> Result<(), SoldOut> {
        if order.item == "cake" {
            Err(SoldOut)
        } else {
            Ok(())
        }
    }
}

impl PlaceOrder for TwoStocks {
    fn place_order(&self, _: &Order) -> Result<(), SoldOut> {
        Ok(())
    }
}

/// `revenue` of orders that were placed, `lost_revenue` of others.
struct OrderValue;

const EURO: UnitOfMeasure = UnitOfMeasure::Other("EUR");

impl Collector for OrderValue {
    /// The price of this call's order. Each call has a state of its own.
    type State = f64;

    fn before(&self, _: &Call<'_>) -> f64 {
        0.0
    }

    fn measured(&self, _: &Call<'_>, price: &mut f64, metric: &'static str, value: f64) {
        if metric == "price" {
            *price = value;
        }
    }

    fn after(&self, _: &Call<'_>, price: &mut f64, _: &Outcome<'_>, readings: &mut Readings<'_>) {
        readings.add("revenue", *price, EURO);
    }

    fn error(&self, _: &Call<'_>, price: &mut f64, _: &Outcome<'_>, readings: &mut Readings<'_>) {
        readings.add("lost_revenue", *price, EURO);
    }
}

fn main() -> Result<(), component::BuildError> {
    let recorder = MemoryRecorder::new();
    let orders = PlaceOrderExperiment::builder("orders")
        .control("one_stock", OneStock)
        .arm("two_stocks", TwoStocks)
        .selector(RoundRobin::new())
        .collect(OrderValue)
        .recorder(recorder.clone())
        .build()?;

    for (item, price) in [("tea", 5.0), ("tea", 5.0), ("cake", 20.0), ("cake", 20.0)] {
        if orders.place_order(&Order { item, price }).is_err() {
            println!("{item} is sold out");
        }
    }
    for of in recorder.measurements() {
        if let Some(value) = of.value.filter(|_| of.metric != "price") {
            println!("{}: {} {value} {}", of.arm, of.metric, of.unit);
        }
    }
    Ok(())
}
