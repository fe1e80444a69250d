use variate::ContextValue;

#[derive(ContextValue)]
struct User {
    id: u64,
}

fn main() {}
