use variate::Variants;

#[derive(Variants)]
enum Pill {
    #[variant(control)]
    Grey,
    Control,
}

fn main() {}
