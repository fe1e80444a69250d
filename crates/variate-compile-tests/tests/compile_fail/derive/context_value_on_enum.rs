use variate::ContextValue;

#[derive(ContextValue)]
#[context_value(app = "shop")]
enum User {
    Somebody,
}

fn main() {}
