use variate::Variants;

#[derive(Variants)]
#[experiment(name = "pill_color", weights(control = 50, blue = 50))]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
}

fn main() {}
