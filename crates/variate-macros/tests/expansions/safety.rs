trait Quote {
    fn saved(&self, item: String) -> u32;
    async fn saved_later(&self, item: String) -> Result<u32, E>;
    async fn late(&self) -> Result<u32, E>;
    fn beside(&self, item: String) -> u32;
}
#[doc(hidden)]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
trait __QuoteArms: ::core::marker::Sized {
    fn saved(&self, __place: usize, item: String) -> u32;
    async fn saved_later(&self, __place: usize, item: String) -> Result<u32, E>;
    async fn late(&self, __place: usize) -> Result<u32, E>;
    fn beside(&self, __place: usize, item: String) -> u32;
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P> __QuoteArms for ::variate::component::rt::Last<__P>
where
    __P: ::variate::component::rt::Hold,
    <__P as ::variate::component::rt::Hold>::Arm: Quote,
{
    #[inline(always)]
    fn saved(&self, __place: usize, item: String) -> u32 {
        <<__P as ::variate::component::rt::Hold>::Arm as Quote>::saved(
            ::variate::component::rt::Hold::hold(&self.place),
            item,
        )
    }
    #[inline(always)]
    async fn saved_later(&self, __place: usize, item: String) -> Result<u32, E> {
        <<__P as ::variate::component::rt::Hold>::Arm as Quote>::saved_later(
                ::variate::component::rt::Hold::hold(&self.place),
                item,
            )
            .await
    }
    #[inline(always)]
    async fn late(&self, __place: usize) -> Result<u32, E> {
        <<__P as ::variate::component::rt::Hold>::Arm as Quote>::late(
                ::variate::component::rt::Hold::hold(&self.place),
            )
            .await
    }
    #[inline(always)]
    fn beside(&self, __place: usize, item: String) -> u32 {
        <<__P as ::variate::component::rt::Hold>::Arm as Quote>::beside(
            ::variate::component::rt::Hold::hold(&self.place),
            item,
        )
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P, __L> __QuoteArms for ::variate::component::rt::Cons<__P, __L>
where
    __P: ::variate::component::rt::Hold,
    <__P as ::variate::component::rt::Hold>::Arm: Quote,
    __L: __QuoteArms + ::variate::component::rt::ArmList,
{
    #[inline(always)]
    fn saved(&self, __place: usize, item: String) -> u32 {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Quote>::saved(
                ::variate::component::rt::Hold::hold(&self.place),
                item,
            )
        } else {
            <__L as __QuoteArms>::saved(&self.earlier, __place, item)
        }
    }
    #[inline(always)]
    async fn saved_later(&self, __place: usize, item: String) -> Result<u32, E> {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Quote>::saved_later(
                    ::variate::component::rt::Hold::hold(&self.place),
                    item,
                )
                .await
        } else {
            <__L as __QuoteArms>::saved_later(&self.earlier, __place, item).await
        }
    }
    #[inline(always)]
    async fn late(&self, __place: usize) -> Result<u32, E> {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Quote>::late(
                    ::variate::component::rt::Hold::hold(&self.place),
                )
                .await
        } else {
            <__L as __QuoteArms>::late(&self.earlier, __place).await
        }
    }
    #[inline(always)]
    fn beside(&self, __place: usize, item: String) -> u32 {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Quote>::beside(
                ::variate::component::rt::Hold::hold(&self.place),
                item,
            )
        } else {
            <__L as __QuoteArms>::beside(&self.earlier, __place, item)
        }
    }
}
///Rules over what the methods of [`Quote`] are given: which arm a call goes to.
#[allow(non_camel_case_types, clippy::all, clippy::pedantic)]
struct QuoteArguments {
    saved: ::core::option::Option<
        ::std::boxed::Box<
            dyn ::core::ops::Fn(
                &String,
            ) -> ::core::option::Option<
                    &'static str,
                > + ::core::marker::Send + ::core::marker::Sync,
        >,
    >,
    saved_later: ::core::option::Option<
        ::std::boxed::Box<
            dyn ::core::ops::Fn(
                &String,
            ) -> ::core::option::Option<
                    &'static str,
                > + ::core::marker::Send + ::core::marker::Sync,
        >,
    >,
    beside: ::core::option::Option<
        ::std::boxed::Box<
            dyn ::core::ops::Fn(
                &String,
            ) -> ::core::option::Option<
                    &'static str,
                > + ::core::marker::Send + ::core::marker::Sync,
        >,
    >,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl QuoteArguments {
    /// No rules: the selector has its say in all calls.
    #[must_use]
    const fn new() -> Self {
        Self {
            saved: ::core::option::Option::None,
            saved_later: ::core::option::Option::None,
            beside: ::core::option::Option::None,
        }
    }
    ///The arm for a call of `saved`, by what it is given; `None` leaves it to the selector.
    #[must_use]
    fn saved(
        mut self,
        rule: impl ::core::ops::Fn(
            &String,
        ) -> ::core::option::Option<
                &'static str,
            > + ::core::marker::Send + ::core::marker::Sync + 'static,
    ) -> Self {
        self.saved = ::core::option::Option::Some(::std::boxed::Box::new(rule));
        self
    }
    ///The arm for a call of `saved_later`, by what it is given; `None` leaves it to the selector.
    #[must_use]
    fn saved_later(
        mut self,
        rule: impl ::core::ops::Fn(
            &String,
        ) -> ::core::option::Option<
                &'static str,
            > + ::core::marker::Send + ::core::marker::Sync + 'static,
    ) -> Self {
        self.saved_later = ::core::option::Option::Some(::std::boxed::Box::new(rule));
        self
    }
    ///The arm for a call of `beside`, by what it is given; `None` leaves it to the selector.
    #[must_use]
    fn beside(
        mut self,
        rule: impl ::core::ops::Fn(
            &String,
        ) -> ::core::option::Option<
                &'static str,
            > + ::core::marker::Send + ::core::marker::Sync + 'static,
    ) -> Self {
        self.beside = ::core::option::Option::Some(::std::boxed::Box::new(rule));
        self
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::default::Default for QuoteArguments {
    fn default() -> Self {
        Self {
            saved: ::core::option::Option::None,
            saved_later: ::core::option::Option::None,
            beside: ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::fmt::Debug for QuoteArguments {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        out.write_str("QuoteArguments")
    }
}
///Implements [`Quote`] by handing each call to one of its arms. Begin with [`builder`](QuoteExperiment::builder); `A`, `S` and `C` are its arms, selector and collectors.
#[allow(non_camel_case_types)]
struct QuoteExperiment<__A = (), __S = (), __C = ()> {
    __proxy: ::variate::component::rt::Proxy<__A, __S, __C>,
    __rules: ::core::option::Option<::std::sync::Arc<QuoteArguments>>,
    __parameters: ::core::marker::PhantomData<fn()>,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__A, __S, __C> ::core::fmt::Debug for QuoteExperiment<__A, __S, __C> {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.__proxy, out)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::variate::component::rt::Family for QuoteExperiment {
    const METHODS: &'static [::variate::component::rt::Method] = &[
        ::variate::component::rt::Method {
            name: "saved",
            index: 0u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
        ::variate::component::rt::Method {
            name: "saved_later",
            index: 1u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
        ::variate::component::rt::Method {
            name: "late",
            index: 2u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
        ::variate::component::rt::Method {
            name: "beside",
            index: 3u16,
            has_key: false,
            is_skipped: false,
            makes_records: true,
        },
    ];
    type Arguments = QuoteArguments;
    type Proxy<__A, __S, __C> = QuoteExperiment<__A, __S, __C>;
    fn assemble<__A, __S, __C>(
        proxy: ::variate::component::rt::Proxy<
            ::variate::component::rt::Owned<__A>,
            __S,
            __C,
        >,
        rules: ::core::option::Option<::std::sync::Arc<Self::Arguments>>,
    ) -> Self::Proxy<::variate::component::rt::Owned<__A>, __S, __C> {
        QuoteExperiment {
            __proxy: proxy,
            __rules: rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl QuoteExperiment {
    /// Begins with the experiment's name; go on with `.control(..)` and `.arm(..)`, and end with `.build()`.
    fn builder(
        name: impl ::core::convert::Into<::std::string::String>,
    ) -> ::variate::component::Builder<Self, (), ::variate::component::Random, ()> {
        ::variate::component::Builder::new(name)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X, __E> ::variate::component::rt::Takes<__X, __E> for QuoteExperiment
where
    __X: Quote,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesBoxed<__X, __E>
for QuoteExperiment
where
    __X: Quote,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesShared<__X, __E>
for QuoteExperiment
where
    __X: Quote,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<__A, __S, __C> QuoteExperiment<__A, __S, __C> {
    /// What can be switched while it is in use: keep it anywhere.
    fn switches(&self) -> ::variate::component::Switches {
        self.__proxy.switches()
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<__A, __S, __C> QuoteExperiment<::variate::component::rt::Owned<__A>, __S, __C> {
    /// The same for one unit, whose context this is: all calls go to the arm that is selected at the first, but for
    /// those that a rule over arguments sends elsewhere.
    fn bind<'__c>(
        &'__c self,
        context: impl ::core::convert::Into<::variate::ContextRef<'__c>>,
    ) -> QuoteExperiment<
        ::variate::component::rt::Lent<'__c, __A>,
        ::variate::component::rt::Bound<'__c, &'__c __S>,
        &'__c __C,
    > {
        QuoteExperiment {
            __proxy: self.__proxy.bind(context),
            __rules: ::core::clone::Clone::clone(&self.__rules),
            __parameters: ::core::marker::PhantomData,
        }
    }
    /// The same for one unit, for good: all calls go to the arm that is selected at the first, but for those that a rule
    /// over arguments sends elsewhere.
    fn into_bound(
        self,
        context: impl ::core::convert::Into<::variate::ContextRef<'static>>,
    ) -> QuoteExperiment<
        ::variate::component::rt::Owned<__A>,
        ::variate::component::rt::Bound<'static, __S>,
        __C,
    > {
        QuoteExperiment {
            __proxy: self.__proxy.into_bound(context),
            __rules: self.__rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__A, __S, __C> Quote for QuoteExperiment<__A, __S, __C>
where
    __A: ::variate::component::rt::Hold,
    <__A as ::variate::component::rt::Hold>::Arm: __QuoteArms,
    __S: ::variate::component::Selector,
    __C: ::variate::component::rt::Collectors,
{
    #[inline]
    fn saved(&self, item: String) -> u32 {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "saved",
            index: 0u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        };
        let __rules = &self.__rules;
        let ::variate::component::rt::Proxy {
            arms: __arms,
            selector: __selector,
            collectors: __collectors,
            shared: __shared,
        } = &self.__proxy;
        let __arms = ::variate::component::rt::Hold::hold(__arms);
        let __selection = __shared
            .choose(
                __selector,
                &__METHOD,
                __rules.is_some(),
                || match __rules.as_ref().and_then(|__rules| __rules.saved.as_ref()) {
                    ::core::option::Option::Some(__rule) => {
                        __shared.ask(|| __rule(&item))
                    }
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                || ::variate::component::rt::CallUnit::Nobody,
            );
        let mut __guard = ::variate::component::rt::Guard::new(
            __shared,
            __collectors,
            &__selection,
            &__METHOD,
        );
        __guard.begin();
        let (__result, __instead) = if __selection.arm() == 0 {
            (
                <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved(
                    __arms,
                    0,
                    item,
                ),
                ::core::option::Option::None,
            )
        } else {
            let __spare_0 = ::core::clone::Clone::clone(&item);
            let __first = ::variate::component::rt::attempt(|| <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved(
                __arms,
                __selection.arm(),
                __spare_0,
            ));
            match __first {
                ::core::result::Result::Ok(__value) => {
                    let __failed = __shared
                        .judge(
                            &__value,
                            |price| *price > 0,
                            {
                                use ::variate::component::rt::{
                                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                                };
                                (&&&&::variate::component::rt::Probe(&__value)).outcome()
                            },
                        )
                        .is_failure();
                    if __failed {
                        (
                            <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved(
                                __arms,
                                0,
                                item,
                            ),
                            ::core::option::Option::Some(
                                ::variate::component::Outcome::FellBack(
                                    ::variate::component::Cause::Error,
                                ),
                            ),
                        )
                    } else {
                        (__value, ::core::option::Option::None)
                    }
                }
                ::core::result::Result::Err(__cause) => {
                    (
                        <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved(
                            __arms,
                            0,
                            item,
                        ),
                        ::core::option::Option::Some(
                            ::variate::component::Outcome::FellBack(__cause),
                        ),
                    )
                }
            }
        };
        __guard
            .end(|| match (
                __shared
                    .judge(
                        &__result,
                        |price| *price > 0,
                        {
                            use ::variate::component::rt::{
                                OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                            };
                            (&&&&::variate::component::rt::Probe(&__result)).outcome()
                        },
                    ),
                __instead,
            ) {
                (__plain, ::core::option::Option::None) => __plain,
                (
                    __plain,
                    ::core::option::Option::Some(
                        ::variate::component::Outcome::FellBack(_),
                    ),
                ) if __plain.is_failure() => __plain,
                (_, ::core::option::Option::Some(__instead)) => __instead,
            });
        __result
    }
    #[inline]
    async fn saved_later(&self, item: String) -> Result<u32, E> {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "saved_later",
            index: 1u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        };
        let __rules = &self.__rules;
        let ::variate::component::rt::Proxy {
            arms: __arms,
            selector: __selector,
            collectors: __collectors,
            shared: __shared,
        } = &self.__proxy;
        let __arms = ::variate::component::rt::Hold::hold(__arms);
        let __selection = __shared
            .choose(
                __selector,
                &__METHOD,
                __rules.is_some(),
                || match __rules
                    .as_ref()
                    .and_then(|__rules| __rules.saved_later.as_ref())
                {
                    ::core::option::Option::Some(__rule) => {
                        __shared.ask(|| __rule(&item))
                    }
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                || ::variate::component::rt::CallUnit::Nobody,
            );
        let mut __guard = ::variate::component::rt::Guard::new(
            __shared,
            __collectors,
            &__selection,
            &__METHOD,
        );
        __guard.begin();
        let (__result, __instead) = __guard
            .run(async {
                if __selection.arm() == 0 {
                    (
                        <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved_later(
                                __arms,
                                0,
                                item,
                            )
                            .await,
                        ::core::option::Option::None,
                    )
                } else {
                    let __spare_0 = ::core::clone::Clone::clone(&item);
                    let __first = match ::variate::component::rt::within(
                            __shared,
                            ::core::time::Duration::new(0u64, 50000000u32),
                            ::variate::component::rt::attempt_async(
                                <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved_later(
                                    __arms,
                                    __selection.arm(),
                                    __spare_0,
                                ),
                            ),
                        )
                        .await
                    {
                        ::core::result::Result::Ok(__first) => __first,
                        ::core::result::Result::Err(_) => {
                            ::core::result::Result::Err(
                                ::variate::component::Cause::TimedOut,
                            )
                        }
                    };
                    match __first {
                        ::core::result::Result::Ok(__value) => {
                            let __failed = {
                                use ::variate::component::rt::{
                                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                                };
                                (&&&&::variate::component::rt::Probe(&__value)).outcome()
                            }
                                .is_failure();
                            if __failed {
                                (
                                    <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved_later(
                                            __arms,
                                            0,
                                            item,
                                        )
                                        .await,
                                    ::core::option::Option::Some(
                                        ::variate::component::Outcome::FellBack(
                                            ::variate::component::Cause::Error,
                                        ),
                                    ),
                                )
                            } else {
                                (__value, ::core::option::Option::None)
                            }
                        }
                        ::core::result::Result::Err(__cause) => {
                            (
                                <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::saved_later(
                                        __arms,
                                        0,
                                        item,
                                    )
                                    .await,
                                ::core::option::Option::Some(
                                    ::variate::component::Outcome::FellBack(__cause),
                                ),
                            )
                        }
                    }
                }
            })
            .await;
        __guard
            .end(|| match (
                {
                    use ::variate::component::rt::{
                        OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                    };
                    (&&&&::variate::component::rt::Probe(&__result)).outcome()
                },
                __instead,
            ) {
                (__plain, ::core::option::Option::None) => __plain,
                (
                    __plain,
                    ::core::option::Option::Some(
                        ::variate::component::Outcome::FellBack(_),
                    ),
                ) if __plain.is_failure() => __plain,
                (_, ::core::option::Option::Some(__instead)) => __instead,
            });
        __result
    }
    #[inline]
    async fn late(&self) -> Result<u32, E> {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "late",
            index: 2u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        };
        let __rules = &self.__rules;
        let ::variate::component::rt::Proxy {
            arms: __arms,
            selector: __selector,
            collectors: __collectors,
            shared: __shared,
        } = &self.__proxy;
        let __arms = ::variate::component::rt::Hold::hold(__arms);
        let __selection = __shared
            .choose(
                __selector,
                &__METHOD,
                false,
                || ::core::option::Option::None,
                || ::variate::component::rt::CallUnit::Nobody,
            );
        let mut __guard = ::variate::component::rt::Guard::new(
            __shared,
            __collectors,
            &__selection,
            &__METHOD,
        );
        __guard.begin();
        let (__result, __instead) = __guard
            .run(async {
                match ::variate::component::rt::within(
                        __shared,
                        ::core::time::Duration::new(2u64, 0u32),
                        <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::late(
                            __arms,
                            __selection.arm(),
                        ),
                    )
                    .await
                {
                    ::core::result::Result::Ok(__value) => {
                        (__value, ::core::option::Option::None)
                    }
                    ::core::result::Result::Err(__late) => {
                        (
                            ::core::result::Result::Err(
                                ::core::convert::From::from(__late),
                            ),
                            ::core::option::Option::Some(
                                ::variate::component::Outcome::TimedOut,
                            ),
                        )
                    }
                }
            })
            .await;
        __guard
            .end(|| match (
                {
                    use ::variate::component::rt::{
                        OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                    };
                    (&&&&::variate::component::rt::Probe(&__result)).outcome()
                },
                __instead,
            ) {
                (__plain, ::core::option::Option::None) => __plain,
                (
                    __plain,
                    ::core::option::Option::Some(
                        ::variate::component::Outcome::FellBack(_),
                    ),
                ) if __plain.is_failure() => __plain,
                (_, ::core::option::Option::Some(__instead)) => __instead,
            });
        __result
    }
    #[inline]
    fn beside(&self, item: String) -> u32 {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "beside",
            index: 3u16,
            has_key: false,
            is_skipped: false,
            makes_records: true,
        };
        let __rules = &self.__rules;
        let ::variate::component::rt::Proxy {
            arms: __arms,
            selector: __selector,
            collectors: __collectors,
            shared: __shared,
        } = &self.__proxy;
        let __arms = ::variate::component::rt::Hold::hold(__arms);
        let __selection = __shared
            .choose(
                __selector,
                &__METHOD,
                __rules.is_some(),
                || match __rules.as_ref().and_then(|__rules| __rules.beside.as_ref()) {
                    ::core::option::Option::Some(__rule) => {
                        __shared.ask(|| __rule(&item))
                    }
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                || ::variate::component::rt::CallUnit::Nobody,
            );
        if __selection.arm() == 0 {
            let mut __guard = ::variate::component::rt::Guard::new(
                __shared,
                __collectors,
                &__selection,
                &__METHOD,
            );
            __guard.begin();
            let __result = <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::beside(
                __arms,
                0,
                item,
            );
            __guard
                .end(|| {
                    use ::variate::component::rt::{
                        OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                    };
                    (&&&&::variate::component::rt::Probe(&__result)).outcome()
                });
            __result
        } else {
            let __spare_0 = ::core::clone::Clone::clone(&item);
            let __control = __selection.control("shadow");
            let mut __guard = ::variate::component::rt::Guard::new(
                __shared,
                __collectors,
                &__selection,
                &__METHOD,
            );
            let __run_control = || {
                let mut __guard = ::variate::component::rt::Guard::new(
                    __shared,
                    __collectors,
                    &__control,
                    &__METHOD,
                );
                __guard.begin();
                let __result = <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::beside(
                    __arms,
                    0,
                    item,
                );
                __guard
                    .end(|| {
                        use ::variate::component::rt::{
                            OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                        };
                        (&&&&::variate::component::rt::Probe(&__result)).outcome()
                    });
                __result
            };
            let __run_candidate = || {
                __guard.begin();
                let __value = ::variate::component::rt::attempt(|| <<__A as ::variate::component::rt::Hold>::Arm as __QuoteArms>::beside(
                    __arms,
                    __selection.arm(),
                    __spare_0,
                ));
                __guard.stop();
                __value
            };
            let (__result, __beside) = ::variate::component::rt::in_turns(
                __shared,
                __run_control,
                __run_candidate,
            );
            let __result = match __result {
                ::core::result::Result::Ok(__result) => __result,
                ::core::result::Result::Err(__panic) => {
                    match __beside {
                        ::variate::component::rt::Beside::Done(
                            ::core::result::Result::Ok(__value),
                        ) => {
                            __guard
                                .end(|| {
                                    use ::variate::component::rt::{
                                        OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                                    };
                                    (&&&&::variate::component::rt::Probe(&__value)).outcome()
                                })
                        }
                        ::variate::component::rt::Beside::Done(
                            ::core::result::Result::Err(__cause),
                        ) => __guard.end(|| ::variate::component::Outcome::from(__cause)),
                        ::variate::component::rt::Beside::CutShort => {
                            __guard.end(|| ::variate::component::Outcome::CutShort)
                        }
                        ::variate::component::rt::Beside::NotBegun => __guard.forget(),
                    }
                    ::variate::component::rt::resume(__panic)
                }
            };
            match __beside {
                ::variate::component::rt::Beside::Done(
                    ::core::result::Result::Ok(__value),
                ) => {
                    let __mismatch = if __shared
                        .compare(|| ::variate::component::rt::equal(
                            &__result,
                            &__value,
                            close,
                        ))
                    {
                        0.0
                    } else {
                        1.0
                    };
                    __guard
                        .end_measured(
                            || {
                                use ::variate::component::rt::{
                                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                                };
                                (&&&&::variate::component::rt::Probe(&__value)).outcome()
                            },
                            &[("mismatch", ::core::option::Option::Some(__mismatch))],
                        );
                }
                ::variate::component::rt::Beside::Done(
                    ::core::result::Result::Err(__cause),
                ) => {
                    __guard
                        .end_measured(
                            || ::variate::component::Outcome::from(__cause),
                            &[("mismatch", ::core::option::Option::Some(1.0))],
                        )
                }
                ::variate::component::rt::Beside::CutShort => {
                    __guard
                        .end_measured(
                            || ::variate::component::Outcome::CutShort,
                            &[("mismatch", ::core::option::Option::None)],
                        )
                }
                ::variate::component::rt::Beside::NotBegun => __guard.forget(),
            }
            __result
        }
    }
}
