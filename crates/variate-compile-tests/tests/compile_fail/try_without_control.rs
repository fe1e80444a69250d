use variate::{context, experiment};

fn main() {
    experiment("pill_color", context! { user_id: 42 }).try_(|| "red").run();
}
