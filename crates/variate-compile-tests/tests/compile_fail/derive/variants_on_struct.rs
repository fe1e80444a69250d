use variate::Variants;

#[derive(Variants)]
struct Pill;

fn main() {}
