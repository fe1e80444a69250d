use variate::Variants;

#[derive(Variants)]
enum Pill {
    Grey,
    Red,
}

fn main() {}
