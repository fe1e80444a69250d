//! Everything about two experiments in one place: who takes part, who gets what, from when to when.
//! `cargo run --example declared`

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use variate::{Config, Declaration, Experiment, Holdout, Layer, Percent, Unit, context};

/// What a variant stands for: data, so that nobody branches on names.
#[derive(Deserialize)]
struct Price {
    cents: u32,
}

fn day(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(24 * number)
}

fn plan<'u>(unit: &'u Unit<'_>) -> Option<&'u str> {
    unit.context().get("plan")?.as_str()
}

fn config(today: SystemTime) -> Result<Config, Box<dyn std::error::Error>> {
    let price = Declaration::new("price")
        .variants(["low", "high"])
        .resolver(Percent::new([50, 25, 25])?)
        .payload("control", context! { cents: 900 })
        .payload("low", context! { cents: 700 })
        .payload("high", context! { cents: 1100 })
        .exclude(|unit: &Unit<'_>| plan(unit) == Some("staff")) // control, untracked
        .segment("low", |unit: &Unit<'_>| plan(unit) == Some("student")) // always this variant
        .holdout("winter") // kept out, to compare with later
        .layer("checkout", 0..60) // nobody is in the other one's range
        .traffic(80) // of those that are left; raise it as trust grows
        .seed("2") // dealt anew: nobody carries anything over from the first time
        .starts(day(20_000))
        .ends(day(20_030))
        .owner("growth");
    let express = Declaration::new("express").layer("checkout", 60..100);

    // Names, percentages, ranges and dates that cannot be are errors here.
    Ok(Config::builder()
        .clock(move || today)
        .layer(Layer::new("checkout").unit("user_id"))
        .holdout(Holdout::new("winter", 5).unit("user_id"))
        .declare(price)
        .declare(express)
        .build()?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = config(day(20_010))?;
    for (user_id, plan) in [(1, "free"), (2, "free"), (3, "student"), (4, "staff")] {
        let visitor = context! { user_id: user_id, plan: plan };
        let price = config.experiment("price", &visitor);
        let express = config.experiment("express", &visitor);

        let Price { cents } = price.expose().payload()?;
        println!("user {user_id}, {plan}: {cents} cents, {}", reason(&price));
        println!("  express: {}", reason(&express));
    }

    println!(
        "\n{}",
        config
            .experiment("price", context! { user_id: 1, plan: "free" })
            .explain()
    );
    Ok(())
}

fn reason(exp: &Experiment<'_>) -> String {
    exp.assignment().reason().to_string()
}
