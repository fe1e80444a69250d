//! The rules over what methods are given: a closure for each.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{GenericParam, Type};

use super::arms::quiet;
use super::method::Method;
use super::options::unraw;
use super::shape::Shape;

pub(super) fn expand(shape: &Shape) -> TokenStream {
    if !shape.has_rules() {
        return TokenStream::new();
    }
    let site = Span::mixed_site();
    let (name, rules, visibility) = (shape.name(), &shape.rules, &shape.item.vis);
    let with_rule: Vec<_> = shape
        .methods
        .iter()
        .filter(|method| shape.has_rule(method))
        .collect();
    let fields = with_rule.iter().map(|method| {
        let (ident, cfg, rule) = (&method.signature.ident, &method.cfg, rule(method));
        quote_spanned! {site=>
            #(#cfg)*
            #ident: ::core::option::Option<::std::boxed::Box<dyn #rule>>
        }
    });
    let nothing = with_rule.iter().map(|method| {
        let (ident, cfg) = (&method.signature.ident, &method.cfg);
        quote_spanned!(site=> #(#cfg)* #ident: ::core::option::Option::None)
    });
    let nothing: Vec<_> = nothing.collect();
    // Where a method has this name, its rule has it, too: there is still `Default`.
    let is_new_free = !with_rule
        .iter()
        .any(|method| unraw(&method.signature.ident) == "new");
    let constructor = is_new_free.then(|| {
        quote_spanned! {site=>
            /// No rules: the selector has its say in all calls.
            #[must_use]
            #visibility const fn new() -> Self {
                Self { #(#nothing,)* }
            }
        }
    });
    let setters = with_rule.iter().map(|method| {
        let (ident, cfg, rule) = (&method.signature.ident, &method.cfg, rule(method));
        let doc = format!(
            "The arm for a call of `{}`, by what it is given; `None` leaves it to the selector.",
            unraw(ident)
        );
        quote_spanned! {site=>
            #(#cfg)*
            #[doc = #doc]
            #[must_use]
            #visibility fn #ident(mut self, rule: impl #rule + 'static) -> Self {
                self.#ident = ::core::option::Option::Some(::std::boxed::Box::new(rule));
                self
            }
        }
    });
    let doc =
        format!("Rules over what the methods of [`{name}`] are given: which arm a call goes to.");
    let debug_name = rules.to_string();
    let quiet = quiet();
    let cfg: Vec<_> = shape.cfg().collect();
    quote_spanned! {site=>
        #(#cfg)*
        #[doc = #doc]
        #[allow(non_camel_case_types, clippy::all, clippy::pedantic)]
        #visibility struct #rules {
            #(#fields,)*
        }

        #(#cfg)*
        #quiet
        impl #rules {
            #constructor

            #(#setters)*
        }

        #(#cfg)*
        #quiet
        impl ::core::default::Default for #rules {
            fn default() -> Self {
                Self { #(#nothing,)* }
            }
        }

        #(#cfg)*
        #quiet
        impl ::core::fmt::Debug for #rules {
            fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                out.write_str(#debug_name)
            }
        }
    }
}

/// The type of a rule: it sees all arguments by reference.
fn rule(method: &Method) -> TokenStream {
    let site = Span::mixed_site();
    let lifetimes: Vec<String> = method
        .signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => Some(lifetime.lifetime.ident.to_string()),
            _ => None,
        })
        .collect();
    let types = method
        .parameters
        .iter()
        .map(|parameter| anonymous(&parameter.ty, &lifetimes));
    quote_spanned! {site=>
        ::core::ops::Fn(#(&#types),*) -> ::core::option::Option<&'static str>
            + ::core::marker::Send + ::core::marker::Sync
    }
}

/// A type with `'_` in place of the method's own lifetimes.
fn anonymous(ty: &Type, lifetimes: &[String]) -> TokenStream {
    if lifetimes.is_empty() {
        return ty.to_token_stream();
    }
    replaced(ty.to_token_stream(), lifetimes)
}

fn replaced(tokens: TokenStream, lifetimes: &[String]) -> TokenStream {
    let mut after_tick = false;
    tokens
        .into_iter()
        .map(|token| {
            let was_tick = after_tick;
            after_tick = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
            match token {
                TokenTree::Ident(ident) if was_tick && lifetimes.contains(&ident.to_string()) => {
                    TokenTree::Ident(proc_macro2::Ident::new("_", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut inner = proc_macro2::Group::new(
                        group.delimiter(),
                        replaced(group.stream(), lifetimes),
                    );
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                other => other,
            }
        })
        .collect()
}
