#[variate::component]
trait Safe {
    #[component(timeout = "50ms")]
    fn stopped(&self);
    #[component(timeout = "soon")]
    async fn soon(&self) -> Result<(), ()>;
    #[component(fallback)]
    fn changed(&mut self) -> Result<(), ()>;
    #[component(fallback)]
    fn lent(&self, list: &mut Vec<u8>) -> Result<(), ()>;
    #[component(shadow, fallback)]
    fn both(&self) -> Result<(), ()>;
    #[component(skip, fallback)]
    fn skipped(&self) -> Result<(), ()>;
    #[component(compare = |a, b| a == b)]
    fn compared(&self) -> u8;
    #[component(shadow)]
    fn listed(&self) -> impl Iterator<Item = u8>;
}

fn main() {}
