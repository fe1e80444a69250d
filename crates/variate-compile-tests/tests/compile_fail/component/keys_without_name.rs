#[variate::component]
trait Nameless {
    fn first(&self, #[key(ids[0])] ids: &[u64]);
    fn ignored(&self, #[key] _: u64);
    fn made(#[key] id: u64);
}

fn main() {}
