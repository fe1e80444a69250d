//! `#[component]`: a type that implements a trait and hands each call to one of its arms.

mod arms;
mod method;
mod options;
mod proxy;
mod receiver;
mod returned;
mod rules;
mod shape;
#[cfg(test)]
mod snapshots;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{Error, FnArg, Ident, Item, ItemTrait, LitStr, Path, Result, TraitItem};

use self::options::is;
use self::shape::Shape;

/// What `#[component(..)]` on a trait says.
#[derive(Default)]
struct Arguments {
    proxy: Option<Ident>,
    rules: Option<Ident>,
    factory: bool,
    root: Option<Path>,
}

impl Arguments {
    fn parse(tokens: TokenStream) -> Result<Self> {
        let mut arguments = Self::default();
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("proxy") {
                arguments.proxy = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("arguments") {
                arguments.rules = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("factory") {
                arguments.factory = true;
            } else if meta.path.is_ident("crate") {
                let value = meta.value()?;
                arguments.root = Some(if value.peek(LitStr) {
                    let text: LitStr = value.parse()?;
                    text.parse_with(Path::parse_mod_style)?
                } else {
                    value.call(Path::parse_mod_style)?
                });
            } else {
                return Err(meta.error(
                    "expected `proxy = Name`, `arguments = Name`, `crate = path` or `factory`",
                ));
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
    let plain = plain(item.clone());
    let shape = match Shape::take(item, arguments) {
        Ok(shape) => shape,
        // What implements the trait is not wrong because of this.
        Err(error) => {
            let error = error.into_compile_error();
            return Ok(quote!(#error #plain));
        }
    };
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

/// The trait without anything that is ours.
fn plain(mut item: ItemTrait) -> ItemTrait {
    let methods = item.items.iter_mut().filter_map(|item| match item {
        TraitItem::Fn(method) => Some(method),
        _ => None,
    });
    for method in methods {
        method
            .attrs
            .retain(|attribute| !is(attribute, "component") && !is(attribute, "measure"));
        for argument in &mut method.sig.inputs {
            if let FnArg::Typed(argument) = argument {
                argument.attrs.retain(|attribute| !is(attribute, "key"));
            }
        }
    }
    item
}
