#[variate::component]
trait Shown {
    fn shown(&self) -> impl std::fmt::Display;
    fn maybe(&self) -> Option<impl Iterator<Item = u8>>;
    async fn later(&self) -> impl Iterator<Item = u8>;
}

fn main() {}
