//! The hidden trait: the methods with an arm's place, for the list of arms.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ReturnType, Signature};

use super::method::{Method, is_cfg, with_place};
use super::receiver::Taken;
use super::returned::Returned;
use super::shape::Shape;

/// Which list of arms is written: the control alone, or an arm before others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Last,
    Cons,
}

pub(super) fn expand(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let made = if shape.factory {
        made(shape)
    } else {
        TokenStream::new()
    };
    let (declared, last, cons) = (
        declaration(shape),
        list(shape, List::Last),
        list(shape, List::Cons),
    );
    quote_spanned!(site=> #declared #last #cons #made)
}

/// What is written around all that no one reads.
pub(super) fn quiet() -> TokenStream {
    let site = Span::mixed_site();
    quote_spanned! {site=>
        #[automatically_derived]
        #[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
    }
}

fn declaration(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let Shape {
        arms, consts, item, ..
    } = shape;
    let visibility = &item.vis;
    let generics = shape.generics(&[], &[]);
    let clause = &generics.where_clause;
    let send = shape.send_bounds();
    let types = &shape.types;
    let consts = consts.iter().map(|constant| {
        let mut constant = constant.clone();
        constant.default = None;
        constant
    });
    let methods = shape.methods.iter().map(|method| {
        let (signature, cfg) = (signature(shape, method), &method.cfg);
        quote_spanned!(site=> #(#cfg)* #signature;)
    });
    let cfg = shape.cfg();
    let allowed = quiet_trait();
    quote_spanned! {site=>
        #(#cfg)*
        #[doc(hidden)]
        #allowed
        #visibility trait #arms #generics: ::core::marker::Sized #send #clause {
            #(#types)*
            #(#consts)*
            #(#methods)*
        }
    }
}

/// `automatically_derived` is for implementations only.
fn quiet_trait() -> TokenStream {
    let site = Span::mixed_site();
    quote_spanned! {site=>
        #[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
    }
}

pub(super) fn place() -> Ident {
    Ident::new("__place", Span::mixed_site())
}

/// A method as the list of arms has it.
fn signature(shape: &Shape, method: &Method) -> Signature {
    let signature = match method.taken() {
        Some(taken) => with_place(&method.signature, taken, &place()),
        None => method.signature.clone(),
    };
    unboxed(shape, signature)
}

/// An `async fn` under `#[async_trait]` without the box: only the component's own future is in one.
fn unboxed(shape: &Shape, mut signature: Signature) -> Signature {
    let Some((_, is_send)) = &shape.async_trait else {
        return signature;
    };
    if signature.asyncness.take().is_some() {
        let output = match &signature.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => ty.to_token_stream(),
        };
        let site = Span::mixed_site();
        let send = is_send.then(|| quote_spanned!(site=> + ::core::marker::Send));
        signature.output = syn::parse_quote_spanned! {site=>
            -> impl ::core::future::Future<Output = #output> #send
        };
    }
    signature
}

