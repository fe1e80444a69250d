struct Item;
struct Receipt;
struct Failed;

#[variate::component]
trait Order {
    #[component(fallback)]
    fn place(&self, item: Item) -> Result<u8, ()>;
    #[component(shadow)]
    fn quote(&self) -> Receipt;
    #[component(timeout = "50ms")]
    async fn later(&self) -> Result<u8, Failed>;
}

fn main() {}
