use variate::Variants;

#[derive(Variants)]
#[experiment(name = "pill_color", traffic = 200)]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
}

fn main() {}
