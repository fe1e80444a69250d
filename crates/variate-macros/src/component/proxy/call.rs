//! One method of the component: selection, hooks, and the arm's call between them.

mod shadow;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, Type};

use crate::component::method::Method;
use crate::component::options::{KeyEntry, Measure, unraw};
use crate::component::receiver::Taken;
use crate::component::returned::{Returned, is_result};
use crate::component::shape::Shape;

/// The method as a selector and a record know it.
pub(super) fn described(shape: &Shape, method: &Method) -> TokenStream {
    let site = Span::mixed_site();
    let rt = shape.rt();
    let (name, index) = (unraw(&method.signature.ident), method.index);
    let (has_key, is_skipped) = (!method.keys.is_empty(), method.options.skip.is_some());
    let makes_records =
        !is_skipped && (!method.measures.is_empty() || method.options.shadow.is_some());
    quote_spanned! {site=>
        #rt::Method { name: #name, index: #index, has_key: #has_key, is_skipped: #is_skipped, makes_records: #makes_records }
    }
}

pub(super) fn body(shape: &Shape, method: &Method, all_arms: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    let body = Call {
        shape,
        method,
        all_arms,
    }
    .body();
    match method.returned {
        Returned::Future { .. } => quote_spanned!(site=> async move { #body }),
        Returned::Boxed { .. } if method.receiver.is_some() => {
            quote_spanned!(site=> ::std::boxed::Box::pin(async move { #body }))
        }
        _ => body,
    }
}

struct Call<'s> {
    shape: &'s Shape,
    method: &'s Method,
    all_arms: &'s TokenStream,
}

impl Call<'_> {
    fn body(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (arms, arguments) = (&self.shape.arms, self.shape.arguments(&[]));
        let Some(taken) = self.method.taken() else {
            let (ident, turbofish) = (&self.method.signature.ident, self.method.turbofish());
            let (all_arms, names) = (self.all_arms, self.method.names());
            let call = quote_spanned!(site=> <#all_arms as #arms #arguments>::#ident #turbofish(#(#names),*));
            let dot_await = matches!(
                self.method.returned,
                Returned::Async | Returned::Future { .. }
            )
            .then(|| quote_spanned!(site=> .await));
            return quote_spanned!(site=> #call #dot_await);
        };
        let opened = self.opened(taken);
        if self.method.options.skip.is_some() {
            let call = self.call(&quote!(0), &self.own_arguments());
            let dot_await = self.dot_await();
            return quote_spanned!(site=> #opened #call #dot_await);
        }
        let (method, selection) = (described(self.shape, self.method), self.selection());
        let rt = self.shape.rt();
        let ran = if self.method.options.shadow.is_some() {
            self.shadowed()
        } else {
            self.measured(&quote_spanned!(site=> &__selection), &self.work())
        };
        quote_spanned! {site=>
            static __METHOD: #rt::Method = #method;
            #opened
            #selection
            #ran
        }
    }

    /// Selector, collectors and arms as variables of their own.
    fn opened(&self, taken: Taken) -> TokenStream {
        let site = Span::mixed_site();
        let rt = self.shape.rt();
        let this = self.method.this();
        let parts = quote_spanned! {site=>
            #rt::Proxy { arms: __arms, selector: __selector, collectors: __collectors, shared: __shared }
        };
        match taken {
            Taken::Shared => quote_spanned! {site=>
                let __rules = &#this.__rules;
                let #parts = &#this.__proxy;
                let __arms = #rt::Hold::hold(__arms);
            },
            Taken::Mutably => quote_spanned! {site=>
                let __rules = &#this.__rules;
                let #parts = &mut #this.__proxy;
                let (__selector, __collectors, __shared) = (&*__selector, &*__collectors, &*__shared);
                let __arms = #rt::HoldMut::hold_mut(__arms);
            },
            Taken::Owned | Taken::Boxed => {
                let this = if taken == Taken::Boxed {
                    quote_spanned!(site=> *#this)
                } else {
                    this
                };
                quote_spanned! {site=>
                    let __this = #this;
                    let __rules = &__this.__rules;
                    let #parts = __this.__proxy;
                    let (__selector, __collectors, __shared) = (&__selector, &__collectors, &__shared);
                    let __arms = #rt::HoldOwned::unhold(__arms);
                }
            }
        }
    }

    /// Which arm, and why.
    fn selection(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (rt, variate) = (self.shape.rt(), &self.shape.root);
        let has_rule = self.shape.has_rule(self.method);
        let has_rules = if has_rule {
            quote_spanned!(site=> __rules.is_some())
        } else {
            quote!(false)
        };
        let rule = if has_rule {
            let (ident, names) = (&self.method.signature.ident, self.method.names());
            quote_spanned! {site=>
                match __rules.as_ref().and_then(|__rules| __rules.#ident.as_ref()) {
                    ::core::option::Option::Some(__rule) => __shared.ask(|| __rule(#(&#names),*)),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            }
        } else {
            quote_spanned!(site=> ::core::option::Option::None)
        };
        let unit = match &*self.method.keys {
            [] => quote_spanned!(site=> #rt::CallUnit::Nobody),
            [key] => {
                let (name, value) = (&key.name, self.value(key));
                quote_spanned!(site=> #rt::CallUnit::One(#name, #value))
            }
            keys => {
                let names = keys.iter().map(|key| &key.name);
                let values = keys.iter().map(|key| self.value(key));
                quote_spanned! {site=>
                    #rt::CallUnit::Some(#variate::Context::new()#(.with(#names, #values))*)
                }
            }
        };
        // Code of the host's own runs beside the call.
        let unit = if self.method.keys.iter().all(|key| is_place(&key.expr)) {
            unit
        } else {
            quote_spanned!(site=> __shared.unit(|| #unit))
        };
        quote_spanned! {site=>
            let __selection =
                __shared.choose(__selector, &__METHOD, #has_rules, || #rule, || #unit);
        }
    }

    /// A key's value, borrowed from the arguments where it lies in them.
    fn value(&self, key: &KeyEntry) -> TokenStream {
        let expr = &key.expr;
        // What is wrong with a key is shown at the key.
        let root = self.shape.root.to_token_stream().into_iter();
        let variate: TokenStream = root
            .map(|mut token| {
                token.set_span(token.span().located_at(expr.span()));
                token
            })
            .collect();
        let borrowed = quote_spanned!(at(expr.span())=> #variate::ContextValue::to_value(&(#expr)));
        if is_place(expr) {
            borrowed
        } else {
            quote_spanned!(Span::mixed_site()=> #borrowed.into_owned())
        }
    }

    /// The call of an arm by its place.
    fn call(&self, place: &TokenStream, given: &[TokenStream]) -> TokenStream {
        let site = Span::mixed_site();
        let (arms, all_arms) = (&self.shape.arms, self.all_arms);
        let arguments = self.shape.arguments(&[]);
        let (ident, turbofish) = (&self.method.signature.ident, self.method.turbofish());
        quote_spanned! {site=>
            <#all_arms as #arms #arguments>::#ident #turbofish(__arms, #place #(, #given)*)
        }
    }

    fn own_arguments(&self) -> Vec<TokenStream> {
        self.method.names().map(|name| quote!(#name)).collect()
    }

    fn spare(&self) -> Vec<TokenStream> {
        let site = Span::mixed_site();
        let spare = (0..self.method.parameters.len())
            .map(|place| format_ident!("__spare_{place}", span = site));
        spare.map(|name| quote!(#name)).collect()
    }

    /// Copies of what the method is given, made at the type that has to allow it.
    fn spared(&self) -> TokenStream {
        let parameters = self.method.parameters.iter().zip(self.spare());
        parameters
            .map(|(parameter, spare)| {
                let (name, ty) = (&parameter.name, &parameter.ty);
                let clone = quote_spanned!(at(ty.span())=> ::core::clone::Clone::clone(&#name));
                quote_spanned!(Span::mixed_site()=> let #spare = #clone;)
            })
            .collect()
    }

    fn dot_await(&self) -> Option<TokenStream> {
        let site = Span::mixed_site();
        self.method
            .returned
            .is_awaited()
            .then(|| quote_spanned!(site=> .await))
    }

    /// How a result counts.
    fn outcome(&self, of: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let rt = self.shape.rt();
        let plain = quote_spanned! {site=> {
            use #rt::{OfAny as _, OfBare as _, OfDebugged as _, OfShown as _};
            (&&&&#rt::Probe(&#of)).outcome()
        }};
        match &self.method.options.ok {
            Some(ok) => quote_spanned!(site=> __shared.judge(&#of, #ok, #plain)),
            None => plain,
        }
    }

    /// What gives the result, and why it is another arm's if it is.
    fn work(&self) -> Work {
        let options = &self.method.options;
        if options.fallback.is_some() {
            return Work::Saved(self.fallback());
        }
        let site = Span::mixed_site();
        let variate = &self.shape.root;
        let call = self.call(
            &quote_spanned!(site=> __selection.arm()),
            &self.own_arguments(),
        );
        match &options.timeout {
            None => Work::Plain(call),
            Some((_, span)) => {
                let (rt, time) = (self.shape.rt(), self.timeout());
                let error = quote_spanned! {at(*span)=>
                    ::core::result::Result::Err(::core::convert::From::from(__late))
                };
                Work::Saved(quote_spanned! {site=> async {
                    match #rt::within(__shared, #time, #call).await {
                        ::core::result::Result::Ok(__value) => (__value, ::core::option::Option::None),
                        ::core::result::Result::Err(__late) => (
                            #error,
                            ::core::option::Option::Some(#variate::component::Outcome::TimedOut),
                        ),
                    }
                }})
            }
        }
    }

    fn timeout(&self) -> TokenStream {
        let site = Span::mixed_site();
        let time = self.method.options.timeout.map(|(time, _)| time);
        let time = time.unwrap_or_default();
        let (seconds, nanos) = (time.as_secs(), time.subsec_nanos());
        quote_spanned!(site=> ::core::time::Duration::new(#seconds, #nanos))
    }

    /// The selected arm, or the control where that fails.
    fn fallback(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (rt, variate) = (self.shape.rt(), &self.shape.root);
        let dot_await = self.dot_await();
        let control = self.call(&quote!(0), &self.own_arguments());
        let call = self.call(&quote_spanned!(site=> __selection.arm()), &self.spare());
        let spared = self.spared();
        let value = quote_spanned!(site=> __value);
        let outcome = self.outcome(&value);
        let attempt = if self.method.returned.is_awaited() {
            let attempt = quote_spanned!(site=> #rt::attempt_async(#call));
            if self.method.options.timeout.is_some() {
                let time = self.timeout();
                quote_spanned! {site=>
                    match #rt::within(__shared, #time, #attempt).await {
                        ::core::result::Result::Ok(__first) => __first,
                        ::core::result::Result::Err(_) => {
                            ::core::result::Result::Err(#variate::component::Cause::TimedOut)
                        }
                    }
                }
            } else {
                quote_spanned!(site=> #attempt.await)
            }
        } else {
            quote_spanned!(site=> #rt::attempt(|| #call))
        };
        let fell = quote_spanned!(site=> #variate::component::Outcome::FellBack);
        let body = quote_spanned! {site=>
            if __selection.arm() == 0 {
                (#control #dot_await, ::core::option::Option::None)
            } else {
                #spared
                let __first = #attempt;
                match __first {
                    ::core::result::Result::Ok(__value) => {
                        let __failed = #outcome.is_failure();
                        if __failed {
                            (
                                #control #dot_await,
                                ::core::option::Option::Some(#fell(#variate::component::Cause::Error)),
                            )
                        } else {
                            (__value, ::core::option::Option::None)
                        }
                    }
                    ::core::result::Result::Err(__cause) => (
                        #control #dot_await,
                        ::core::option::Option::Some(#fell(__cause)),
                    ),
                }
            }
        };
        if self.method.returned.is_awaited() {
            quote_spanned!(site=> async { #body })
        } else {
            body
        }
    }

    /// The work with the hooks around it.
    fn measured(&self, selection: &TokenStream, work: &Work) -> TokenStream {
        let site = Span::mixed_site();
        let (rt, variate) = (self.shape.rt(), &self.shape.root);
        let output = self.method.returned.output(&self.method.signature);
        if let (Some(Type::Never(_)), Work::Plain(work)) = (output, work) {
            // There is nothing to look at afterwards.
            let dot_await = self.dot_await();
            return quote_spanned! {site=>
                let mut __guard = #rt::Guard::new(__shared, __collectors, #selection, &__METHOD);
                __guard.begin();
                #work #dot_await
            };
        }
        let (before, after) = self.measures();
        let is_awaited = self.method.returned.is_awaited();
        let run = |work: &TokenStream| {
            if is_awaited {
                quote_spanned!(site=> __guard.run(#work).await)
            } else {
                work.clone()
            }
        };
        let plain = self.outcome(&quote_spanned!(site=> __result));
        let (ran, outcome) = match work {
            Work::Plain(work) => {
                let ran = run(work);
                (quote_spanned!(site=> let __result = #ran;), plain)
            }
            Work::Saved(work) => {
                let ran = run(work);
                (
                    quote_spanned!(site=> let (__result, __instead) = #ran;),
                    quote_spanned! {site=>
                        match (#plain, __instead) {
                            (__plain, ::core::option::Option::None) => __plain,
                            // The control failed as well, and that is what the caller sees.
                            (
                                __plain,
                                ::core::option::Option::Some(#variate::component::Outcome::FellBack(_)),
                            ) if __plain.is_failure() => __plain,
                            (_, ::core::option::Option::Some(__instead)) => __instead,
                        }
                    },
                )
            }
        };
        let ended = if after.is_empty() {
            quote_spanned!(site=> __guard.end(|| #outcome);)
        } else {
            quote_spanned! {site=>
                __guard.stop();
                let __measured = [#(#after),*];
                __guard.end_measured(|| #outcome, &__measured);
            }
        };
        quote_spanned! {site=>
            #before
            let mut __guard = #rt::Guard::new(__shared, __collectors, #selection, &__METHOD);
                __guard.begin();
            #ran
            #ended
            __result
        }
    }

    /// What `#[measure(..)]` takes: from the arguments before the call, from the result after it.
    fn measures(&self) -> (TokenStream, Vec<TokenStream>) {
        let site = Span::mixed_site();
        let rt = self.shape.rt();
        let mut before = TokenStream::new();
        let mut after = Vec::new();
        for (place, Measure { name, expr }) in self.method.measures.iter().enumerate() {
            let value = if let Expr::Closure(closure) = expr {
                let output = self.method.returned.output(&self.method.signature);
                let value = quote_spanned!(site=> __value);
                // What is no number is seen at the closure.
                let of = quote_spanned!(at(closure.span())=> #rt::Measurable::measure(&(#rt::of(#value, #closure))));
                if output.is_some_and(is_result) {
                    quote_spanned! {site=>
                        __shared.measure(|| __result.as_ref().ok().and_then(|#value| #of))
                    }
                } else {
                    quote_spanned!(site=> __shared.measure(|| { let #value = &__result; #of }))
                }
            } else {
                let kept = format_ident!("__measured_{place}", span = site);
                let measured = quote_spanned!(at(expr.span())=> #rt::Measurable::measure(&(#expr)));
                before.extend(quote_spanned!(site=> let #kept = __shared.measure(|| #measured);));
                quote_spanned!(site=> #kept)
            };
            after.push(quote_spanned!(site=> (#name, #value)));
        }
        (before, after)
    }
}

/// What gives a method's result.
enum Work {
    /// The result.
    Plain(TokenStream),
    /// The result, and the outcome where it is not what the arm returned.
    Saved(TokenStream),
}

/// A place in the trait, where an error is shown, for code that is ours.
fn at(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}

fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_place(&field.base),
        Expr::Paren(paren) => is_place(&paren.expr),
        Expr::Reference(reference) => is_place(&reference.expr),
        _ => false,
    }
}
