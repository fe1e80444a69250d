//! `#[component]`: a type that implements a trait and hands each call to one of its arms.

mod arms;
mod method;
mod options;
mod proxy;
mod receiver;
mod returned;
mod rules;
mod shape;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{Error, Ident, Item, Result};

use self::shape::Shape;

/// What `#[component(..)]` on a trait says.
#[derive(Default)]
struct Arguments {
    proxy: Option<Ident>,
    factory: bool,
}

impl Arguments {
    fn parse(tokens: TokenStream) -> Result<Self> {
        let mut arguments = Self::default();
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("proxy") {
                arguments.proxy = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("factory") {
                arguments.factory = true;
            } else {
                return Err(meta.error("expected `proxy = Name` or `factory`"));
            }
            Ok(())
        });
        parser.parse2(tokens)?;
        Ok(arguments)
    }
}

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let arguments = Arguments::parse(arguments)?;
    let item = match syn::parse2(item)? {
        Item::Trait(item) => item,
        Item::Impl(item) => {
            return Err(Error::new_spanned(
                item.impl_token,
                "`#[component]` stands on a trait, and not on what implements it: an arm needs no attribute",
            ));
        }
        other => {
            let first = other.to_token_stream().into_iter().next();
            return Err(Error::new_spanned(
                first,
                "`#[component]` stands on a trait, whose implementations are the arms",
            ));
        }
    };
    let shape = Shape::take(item, arguments.proxy, arguments.factory)?;
    let item = &shape.item;
    let (arms, proxy, rules) = (
        arms::expand(&shape),
        proxy::expand(&shape),
        rules::expand(&shape),
    );
    Ok(quote! {
        #item
        #arms
        #rules
        #proxy
    })
}
