//! A method that calls the control and an arm beside it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{Call, Work, at};

impl Call<'_> {
    /// The control, whose result counts, and the selected arm beside it.
    pub(super) fn shadowed(&self) -> TokenStream {
        let site = Span::mixed_site();
        let (rt, variate) = (self.shape.rt(), &self.shape.root);
        let alone = self.measured(
            &quote_spanned!(site=> &__selection),
            &Work::Plain(self.call(&quote!(0), &self.own_arguments())),
        );
        let control = self.measured(
            &quote_spanned!(site=> &__control),
            &Work::Plain(self.call(&quote!(0), &self.own_arguments())),
        );
        let spared = self.spared();
        let ran = self.both(&control);
        let equal = match &self.method.options.compare {
            Some(compare) => quote_spanned!(site=> #rt::equal(&__result, &__value, #compare)),
            None => {
                let output = self.method.returned.output(&self.method.signature);
                let span = output.map_or_else(Span::mixed_site, Type::span);
                quote_spanned!(at(span)=> ::core::cmp::PartialEq::eq(&__result, &__value))
            }
        };
        let outcome = self.outcome(&quote_spanned!(site=> __value));
        let done = quote_spanned!(site=> #rt::Beside::Done);
        // Without a value of the control there is nothing to compare.
        let alone_beside = quote_spanned! {site=>
            match __beside {
                #done(::core::result::Result::Ok(__value)) => __guard.end(|| #outcome),
                #done(::core::result::Result::Err(__cause)) => {
                    __guard.end(|| #variate::component::Outcome::from(__cause))
                }
                #rt::Beside::CutShort => __guard.end(|| #variate::component::Outcome::CutShort),
                #rt::Beside::NotBegun => __guard.forget(),
            }
        };
        quote_spanned! {site=>
            if __selection.arm() == 0 {
                #alone
            } else {
                #spared
                let __control = __selection.control("shadow");
                let mut __guard = #rt::Guard::new(__shared, __collectors, &__selection, &__METHOD);
                #ran
                let __result = match __result {
                    ::core::result::Result::Ok(__result) => __result,
                    ::core::result::Result::Err(__panic) => {
                        #alone_beside
                        #rt::resume(__panic)
                    }
                };
                match __beside {
                    #done(::core::result::Result::Ok(__value)) => {
                        let __mismatch = if __shared.compare(|| #equal) { 0.0 } else { 1.0 };
                        __guard.end_measured(
                            || #outcome,
                            &[("mismatch", ::core::option::Option::Some(__mismatch))],
                        );
                    }
                    #done(::core::result::Result::Err(__cause)) => __guard.end_measured(
                        || #variate::component::Outcome::from(__cause),
                        &[("mismatch", ::core::option::Option::Some(1.0))],
                    ),
                    #rt::Beside::CutShort => __guard.end_measured(
                        || #variate::component::Outcome::CutShort,
                        &[("mismatch", ::core::option::Option::None)],
                    ),
                    #rt::Beside::NotBegun => __guard.forget(),
                }
                __result
            }
        }
    }

    /// Result of the control, and what became of the candidate.
    fn both(&self, control: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        let (rt, variate) = (self.shape.rt(), &self.shape.root);
        let call = self.call(&quote_spanned!(site=> __selection.arm()), &self.spare());
        if self.method.returned.is_awaited() {
            let attempt = quote_spanned!(site=> #rt::attempt_async(#call));
            let has_time = self.method.options.timeout.is_some();
            let attempt = if has_time {
                let time = self.timeout();
                quote_spanned! {site=>
                    match #rt::within(__shared, #time, #attempt).await {
                        ::core::result::Result::Ok(__value) => __value,
                        ::core::result::Result::Err(_) => {
                            ::core::result::Result::Err(#variate::component::Cause::TimedOut)
                        }
                    }
                }
            } else {
                quote_spanned!(site=> #attempt.await)
            };
            quote_spanned! {site=>
                let __run_control = async { #control };
                let __run_candidate = async {
                    __guard.begin();
                    let __value = __guard.run(async { #attempt }).await;
                    __guard.stop();
                    __value
                };
                let (__result, __beside) =
                    #rt::both(__shared, __run_control, __run_candidate, #has_time).await;
            }
        } else {
            quote_spanned! {site=>
                let __run_control = || { #control };
                let __run_candidate = || {
                    __guard.begin();
                    let __value = #rt::attempt(|| #call);
                    __guard.stop();
                    __value
                };
                let (__result, __beside) = #rt::in_turns(__shared, __run_control, __run_candidate);
            }
        }
    }
}
