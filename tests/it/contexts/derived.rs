//! `#[derive(ContextValue)]` and `#[derive(Variants)]`.

use variate::{ContextValue, Variants, context};

use crate::support::always;

#[derive(ContextValue)]
#[context_value(app = "shop")]
struct User {
    id: u64,
}

#[derive(ContextValue)]
#[context_value(app = "shop", model = "Admin::User")]
struct Admin<'a> {
    #[context_value(id)]
    login: &'a str,
    id: u64,
}

#[derive(ContextValue)]
#[context_value(app = "shop")]
struct Tuple<T: std::fmt::Display>(u8, #[context_value(id)] T);

#[test]
fn a_domain_object_is_its_global_id() {
    let user = User { id: 42 };
    let admin = Admin {
        login: "a b",
        id: 1,
    };
    let tuple = Tuple(0, "x");
    let ctx = context! { user: &user, admin: &admin, tuple: &tuple, several: vec![&user], none: None::<&User> };
    let text = |key: &str| ctx.get(key).unwrap().to_string();
    assert_eq!(text("user"), "gid://shop/User/42");
    assert_eq!(text("admin"), "gid://shop/Admin::User/a+b");
    assert_eq!(text("tuple"), "gid://shop/Tuple/x");
    assert_eq!(text("several"), "[gid://shop/User/42]");
    assert!(ctx.get("none").unwrap().is_null());
    assert_eq!((admin.id, tuple.0), (1, 0));
}

#[derive(Variants, Debug, Clone, Copy, PartialEq)]
enum Pill {
    Red,
    #[variant(control)]
    Grey,
    DarkBlue,
    #[variant(name = "x-large")]
    Large,
}

#[test]
fn an_enums_values_are_variants_with_the_control_first() {
    assert_eq!(Pill::NAMES, ["control", "red", "dark_blue", "x-large"]);
    for (place, pill) in [Pill::Grey, Pill::Red, Pill::DarkBlue, Pill::Large]
        .into_iter()
        .enumerate()
    {
        assert_eq!(Pill::from_index(place), pill);
        let (config, tracker) = always(Pill::NAMES[place]);
        assert_eq!(
            config.experiment("pill", context! {}).assign::<Pill>(),
            pill
        );
        assert_eq!(tracker.actions(), ["assignment"]);
    }
    assert_eq!(Pill::from_index(99), Pill::Grey);
}
