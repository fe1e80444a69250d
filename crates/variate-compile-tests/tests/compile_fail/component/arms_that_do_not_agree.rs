#[variate::component]
trait Shop {
    type Item;
    fn sell(&self) -> Self::Item;
}

impl Shop for u8 {
    type Item = u8;
    fn sell(&self) -> u8 {
        *self
    }
}

impl Shop for u16 {
    type Item = u16;
    fn sell(&self) -> u16 {
        *self
    }
}

fn main() {
    let shop = ShopExperiment::builder("shop").control("one", 1_u8).arm("two", 2_u16).build().unwrap();
    shop.sell();
}
