use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(control)]
    Grey,
    Red(u8),
}

fn main() {}
