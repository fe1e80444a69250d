use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(control)]
    Grey,
    #[variant(control)]
    Red,
}

fn main() {}
