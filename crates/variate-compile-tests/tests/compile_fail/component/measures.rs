struct Receipt;

#[variate::component]
trait Order {
    #[measure(total = |receipt| receipt.total)]
    fn place(&self) -> Receipt;
    #[measure(item = item)]
    fn order(&self, item: &str);
    #[measure(name = |name| name.clone())]
    fn name(&self) -> String;
}

#[variate::component]
trait Taken {
    #[measure(time = items.len())]
    fn cpu(&self, items: &[u8]);
    #[measure(count = items.len(), most = 2, count = 1)]
    fn twice(&self, items: &[u8]);
}

fn main() {}
