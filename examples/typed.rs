//! An experiment as a type of the application: name, context and actions in one place.
//! `cargo run --example typed --features derive`
use variate::{Action, ContextValue, Experiment, Variants, context, experiment};

#[derive(ContextValue)]
#[context_value(app = "shop", model = "User")]
struct User {
    id: u64,
}

#[derive(Variants, Debug, Clone, Copy, PartialEq)]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
    Blue,
}

/// The pill's colour. Owns what it needs, so that it can be kept.
struct PillColor {
    experiment: Experiment<'static>,
}

impl PillColor {
    fn of(user: &User) -> Self {
        let experiment = experiment("pill_color", context! { actor: user }).into_owned();
        Self { experiment }
    }

    fn pill(&self) -> Pill {
        self.experiment.assign()
    }

    fn swallowed(&self, price: f64) {
        self.experiment.track(Action::new("swallowed").value(price));
    }
}

fn main() {
    for id in 1..=4 {
        let color = PillColor::of(&User { id });
        let hex = match color.pill() {
            Pill::Grey => "#888888",
            Pill::Red => "#cc0000",
            Pill::Blue => "#0000cc",
        };
        color.swallowed(9.99);
        println!("user {id}: {:?} {hex}", color.pill());
    }
}
