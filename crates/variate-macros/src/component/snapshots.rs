//! What is made of some traits, beside what was made of them before.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use proc_macro2::TokenStream;
use quote::quote;

fn check(name: &str, arguments: TokenStream, item: TokenStream) {
    let expanded = super::expand(arguments, item).unwrap_or_else(|error| panic!("{error}"));
    let file = syn::parse2(expanded).unwrap_or_else(|error| panic!("{error}"));
    let text = prettyplease::unparse(&file);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/expansions")
        .join(name)
        .with_extension("rs");
    if std::env::var_os("UPDATE_EXPANSIONS").is_some() {
        std::fs::write(&path, &text).unwrap_or_else(|error| panic!("{error}"));
    }
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == before,
        "the expansion of `{name}` is another one; if that is wanted, run this test with UPDATE_EXPANSIONS=1\n{text}"
    );
}

#[test]
fn a_plain_trait() {
    check(
        "plain",
        quote!(),
        quote! {
            /// Takes orders.
            pub trait PlaceOrder {
                /// Places one.
                #[measure(total = |receipt| receipt.total)]
                fn place(&self, id: u32, #[key(user.id)] user: &User) -> Result<Receipt, OrderError>;
                #[component(skip)]
                fn ping(&self) -> bool {
                    true
                }
            }
        },
    );
}

#[test]
fn a_generic_trait_with_all_that_there_is() {
    check(
        "generic",
        quote!(proxy = Stores),
        quote! {
            trait Store<'s, K: Ord, const N: usize, V = String>: Send
            where
                V: Clone,
            {
                type Error: Debug;
                const SIZE: usize;
                fn get<Q: ?Sized>(&'s self, key: &Q) -> Result<Vec<V>, Self::Error>;
                fn set(&mut self, (key, value): (K, V)) {}
                fn all(&self) -> impl Iterator<Item = V>;
                fn made() -> [u8; N];
            }
        },
    );
}

#[test]
fn asynchronous_methods() {
    check(
        "asynchronous",
        quote!(),
        quote! {
            trait Fetch {
                async fn native(&self, id: u32) -> u32;
                fn promised(&self, id: u32) -> impl Future<Output = u32> + Send;
                fn boxed<'a>(&'a self) -> Pin<Box<dyn Future<Output = u32> + Send + 'a>>;
            }
        },
    );
}

#[test]
fn arms_that_are_made_and_futures_in_boxes() {
    check(
        "factory",
        quote!(factory),
        quote! {
            #[async_trait]
            trait Fetch: Send + Sync {
                async fn fetch(&self, #[key] id: u32) -> u32;
            }
        },
    );
}

#[test]
fn safety() {
    check(
        "safety",
        quote!(),
        quote! {
            trait Quote {
                #[component(fallback, ok = |price| *price > 0)]
                fn saved(&self, item: String) -> u32;
                #[component(fallback, timeout = "50ms")]
                async fn saved_later(&self, item: String) -> Result<u32, E>;
                #[component(timeout = "2s")]
                async fn late(&self) -> Result<u32, E>;
                #[component(shadow, compare = close)]
                fn beside(&self, item: String) -> u32;
            }
        },
    );
}

#[test]
fn the_library_may_have_another_name() {
    let item = quote! {
        trait Fetch<T> {
            type Item;
            #[component(fallback, timeout = "1s", ok = |one| one.is_ok())]
            async fn one(&self, #[key] id: u32, #[key] of: u32) -> Result<u32, String>;
            #[component(timeout = "1s")]
            async fn two(&self) -> Result<u32, String>;
            #[component(shadow)]
            #[measure(count = count)]
            fn three(&self, #[key(user.id())] user: User, count: u32) -> u32;
            #[component(shadow, timeout = "1s")]
            async fn four(&self) -> u32;
        }
    };
    for name in [
        quote!(crate = crate::experiments),
        quote!(crate = "crate::experiments"),
    ] {
        let expanded = super::expand(name, item.clone()).unwrap_or_else(|error| panic!("{error}"));
        let text = expanded.to_string();
        assert!(text.contains("crate :: experiments :: component"), "{text}");
        assert!(!text.contains("variate"), "{text}");
    }
}
