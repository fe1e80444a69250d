struct Shop;

#[variate::component]
impl Shop {
    fn open(&self) {}
}

#[variate::component]
struct Other;

fn main() {}
