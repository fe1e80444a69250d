#[variate::component]
trait Compare {
    fn same(&self, other: &Self) -> bool;
}

#[variate::component]
trait Copied {
    fn copy(&self) -> Option<Self>
    where
        Self: Sized;
}

#[variate::component]
trait Items: Iterator {
    fn first(&mut self) -> Self::Item;
}

#[variate::component]
trait Cloned {
    fn twice(&self) -> u8
    where
        Self: Clone;
}

fn main() {}
