use variate::ContextValue;

#[derive(ContextValue)]
#[context_value(app = "shop")]
struct User {
    name: String,
}

fn main() {}