fn list(shape: &Shape, list: List) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let (arms, name) = (&shape.arms, shape.name());
    let arguments = shape.arguments(&[]);
    let place = quote_spanned!(site=> __P);
    let earlier = quote_spanned!(site=> __L);
    let arm = quote_spanned!(site=> <__P as #rt::Hold>::Arm);
    let send = shape.send_bounds();
    let sized = shape
        .needs_sized()
        .then(|| quote_spanned!(site=> + ::core::marker::Sized));

    let mut clauses = Vec::new();
    let held = [
        (Taken::Mutably, quote_spanned!(site=> + #rt::HoldMut)),
        (Taken::Owned, quote_spanned!(site=> + #rt::HoldOwned)),
        (Taken::Boxed, quote_spanned!(site=> + #rt::HoldBoxed)),
    ];
    let held = held.iter().filter(|(taken, _)| shape.takes(*taken));
    let held = held.map(|(_, bound)| bound);
    clauses.push(quote_spanned!(site=> __P: #rt::Hold #(#held)* #send));
    clauses.push(quote_spanned!(site=> #arm: #name #arguments #sized #send));
    if list == List::Cons {
        let types = shape.types.iter().map(|ty| {
            let ident = &ty.ident;
            quote_spanned!(site=> #ident = <#arm as #name #arguments>::#ident)
        });
        let agreed: Vec<_> = own_arguments(shape).chain(types).collect();
        let agreed = (!agreed.is_empty()).then(|| quote_spanned!(site=> <#(#agreed),*>));
        clauses.push(quote_spanned!(site=> __L: #arms #agreed + #rt::ArmList));
    }
    let (more, target) = match list {
        List::Last => (vec![place], quote_spanned!(site=> #rt::Last<__P>)),
        List::Cons => (
            vec![place, earlier],
            quote_spanned!(site=> #rt::Cons<__P, __L>),
        ),
    };
    let generics = shape.generics(&more, &clauses);
    let (impl_generics, _, clause) = generics.split_for_impl();

    let types = shape.types.iter().map(|ty| {
        let ident = &ty.ident;
        quote_spanned!(site=> type #ident = <#arm as #name #arguments>::#ident;)
    });
    let consts = shape.consts.iter().map(|constant| {
        let (ident, ty) = (&constant.ident, &constant.ty);
        let value = match list {
            List::Last => quote_spanned!(site=> <#arm as #name #arguments>::#ident),
            List::Cons => quote_spanned!(site=> <__L as #arms #arguments>::#ident),
        };
        let cfg = constant.attrs.iter().filter(|attribute| is_cfg(attribute));
        quote_spanned!(site=> #(#cfg)* const #ident: #ty = #value;)
    });
    let methods = shape.methods.iter().map(|method| {
        let signature = signature(shape, method);
        let (cfg, body) = (&method.cfg, body(shape, method, list, &arm));
        quote_spanned!(site=> #(#cfg)* #[inline(always)] #signature { #body })
    });
    let (cfg, quiet) = (shape.cfg(), quiet());
    quote_spanned! {site=>
        #(#cfg)*
        #quiet
        impl #impl_generics #arms #arguments for #target #clause {
            #(#types)*
            #(#consts)*
            #(#methods)*
        }
    }
}

/// The trait's own parameters, one by one.
fn own_arguments(shape: &Shape) -> impl Iterator<Item = TokenStream> {
    shape
        .item
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            syn::GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_token_stream(),
            syn::GenericParam::Type(ty) => ty.ident.to_token_stream(),
            syn::GenericParam::Const(constant) => constant.ident.to_token_stream(),
        })
}

fn body(shape: &Shape, method: &Method, list: List, arm: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let (arms, name) = (&shape.arms, shape.name());
    let arguments = shape.arguments(&[]);
    let (ident, turbofish) = (&method.signature.ident, method.turbofish());
    let names: Vec<_> = method.names().collect();
    let this = method.this();
    let is_native = matches!(method.returned, Returned::Async) && shape.async_trait.is_none();
    let is_future =
        matches!(method.returned, Returned::Future { .. } | Returned::Async) && !is_native;
    let Some(taken) = method.taken() else {
        // The control's.
        let whose = match list {
            List::Last => quote_spanned!(site=> #arm as #name #arguments),
            List::Cons => quote_spanned!(site=> __L as #arms #arguments),
        };
        let call = quote_spanned!(site=> <#whose>::#ident #turbofish(#(#names),*));
        return if is_native {
            quote_spanned!(site=> #call.await)
        } else if is_future {
            quote_spanned!(site=> async move { #call.await })
        } else {
            call
        };
    };
    let held = match taken {
        Taken::Shared => quote_spanned!(site=> #rt::Hold::hold(&#this.place)),
        Taken::Mutably => quote_spanned!(site=> #rt::HoldMut::hold_mut(&mut #this.place)),
        Taken::Owned => quote_spanned!(site=> #rt::HoldOwned::unhold(#this.place)),
        Taken::Boxed => quote_spanned!(site=> #rt::HoldBoxed::unhold_boxed(#this.place)),
    };
    let earlier = match taken {
        Taken::Shared => quote_spanned!(site=> &#this.earlier),
        Taken::Mutably => quote_spanned!(site=> &mut #this.earlier),
        Taken::Owned | Taken::Boxed => quote_spanned!(site=> #this.earlier),
    };
    let place = place();
    let own =
        quote_spanned!(site=> <#arm as #name #arguments>::#ident #turbofish(#held #(, #names)*));
    let other = quote_spanned!(site=> <__L as #arms #arguments>::#ident #turbofish(#earlier, #place #(, #names)*));
    let is_own = quote_spanned!(site=> #place == <__L as #rt::ArmList>::LEN);
    match list {
        List::Last if is_native => quote_spanned!(site=> #own.await),
        // What the arm returns may borrow less than what is promised here.
        List::Last if is_future => quote_spanned!(site=> async move { #own.await }),
        List::Last => own,
        List::Cons if is_native => quote_spanned! {site=>
            if #is_own { #own.await } else { #other.await }
        },
        List::Cons if is_future => quote_spanned! {site=>
            async move { if #is_own { #own.await } else { #other.await } }
        },
        List::Cons if matches!(method.returned, Returned::Iterator) => quote_spanned! {site=>
            if #is_own { #rt::Either::Left(#own) } else { #rt::Either::Right(#other) }
        },
        List::Cons => quote_spanned!(site=> if #is_own { #own } else { #other }),
    }
}

/// An arm that is made for each call implements the trait itself.
fn made(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let name = shape.name();
    let arguments = shape.arguments(&[]);
    let send = shape.send_bounds();
    let lasting = shape
        .async_trait
        .is_some()
        .then(|| quote_spanned!(site=> + 'static));
    let mut clauses = vec![
        quote_spanned!(site=> __F: ::core::ops::Fn() -> __B #send #lasting),
        quote_spanned!(site=> __B: #name #arguments #send #lasting),
    ];
    let supertraits = shape.supertraits();
    if !supertraits.is_empty() {
        clauses.push(quote_spanned!(site=> #rt::Made<__F>: #(#supertraits)+*));
    }
    let more = [quote_spanned!(site=> __F), quote_spanned!(site=> __B)];
    let generics = shape.generics(&more, &clauses);
    let (impl_generics, _, clause) = generics.split_for_impl();
    let types = shape.types.iter().map(|ty| {
        let ident = &ty.ident;
        quote_spanned!(site=> type #ident = <__B as #name #arguments>::#ident;)
    });
    let methods = shape.methods.iter().map(|method| {
        let (signature, cfg, this) = (&method.signature, &method.cfg, method.this());
        let (ident, turbofish) = (&signature.ident, method.turbofish());
        let names = method.names();
        let arm = format_ident!("__arm", span = site);
        let call =
            quote_spanned!(site=> <__B as #name #arguments>::#ident #turbofish(&#arm #(, #names)*));
        let body = match method.returned {
            Returned::Async => quote_spanned!(site=> let #arm = (#this.0)(); #call.await),
            Returned::Future { .. } => {
                quote_spanned!(site=> async move { let #arm = (#this.0)(); #call.await })
            }
            _ => quote_spanned!(site=> let #arm = (#this.0)(); #call),
        };
        quote_spanned!(site=> #(#cfg)* #signature { #body })
    });
    let boxing = shape.async_trait.as_ref().map(|(attribute, _)| attribute);
    let (cfg, quiet) = (shape.cfg(), quiet());
    quote_spanned! {site=>
        #(#cfg)*
        #quiet
        #boxing
        impl #impl_generics #name #arguments for #rt::Made<__F> #clause {
            #(#types)*
            #(#methods)*
        }
    }
}
