//! A selector of one's own: all users of some companies get one arm, whoever they are.
//!
//! `cargo run --example company_selector --features component`

use variate::component;
use variate::component::Sticky;

struct User {
    id: u64,
    company: &'static str,
}

#[component]
trait Greet {
    fn greet(&self, #[key(user.id)] user: &User) -> &'static str;
}

struct Formal;
struct Brief;

impl Greet for Formal {
    fn greet(&self, _: &User) -> &'static str {
        "Good day to you"
    }
}

impl Greet for Brief {
    fn greet(&self, _: &User) -> &'static str {
        "Hi"
    }
}

fn main() -> Result<(), component::BuildError> {
    let greeting = GreetExperiment::builder("greeting")
        .control("formal", Formal)
        .arm("brief", Brief)
        // The closure gets what the method is given, with its types; `None` leaves it to the selector.
        .by_arguments(GreetArguments::new().greet(|user| match user.company {
            "Acme" => Some("formal"),
            "Initech" => Some("brief"),
            _ => None,
        }))
        .selector(Sticky::new())
        .build()?;

    for company in ["Acme", "Initech", "Hooli"] {
        let greetings: Vec<_> = (1..=6)
            .map(|id| greeting.greet(&User { id, company }))
            .collect();
        println!("{company}: {}", greetings.join(", "));
    }
    Ok(())
}
