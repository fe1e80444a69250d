#[variate::component]
unsafe trait Promise {
    fn promise(&self);
}

#[variate::component]
trait Raw {
    unsafe fn raw(&self);
}

fn main() {}
