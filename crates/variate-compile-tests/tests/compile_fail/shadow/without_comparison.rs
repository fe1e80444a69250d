use variate::{context, experiment};

struct Page;

fn main() {
    experiment("search", context! { user_id: 42 }).use_(|| Page).try_(|| Page).shadow().run();
}
