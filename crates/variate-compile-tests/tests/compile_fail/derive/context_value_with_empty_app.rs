use variate::ContextValue;

#[derive(ContextValue)]
#[context_value(app = "")]
struct User {
    id: u64,
}

fn main() {}
