#[variate::component(name = "shop")]
trait Shop {
    fn open(&self);
}

#[variate::component]
trait Order {
    #[component(retry)]
    fn place(&self);
}

fn main() {}
