use variate::ContextValue;

#[derive(ContextValue)]
#[context_value(app = "shop")]
struct User(#[context_value(id)] u64, #[context_value(id)] u64);

fn main() {}
