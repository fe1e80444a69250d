/// Takes orders.
pub trait PlaceOrder {
    /// Places one.
    fn place(&self, id: u32, user: &User) -> Result<Receipt, OrderError>;
    fn ping(&self) -> bool {
        true
    }
}
#[doc(hidden)]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
pub trait __PlaceOrderArms: ::core::marker::Sized {
    fn place(&self, __place: usize, id: u32, user: &User) -> Result<Receipt, OrderError>;
    fn ping(&self, __place: usize) -> bool;
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P> __PlaceOrderArms for ::variate::component::rt::Last<__P>
where
    __P: ::variate::component::rt::Hold,
    <__P as ::variate::component::rt::Hold>::Arm: PlaceOrder,
{
    #[inline(always)]
    fn place(
        &self,
        __place: usize,
        id: u32,
        user: &User,
    ) -> Result<Receipt, OrderError> {
        <<__P as ::variate::component::rt::Hold>::Arm as PlaceOrder>::place(
            ::variate::component::rt::Hold::hold(&self.place),
            id,
            user,
        )
    }
    #[inline(always)]
    fn ping(&self, __place: usize) -> bool {
        <<__P as ::variate::component::rt::Hold>::Arm as PlaceOrder>::ping(
            ::variate::component::rt::Hold::hold(&self.place),
        )
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P, __L> __PlaceOrderArms for ::variate::component::rt::Cons<__P, __L>
where
    __P: ::variate::component::rt::Hold,
    <__P as ::variate::component::rt::Hold>::Arm: PlaceOrder,
    __L: __PlaceOrderArms + ::variate::component::rt::ArmList,
{
    #[inline(always)]
    fn place(
        &self,
        __place: usize,
        id: u32,
        user: &User,
    ) -> Result<Receipt, OrderError> {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as PlaceOrder>::place(
                ::variate::component::rt::Hold::hold(&self.place),
                id,
                user,
            )
        } else {
            <__L as __PlaceOrderArms>::place(&self.earlier, __place, id, user)
        }
    }
    #[inline(always)]
    fn ping(&self, __place: usize) -> bool {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as PlaceOrder>::ping(
                ::variate::component::rt::Hold::hold(&self.place),
            )
        } else {
            <__L as __PlaceOrderArms>::ping(&self.earlier, __place)
        }
    }
}
///Rules over what the methods of [`PlaceOrder`] are given: which arm a call goes to.
#[allow(non_camel_case_types, clippy::all, clippy::pedantic)]
pub struct PlaceOrderArguments {
    place: ::core::option::Option<
        ::std::boxed::Box<
            dyn ::core::ops::Fn(
                &u32,
                &&User,
            ) -> ::core::option::Option<
                    &'static str,
                > + ::core::marker::Send + ::core::marker::Sync,
        >,
    >,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl PlaceOrderArguments {
    /// No rules: the selector has its say in all calls.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            place: ::core::option::Option::None,
        }
    }
    ///The arm for a call of `place`, by what it is given; `None` leaves it to the selector.
    #[must_use]
    pub fn place(
        mut self,
        rule: impl ::core::ops::Fn(
            &u32,
            &&User,
        ) -> ::core::option::Option<
                &'static str,
            > + ::core::marker::Send + ::core::marker::Sync + 'static,
    ) -> Self {
        self.place = ::core::option::Option::Some(::std::boxed::Box::new(rule));
        self
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::default::Default for PlaceOrderArguments {
    fn default() -> Self {
        Self {
            place: ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::fmt::Debug for PlaceOrderArguments {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        out.write_str("PlaceOrderArguments")
    }
}
///Implements [`PlaceOrder`] by handing each call to one of its arms. Begin with [`builder`](PlaceOrderExperiment::builder); `A`, `S` and `C` are its arms, selector and collectors.
#[allow(non_camel_case_types)]
pub struct PlaceOrderExperiment<__A = (), __S = (), __C = ()> {
    __proxy: ::variate::component::rt::Proxy<__A, __S, __C>,
    __rules: ::core::option::Option<::std::sync::Arc<PlaceOrderArguments>>,
    __parameters: ::core::marker::PhantomData<fn()>,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__A, __S, __C> ::core::fmt::Debug for PlaceOrderExperiment<__A, __S, __C> {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.__proxy, out)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::variate::component::rt::Family for PlaceOrderExperiment {
    const METHODS: &'static [::variate::component::rt::Method] = &[
        ::variate::component::rt::Method {
            name: "place",
            index: 0u16,
            has_key: true,
            is_skipped: false,
            makes_records: true,
        },
        ::variate::component::rt::Method {
            name: "ping",
            index: 1u16,
            has_key: false,
            is_skipped: true,
            makes_records: false,
        },
    ];
    type Arguments = PlaceOrderArguments;
    type Proxy<__A, __S, __C> = PlaceOrderExperiment<__A, __S, __C>;
    fn assemble<__A, __S, __C>(
        proxy: ::variate::component::rt::Proxy<
            ::variate::component::rt::Owned<__A>,
            __S,
            __C,
        >,
        rules: ::core::option::Option<::std::sync::Arc<Self::Arguments>>,
    ) -> Self::Proxy<::variate::component::rt::Owned<__A>, __S, __C> {
        PlaceOrderExperiment {
            __proxy: proxy,
            __rules: rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl PlaceOrderExperiment {
    /// Begins with the experiment's name; go on with `.control(..)` and `.arm(..)`, and end with `.build()`.
    pub fn builder(
        name: impl ::core::convert::Into<::std::string::String>,
    ) -> ::variate::component::Builder<Self, (), ::variate::component::Random, ()> {
        ::variate::component::Builder::new(name)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X, __E> ::variate::component::rt::Takes<__X, __E> for PlaceOrderExperiment
where
    __X: PlaceOrder,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesBoxed<__X, __E>
for PlaceOrderExperiment
where
    __X: PlaceOrder,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesShared<__X, __E>
for PlaceOrderExperiment
where
    __X: PlaceOrder,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<__A, __S, __C> PlaceOrderExperiment<__A, __S, __C> {
    /// What can be switched while it is in use: keep it anywhere.
    pub fn switches(&self) -> ::variate::component::Switches {
        self.__proxy.switches()
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<
    __A,
    __S,
    __C,
> PlaceOrderExperiment<::variate::component::rt::Owned<__A>, __S, __C> {
    /// The same for one unit, whose context this is: all calls go to the arm that is selected at the first, but for
    /// those that a rule over arguments sends elsewhere.
    pub fn bind<'__c>(
        &'__c self,
        context: impl ::core::convert::Into<::variate::ContextRef<'__c>>,
    ) -> PlaceOrderExperiment<
        ::variate::component::rt::Lent<'__c, __A>,
        ::variate::component::rt::Bound<'__c, &'__c __S>,
        &'__c __C,
    > {
        PlaceOrderExperiment {
            __proxy: self.__proxy.bind(context),
            __rules: ::core::clone::Clone::clone(&self.__rules),
            __parameters: ::core::marker::PhantomData,
        }
    }
    /// The same for one unit, for good: all calls go to the arm that is selected at the first, but for those that a rule
    /// over arguments sends elsewhere.
    pub fn into_bound(
        self,
        context: impl ::core::convert::Into<::variate::ContextRef<'static>>,
    ) -> PlaceOrderExperiment<
        ::variate::component::rt::Owned<__A>,
        ::variate::component::rt::Bound<'static, __S>,
        __C,
    > {
        PlaceOrderExperiment {
            __proxy: self.__proxy.into_bound(context),
            __rules: self.__rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__A, __S, __C> PlaceOrder for PlaceOrderExperiment<__A, __S, __C>
where
    __A: ::variate::component::rt::Hold,
    <__A as ::variate::component::rt::Hold>::Arm: __PlaceOrderArms,
    __S: ::variate::component::Selector,
    __C: ::variate::component::rt::Collectors,
{
    #[inline]
    fn place(&self, id: u32, user: &User) -> Result<Receipt, OrderError> {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "place",
            index: 0u16,
            has_key: true,
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
                || match __rules.as_ref().and_then(|__rules| __rules.place.as_ref()) {
                    ::core::option::Option::Some(__rule) => {
                        __shared.ask(|| __rule(&id, &user))
                    }
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                || ::variate::component::rt::CallUnit::One(
                    "user_id",
                    ::variate::ContextValue::to_value(&(user.id)),
                ),
            );
        let mut __guard = ::variate::component::rt::Guard::new(
            __shared,
            __collectors,
            &__selection,
            &__METHOD,
        );
        __guard.begin();
        let __result = <<__A as ::variate::component::rt::Hold>::Arm as __PlaceOrderArms>::place(
            __arms,
            __selection.arm(),
            id,
            user,
        );
        __guard.stop();
        let __measured = [
            (
                "total",
                __shared
                    .measure(|| {
                        __result
                            .as_ref()
                            .ok()
                            .and_then(|__value| ::variate::component::rt::Measurable::measure(
                                &(::variate::component::rt::of(
                                    __value,
                                    |receipt| receipt.total,
                                )),
                            ))
                    }),
            ),
        ];
        __guard
            .end_measured(
                || {
                    use ::variate::component::rt::{
                        OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                    };
                    (&&&&::variate::component::rt::Probe(&__result)).outcome()
                },
                &__measured,
            );
        __result
    }
    #[inline]
    fn ping(&self) -> bool {
        let __rules = &self.__rules;
        let ::variate::component::rt::Proxy {
            arms: __arms,
            selector: __selector,
            collectors: __collectors,
            shared: __shared,
        } = &self.__proxy;
        let __arms = ::variate::component::rt::Hold::hold(__arms);
        <<__A as ::variate::component::rt::Hold>::Arm as __PlaceOrderArms>::ping(
            __arms,
            0,
        )
    }
}
