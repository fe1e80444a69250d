use variate::{context, experiment};

fn main() {
    experiment("pill_color", context! { user_id: 42 }).use_(|| 1).try_(|| "red").run();
}
