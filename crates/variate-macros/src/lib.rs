//! Macros of `variate`; use them through its features `derive` and `component`.

mod component;
mod context_value;
mod declaration;
mod variants;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `ContextValue`: the global id `gid://app/Model/id` of a domain object.
///
/// `app` is part of every key, so it is given and not guessed. `model` is the type's name unless
/// given. The id is the field marked `#[context_value(id)]`, or else the field `id`.
///
/// ```
/// use variate::{ContextValue, context};
///
/// #[derive(ContextValue)]
/// #[context_value(app = "shop", model = "User")]
/// struct Customer {
///     #[context_value(id)]
///     number: u64,
///     name: String,
/// }
///
/// let ann = Customer { number: 42, name: "Ann".into() };
/// let ctx = context! { actor: &ann };
/// assert_eq!(ctx.get("actor").unwrap().to_string(), "gid://shop/User/42");
/// # let _ = ann.name;
/// ```
#[proc_macro_derive(ContextValue, attributes(context_value))]
pub fn context_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    context_value::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Implements `Variants` for an enum: its values are the variants of an experiment.
///
/// `#[variant(control)]` marks the control, which is always called `control`. The others are named in snake case, `HTTPServer` as
/// `http_server`, or by `#[variant(name = "..")]`.
///
/// ```
/// use variate::{Variants, context, experiment};
///
/// #[derive(Variants, Debug, Clone, Copy, PartialEq)]
/// enum Pill {
///     #[variant(control)]
///     Grey,
///     Red,
///     #[variant(name = "blue")]
///     DarkBlue,
/// }
///
/// assert_eq!(Pill::NAMES, ["control", "red", "blue"]);
/// let colour = match experiment("pill_color", context! { user_id: 42 }).assign::<Pill>() {
///     Pill::Grey => "#888",
///     Pill::Red => "#f00",
///     Pill::DarkBlue => "#00f",
/// };
/// # let _ = colour;
/// ```
///
/// With `#[experiment(..)]` the enum also declares its experiment: `declaration()` is what
/// `ConfigBuilder::declare` takes. Weights are checked by the compiler.
///
/// ```
/// use variate::{Config, Variants};
///
/// #[derive(Variants)]
/// #[experiment(
///     name = "pill_color",
///     weights(control = 50, red = 25, dark_blue = 25),
///     traffic = 20,
///     owner = "growth"
/// )]
/// enum Pill {
///     #[variant(control)]
///     Grey,
///     Red,
///     DarkBlue,
/// }
///
/// let config = Config::builder().declare(Pill::declaration()).build()?;
/// assert!(config.is_declared("pill_color"));
/// # Ok::<(), variate::ConfigError>(())
/// ```
///
/// It knows `name`, `weights(..)`, `traffic`, `seed`, `layer("checkout", 0..30)`, `owner`, `issue` and
/// `description`; for everything else go on with the builder: `Pill::declaration().exclude(..)`.
#[proc_macro_derive(Variants, attributes(variant, experiment))]
pub fn variants(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    variants::expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a component of a trait: `PlaceOrderExperiment`, a type that implements the trait `PlaceOrder`
/// and hands each call to one of its arms.
///
/// ```
/// use variate::component::Sticky;
///
/// struct User { id: u64 }
///
/// #[variate::component]
/// trait Greet {
///     fn greet(&self, #[key(user.id)] user: &User) -> String;
/// }
///
/// struct Short;
/// impl Greet for Short {
///     fn greet(&self, user: &User) -> String {
///         format!("Hi {}", user.id)
///     }
/// }
///
/// struct Long;
/// impl Greet for Long {
///     fn greet(&self, user: &User) -> String {
///         format!("Good morning {}", user.id)
///     }
/// }
///
/// let greeter = GreetExperiment::builder("greeting")
///     .control("short", Short)
///     .arm("long", Long)
///     .weights([90, 10])
///     .selector(Sticky::new())
///     .build()?;
/// assert!(greeter.greet(&User { id: 42 }).ends_with("42"));
/// # Ok::<(), variate::component::BuildError>(())
/// ```
///
/// On the trait: `proxy = Name` for a type of another name than `..Experiment`, `arguments = Name` for one of another name than
/// `..Arguments` (the rules over what methods are given), `factory` for arms that are made for each call, `crate = path` where the library is not
/// called `variate`.
///
/// On a parameter: `#[key]`, `#[key(user.id)]` or `#[key(user_id = user.number())]` says who a call is for: the
/// entries of a context, here `user_id`.
///
/// On a method:
///
/// | | |
/// |---|---|
/// | `#[component(skip)]` | it always goes to the control, unmeasured |
/// | `#[component(fallback)]` | where an arm returns an `Err` or panics, the control is called with the same arguments |
/// | `#[component(timeout = "50ms")]` | so long may an asynchronous arm take before the control is called, or without `fallback` before the caller gets `Err(E::from(TimedOut))` |
/// | `#[component(shadow)]` | control and selected arm are both called, the control's value is returned, and they are compared: with `==` or `compare = \|control, candidate\| ..` |
/// | `#[component(ok = \|result\| ..)]` | what counts as a success; anything but an `Err` unless set |
/// | `#[measure(basket = items.len(), total = \|receipt\| receipt.total)]` | numbers of the arguments and of the result to record |
#[proc_macro_attribute]
pub fn component(arguments: TokenStream, item: TokenStream) -> TokenStream {
    component::expand(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
