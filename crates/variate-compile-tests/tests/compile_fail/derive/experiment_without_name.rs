use variate::Variants;

#[derive(Variants)]
#[experiment(owner = "growth")]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
}

fn main() {}
