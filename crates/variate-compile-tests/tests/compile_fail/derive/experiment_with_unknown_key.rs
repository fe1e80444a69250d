use variate::Variants;

#[derive(Variants)]
#[experiment(name = "pill_color", trafic = 20)]
enum Pill {
    #[variant(control)]
    Grey,
    Red,
}

fn main() {}
