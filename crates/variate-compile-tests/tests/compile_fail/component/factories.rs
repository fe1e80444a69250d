#[variate::component(factory)]
trait Change {
    fn change(&mut self);
}

#[variate::component(factory)]
trait Sized {
    const SIZE: usize;
    fn size(&self) -> usize;
}

fn main() {}
