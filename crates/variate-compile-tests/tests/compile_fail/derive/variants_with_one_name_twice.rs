use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(control)]
    Grey,
    DarkRed,
    #[variant(name = "dark_red")]
    Red,
}

fn main() {}
