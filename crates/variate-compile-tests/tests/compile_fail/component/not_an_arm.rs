#[variate::component]
trait Shop {
    fn open(&self) -> u8;
}

struct Closed;

impl Shop for u8 {
    fn open(&self) -> u8 {
        *self
    }
}

fn main() {
    let shop = ShopExperiment::builder("shop").control("open", 1_u8).arm("closed", Closed).build();
}
