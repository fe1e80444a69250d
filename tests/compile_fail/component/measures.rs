struct Receipt;

#[variate::component]
trait Order {
    #[measure(total = |receipt| receipt.total)]
    fn place(&self) -> Receipt;
    #[measure(item = item)]
    fn order(&self, item: &str);
}

fn main() {}
