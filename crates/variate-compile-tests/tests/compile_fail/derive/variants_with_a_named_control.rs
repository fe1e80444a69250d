use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(name = "grey", control)]
    Grey,
    Red,
}

fn main() {}
