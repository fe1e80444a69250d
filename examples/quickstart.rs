//! The shortest working experiment. `cargo run --example quickstart`
use variate::{Action, context, experiment};

fn main() {
    for user_id in 1..=4 {
        let exp = experiment("pill_color", context! { user_id: user_id });

        let pill = exp
            .use_(|| "grey") // the control
            .variant("red", || "red")
            .variant("blue", || "blue")
            .run();

        println!("user {user_id} gets the {pill} pill");
        exp.track(Action::new("swallowed").value(9.99));
    }
}
