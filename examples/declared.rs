//! Everything about two experiments in one place: who takes part, who gets what, from when to when.
//! `cargo run --example declared`

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use variate::{Config, Declaration, Holdout, Layer, Percent, Unit, context};

/// What a variant stands for: data, so that no code branches on names.
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
    let visitors = [
        (2, "free"),
        (5, "student"),
        (6, "free"),
        (7, "staff"),
        (8, "free"),
    ];
    for (user_id, plan) in visitors {
        let visitor = context! { user_id: user_id, plan: plan };
        // The rules see the plan; who changes it stays the same unit.
        let of = |name| config.experiment(name, &visitor).sticky_to(user_id);

        let price = of("price");
        let found: Option<Price> = price.expose().payload()?; // none: the control
        let cents = found.map_or(900, |price| price.cents);
        println!(
            "user {user_id}, {plan}: {cents} cents, {}",
            price.assignment().reason()
        );
        println!("  express: {}", of("express").assignment().reason());
        if user_id == 6 {
            println!("{}", price.explain());
        }
    }
    Ok(())
}
