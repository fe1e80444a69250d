use variate::shadow::ShadowThread;
use variate::{context, experiment};

fn main() {
    let thread = ShadowThread::new(1).unwrap();
    let word = String::from("pill");
    experiment("search", context! { user_id: 42 })
        .use_(|| word.len())
        .try_(|| 4)
        .shadow()
        .off_thread(&thread)
        .run();
}
