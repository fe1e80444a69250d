struct User {
    id: u64,
    name: String,
}

#[variate::component]
trait NoValue {
    fn greet(&self, #[key] user: &User);
}

#[variate::component]
trait NoField {
    fn greet(&self, #[key(user.number)] user: &User);
}

fn main() {}
