use std::pin::Pin;
use std::sync::Arc;

#[variate::component]
trait Shop {
    fn shared(self: Arc<Self>);
    fn pinned(self: Pin<&mut Self>);
}

fn main() {}
