#[variate::component]
trait Lending {
    type Item<'a>
    where
        Self: 'a;
    fn next(&mut self) -> u8;
}

fn main() {}
