use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(control)]
    Grey,
    #[variant(name = "")]
    Red,
}

fn main() {}
