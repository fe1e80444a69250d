//! The component itself: a type that implements the trait.

mod call;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::GenericParam;

use super::arms::quiet;
use super::method::is_cfg;
use super::options::unraw;
use super::receiver::Taken;
use super::shape::Shape;

pub(super) fn expand(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let (declared, family, takes, handles, implementation) = (
        declaration(shape),
        family(shape),
        takes(shape),
        handles(shape),
        implementation(shape),
    );
    quote_spanned!(site=> #declared #family #takes #handles #implementation)
}

fn declaration(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let (name, proxy, visibility) = (shape.name(), &shape.proxy, &shape.item.vis);
    let own = shape.generics(&[], &[]);
    let params = own.params.iter();
    let clause = &own.where_clause;
    let carried = own.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Lifetime(lifetime) => {
            let lifetime = &lifetime.lifetime;
            Some(quote_spanned!(site=> &#lifetime ()))
        }
        GenericParam::Type(ty) => {
            let ident = &ty.ident;
            Some(quote_spanned!(site=> ::core::marker::PhantomData<#ident>))
        }
        GenericParam::Const(_) => None,
    });
    let rules = rules_type(shape);
    let doc = format!(
        "Implements [`{name}`] by handing each call to one of its arms. Begin with \
         [`builder`]({proxy}::builder); `A`, `S` and `C` are its arms, selector and collectors."
    );
    let generics = shape.generics(&abc(), &[]);
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let arguments = shape.arguments(&abc());
    let cfg: Vec<_> = shape.cfg().collect();
    let quiet = quiet();
    quote_spanned! {site=>
        #(#cfg)*
        #[doc = #doc]
        #[allow(non_camel_case_types)]
        #visibility struct #proxy<#(#params,)* __A = (), __S = (), __C = ()> #clause {
            __proxy: #rt::Proxy<__A, __S, __C>,
            __rules: ::core::option::Option<::std::sync::Arc<#rules>>,
            __parameters: ::core::marker::PhantomData<fn(#(#carried),*)>,
        }

        #(#cfg)*
        #quiet
        impl #impl_generics ::core::fmt::Debug for #proxy #arguments #where_clause {
            fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.__proxy, out)
            }
        }
    }
}

fn abc() -> Vec<TokenStream> {
    let site = Span::mixed_site();
    vec![
        quote_spanned!(site=> __A),
        quote_spanned!(site=> __S),
        quote_spanned!(site=> __C),
    ]
}

fn rules_type(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let rules = &shape.rules;
    if shape.has_rules() {
        quote_spanned!(site=> #rules)
    } else {
        quote_spanned!(site=> ())
    }
}

fn family(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let (rt, variate) = (shape.rt(), &shape.root);
    let (proxy, visibility) = (&shape.proxy, &shape.item.vis);
    let generics = shape.generics(&[], &[]);
    let (impl_generics, _, clause) = generics.split_for_impl();
    let (own, arguments) = (shape.arguments(&[]), shape.arguments(&abc()));
    let methods = shape
        .methods
        .iter()
        .filter(|method| method.receiver.is_some());
    let methods = methods.map(|method| {
        let cfg = &method.cfg;
        let described = call::described(shape, method);
        quote_spanned!(site=> #(#cfg)* #described)
    });
    let rules = rules_type(shape);
    let cfg: Vec<_> = shape.cfg().collect();
    let quiet = quiet();
    quote_spanned! {site=>
        #(#cfg)*
        #quiet
        impl #impl_generics #rt::Family for #proxy #own #clause {
            const METHODS: &'static [#rt::Method] = &[#(#methods),*];
            type Arguments = #rules;
            type Proxy<__A, __S, __C> = #proxy #arguments;

            fn assemble<__A, __S, __C>(
                proxy: #rt::Proxy<#rt::Owned<__A>, __S, __C>,
                rules: ::core::option::Option<::std::sync::Arc<Self::Arguments>>,
            ) -> Self::Proxy<#rt::Owned<__A>, __S, __C> {
                #proxy {
                    __proxy: proxy,
                    __rules: rules,
                    __parameters: ::core::marker::PhantomData,
                }
            }
        }

        #(#cfg)*
        #quiet
        impl #impl_generics #proxy #own #clause {
            /// Begins with the experiment's name; go on with `.control(..)` and `.arm(..)`, and end with `.build()`.
            #visibility fn builder(
                name: impl ::core::convert::Into<::std::string::String>,
            ) -> #variate::component::Builder<Self, (), #variate::component::Random, ()> {
                #variate::component::Builder::new(name)
            }
        }
    }
}

