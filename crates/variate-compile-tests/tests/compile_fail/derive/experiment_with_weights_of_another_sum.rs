use variate::Variants;

#[derive(Variants)]
#[experiment(name = "pill_color", weights(control = 50, red = 49.5))]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
}

fn main() {}
