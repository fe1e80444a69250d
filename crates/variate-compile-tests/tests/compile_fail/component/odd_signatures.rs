use std::pin::Pin;

#[variate::component]
trait Conditional {
    #[cfg(test)]
    type Item;
    fn parameter(&self, #[cfg(test)] there: u8);
}

#[variate::component]
trait Qualified {
    type Item;
    fn first(&self) -> Option<Self::Item>;
    fn all(&self) -> impl Iterator<Item = u8> + use<Self>;
}

#[variate::component]
trait Lent {
    fn elided(&self, id: &str) -> impl Future<Output = u8> + '_;
    fn lasting(&self) -> Pin<Box<dyn Future<Output = u8>>>;
}

#[variate::component]
trait Compared<T>
where
    T: PartialEq<Self>,
{
    fn is(&self, other: &T) -> bool;
}

#[variate::component]
trait Unmeasured {
    #[measure(count = 1)]
    fn made() -> u8;
    #[component(fallback)]
    fn saved() -> u8;
    #[component(skip)]
    #[measure(count = 1)]
    fn skipped(&self);
}

#[variate::component]
trait Named {
    type Item;
    fn first(&self) -> Option<<Self as Named>::Item>;
}

fn main() {}
