#[variate::component]
trait Shop {
    fn open(&self) -> u8;
}

fn main() {
    let shop = ShopExperiment::builder("shop").build();
}
