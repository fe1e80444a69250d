use std::sync::Arc;

#[variate::component]
trait Shop {
    fn close(self) -> u8;
}

impl Shop for u8 {
    fn close(self) -> u8 {
        self
    }
}

fn main() {
    let boxed = ShopExperiment::builder("shop").control_boxed("open", Box::new(1_u8));
    let shared = ShopExperiment::builder("shop").control_shared("open", Arc::new(1_u8));
    let made = ShopExperiment::builder("shop").control_with("open", || 1_u8);
}