/// What can be an arm.
fn takes(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let (name, proxy) = (shape.name(), &shape.proxy);
    let own = shape.arguments(&[]);
    let send = shape.send_bounds();
    let quiet = quiet();
    let cfg: Vec<_> = shape.cfg().collect();
    let arms = &shape.arms;
    // The arms agree on the associated types: the control says what they are.
    let agreed = shape.types.iter().map(|ty| {
        let ident = &ty.ident;
        quote_spanned!(site=> #ident = <__E as #arms #own>::#ident)
    });
    let agreeing = shape.arguments(&agreed.collect::<Vec<_>>());
    let implemented = |taken: TokenStream, parameter: TokenStream, of: TokenStream| {
        let one = |earlier: Option<TokenStream>, list: TokenStream, clauses: &[TokenStream]| {
            let parameters: Vec<_> = [parameter.clone()].into_iter().chain(earlier).collect();
            let generics = shape.generics(&parameters, clauses);
            let (impl_generics, _, clause) = generics.split_for_impl();
            quote_spanned! {site=>
                #(#cfg)*
                #quiet
                impl #impl_generics #rt::#taken, #list> for #proxy #own #clause {}
            }
        };
        let is_arm = quote_spanned!(site=> #of: #name #own #send);
        let earlier = quote_spanned!(site=> __E);
        if shape.types.is_empty() {
            return one(Some(earlier.clone()), earlier, &[is_arm]);
        }
        let first = one(None, quote_spanned!(site=> ()), &[is_arm]);
        let clauses = [
            quote_spanned!(site=> __E: #arms #own),
            quote_spanned!(site=> #of: #name #agreeing #send),
        ];
        let list = quote_spanned!(site=> (#earlier,));
        let further = one(Some(earlier), list, &clauses);
        quote_spanned!(site=> #first #further)
    };
    let arm = quote_spanned!(site=> __X);
    let unsized_arm = if shape.needs_sized() {
        arm.clone()
    } else {
        quote_spanned!(site=> __X: ?::core::marker::Sized)
    };
    let mut all = implemented(quote_spanned!(site=> Takes<__X), arm.clone(), arm.clone());
    if shape.takes_only(&[Taken::Shared, Taken::Mutably, Taken::Boxed]) {
        let taken = quote_spanned!(site=> TakesBoxed<__X);
        all.extend(implemented(taken, unsized_arm.clone(), arm.clone()));
    }
    if shape.takes_only(&[Taken::Shared]) {
        let taken = quote_spanned!(site=> TakesShared<__X);
        all.extend(implemented(taken, unsized_arm, arm));
    }
    if shape.factory {
        all.extend(implemented(
            quote_spanned!(site=> TakesMade<__F),
            quote_spanned!(site=> __F),
            quote_spanned!(site=> #rt::Made<__F>),
        ));
    }
    all
}

/// What the component has besides the trait's own methods.
fn handles(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let (rt, variate) = (shape.rt(), &shape.root);
    let (proxy, visibility) = (&shape.proxy, &shape.item.vis);
    // A method of the trait keeps its name to itself.
    let is_free = |name: &str| {
        let mut methods = shape.methods.iter();
        !methods.any(|method| unraw(&method.signature.ident) == name)
    };
    let this = |name: &str, kind: TokenStream| {
        if is_free(name) {
            (kind.clone(), quote_spanned!(site=> self))
        } else {
            let ty = quote_spanned!(site=> Self);
            let is_ref = !kind.to_string().starts_with("self");
            let ty = if is_ref {
                if kind.to_string().contains("__c") {
                    quote_spanned!(site=> &'__c #ty)
                } else {
                    quote_spanned!(site=> &#ty)
                }
            } else {
                ty
            };
            (
                quote_spanned!(site=> this: #ty),
                quote_spanned!(site=> this),
            )
        }
    };
    let generics = shape.generics(&abc(), &[]);
    let (impl_generics, _, clause) = generics.split_for_impl();
    let arguments = shape.arguments(&abc());
    let owned = shape.arguments(&[
        quote_spanned!(site=> #rt::Owned<__A>),
        quote_spanned!(site=> __S),
        quote_spanned!(site=> __C),
    ]);
    let lent = shape.arguments(&[
        quote_spanned!(site=> #rt::Lent<'__c, __A>),
        quote_spanned!(site=> #rt::Bound<'__c, &'__c __S>),
        quote_spanned!(site=> &'__c __C),
    ]);
    let bound = shape.arguments(&[
        quote_spanned!(site=> #rt::Owned<__A>),
        quote_spanned!(site=> #rt::Bound<'static, __S>),
        quote_spanned!(site=> __C),
    ]);
    let bind = shape.takes_only(&[Taken::Shared]).then(|| {
        let (taken, this) = this("bind", quote_spanned!(site=> &'__c self));
        quote_spanned! {site=>
            /// The same for one unit, whose context this is: all calls go to the arm that is selected at the first, but for
            /// those that a rule over arguments sends elsewhere.
            #visibility fn bind<'__c>(
                #taken,
                context: impl ::core::convert::Into<#variate::ContextRef<'__c>>,
            ) -> #proxy #lent {
                #proxy {
                    __proxy: #this.__proxy.bind(context),
                    __rules: ::core::clone::Clone::clone(&#this.__rules),
                    __parameters: ::core::marker::PhantomData,
                }
            }
        }
    });
    let (switches_taken, switches_this) = this("switches", quote_spanned!(site=> &self));
    let (bound_taken, bound_this) = this("into_bound", quote_spanned!(site=> self));
    let cfg: Vec<_> = shape.cfg().collect();
    let quiet = quiet();
    quote_spanned! {site=>
        #(#cfg)*
        #quiet
        #[allow(dead_code)]
        impl #impl_generics #proxy #arguments #clause {
            /// What can be switched while it is in use: keep it anywhere.
            #visibility fn switches(#switches_taken) -> #variate::component::Switches {
                #switches_this.__proxy.switches()
            }
        }

        #(#cfg)*
        #quiet
        #[allow(dead_code)]
        impl #impl_generics #proxy #owned #clause {
            #bind

            /// The same for one unit, for good: all calls go to the arm that is selected at the first, but for those that a rule
            /// over arguments sends elsewhere.
            #visibility fn into_bound(
                #bound_taken,
                context: impl ::core::convert::Into<#variate::ContextRef<'static>>,
            ) -> #proxy #bound {
                #proxy {
                    __proxy: #bound_this.__proxy.into_bound(context),
                    __rules: #bound_this.__rules,
                    __parameters: ::core::marker::PhantomData,
                }
            }
        }
    }
}

/// The trait's own methods.
fn implementation(shape: &Shape) -> TokenStream {
    let site = Span::mixed_site();
    let (rt, variate) = (shape.rt(), &shape.root);
    let (name, proxy, arms) = (shape.name(), &shape.proxy, &shape.arms);
    let own = shape.arguments(&[]);
    let send = shape.send_bounds();
    let all_arms = quote_spanned!(site=> <__A as #rt::Hold>::Arm);
    let mut held = TokenStream::new();
    if shape.takes(Taken::Mutably) {
        held.extend(quote_spanned!(site=> + #rt::HoldMut));
    }
    if shape.takes(Taken::Owned) || shape.takes(Taken::Boxed) {
        held.extend(quote_spanned!(site=> + #rt::HoldOwned));
    }
    let mut clauses = vec![
        quote_spanned!(site=> __A: #rt::Hold #held #send),
        quote_spanned!(site=> #all_arms: #arms #own #send),
        quote_spanned!(site=> __S: #variate::component::Selector),
        quote_spanned!(site=> __C: #rt::Collectors),
    ];
    let supertraits = shape.supertraits();
    if !supertraits.is_empty() {
        clauses.push(quote_spanned!(site=> Self: #(#supertraits)+*));
    }
    let generics = shape.generics(&abc(), &clauses);
    let (impl_generics, _, clause) = generics.split_for_impl();
    let arguments = shape.arguments(&abc());
    let types = shape.types.iter().map(|ty| {
        let ident = &ty.ident;
        quote_spanned!(site=> type #ident = <#all_arms as #arms #own>::#ident;)
    });
    let consts = shape.consts.iter().map(|constant| {
        let (ident, ty) = (&constant.ident, &constant.ty);
        let cfg = constant.attrs.iter().filter(|attribute| is_cfg(attribute));
        quote_spanned!(site=> #(#cfg)* const #ident: #ty = <#all_arms as #arms #own>::#ident;)
    });
    let methods = shape.methods.iter().map(|method| {
        let (signature, cfg) = (&method.signature, &method.cfg);
        let body = call::body(shape, method, &all_arms);
        quote_spanned!(site=> #(#cfg)* #[inline] #signature { #body })
    });
    let boxing = shape.async_trait.as_ref().map(|(attribute, _)| attribute);
    let (cfg, quiet) = (shape.cfg(), quiet());
    quote_spanned! {site=>
        #(#cfg)*
        #quiet
        #boxing
        impl #impl_generics #name #own for #proxy #arguments #clause {
            #(#types)*
            #(#consts)*
            #(#methods)*
        }
    }
}
