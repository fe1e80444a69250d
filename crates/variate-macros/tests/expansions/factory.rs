#[async_trait]
trait Fetch: Send + Sync {
    async fn fetch(&self, id: u32) -> u32;
}
#[doc(hidden)]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
trait __FetchArms: ::core::marker::Sized + ::core::marker::Send + ::core::marker::Sync {
    fn fetch(
        &self,
        __place: usize,
        id: u32,
    ) -> impl ::core::future::Future<Output = u32> + ::core::marker::Send;
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P> __FetchArms for ::variate::component::rt::Last<__P>
where
    __P: ::variate::component::rt::Hold + ::core::marker::Send + ::core::marker::Sync,
    <__P as ::variate::component::rt::Hold>::Arm: Fetch + ::core::marker::Send
        + ::core::marker::Sync,
{
    #[inline(always)]
    fn fetch(
        &self,
        __place: usize,
        id: u32,
    ) -> impl ::core::future::Future<Output = u32> + ::core::marker::Send {
        async move {
            <<__P as ::variate::component::rt::Hold>::Arm as Fetch>::fetch(
                    ::variate::component::rt::Hold::hold(&self.place),
                    id,
                )
                .await
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__P, __L> __FetchArms for ::variate::component::rt::Cons<__P, __L>
where
    __P: ::variate::component::rt::Hold + ::core::marker::Send + ::core::marker::Sync,
    <__P as ::variate::component::rt::Hold>::Arm: Fetch + ::core::marker::Send
        + ::core::marker::Sync,
    __L: __FetchArms + ::variate::component::rt::ArmList,
{
    #[inline(always)]
    fn fetch(
        &self,
        __place: usize,
        id: u32,
    ) -> impl ::core::future::Future<Output = u32> + ::core::marker::Send {
        async move {
            if __place == <__L as ::variate::component::rt::ArmList>::LEN {
                <<__P as ::variate::component::rt::Hold>::Arm as Fetch>::fetch(
                        ::variate::component::rt::Hold::hold(&self.place),
                        id,
                    )
                    .await
            } else {
                <__L as __FetchArms>::fetch(&self.earlier, __place, id).await
            }
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[async_trait]
impl<__F, __B> Fetch for ::variate::component::rt::Made<__F>
where
    __F: ::core::ops::Fn() -> __B + ::core::marker::Send + ::core::marker::Sync
        + 'static,
    __B: Fetch + ::core::marker::Send + ::core::marker::Sync + 'static,
    ::variate::component::rt::Made<__F>: Send + Sync,
{
    async fn fetch(&self, id: u32) -> u32 {
        let __arm = (self.0)();
        <__B as Fetch>::fetch(&__arm, id).await
    }
}
///Rules over what the methods of [`Fetch`] are given: which arm a call goes to.
#[allow(non_camel_case_types, clippy::all, clippy::pedantic)]
struct FetchArguments {
    fetch: ::core::option::Option<
        ::std::boxed::Box<
            dyn ::core::ops::Fn(
                &u32,
            ) -> ::core::option::Option<
                    &'static str,
                > + ::core::marker::Send + ::core::marker::Sync,
        >,
    >,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl FetchArguments {
    /// No rules: the selector has its say in all calls.
    #[must_use]
    const fn new() -> Self {
        Self {
            fetch: ::core::option::Option::None,
        }
    }
    ///The arm for a call of `fetch`, by what it is given; `None` leaves it to the selector.
    #[must_use]
    fn fetch(
        mut self,
        rule: impl ::core::ops::Fn(
            &u32,
        ) -> ::core::option::Option<
                &'static str,
            > + ::core::marker::Send + ::core::marker::Sync + 'static,
    ) -> Self {
        self.fetch = ::core::option::Option::Some(::std::boxed::Box::new(rule));
        self
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::default::Default for FetchArguments {
    fn default() -> Self {
        Self {
            fetch: ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::core::fmt::Debug for FetchArguments {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        out.write_str("FetchArguments")
    }
}
///Implements [`Fetch`] by handing each call to one of its arms. Begin with [`builder`](FetchExperiment::builder); `A`, `S` and `C` are its arms, selector and collectors.
#[allow(non_camel_case_types)]
struct FetchExperiment<__A = (), __S = (), __C = ()> {
    __proxy: ::variate::component::rt::Proxy<__A, __S, __C>,
    __rules: ::core::option::Option<::std::sync::Arc<FetchArguments>>,
    __parameters: ::core::marker::PhantomData<fn()>,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__A, __S, __C> ::core::fmt::Debug for FetchExperiment<__A, __S, __C> {
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.__proxy, out)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl ::variate::component::rt::Family for FetchExperiment {
    const METHODS: &'static [::variate::component::rt::Method] = &[
        ::variate::component::rt::Method {
            name: "fetch",
            index: 0u16,
            has_key: true,
            is_skipped: false,
            makes_records: false,
        },
    ];
    type Arguments = FetchArguments;
    type Proxy<__A, __S, __C> = FetchExperiment<__A, __S, __C>;
    fn assemble<__A, __S, __C>(
        proxy: ::variate::component::rt::Proxy<
            ::variate::component::rt::Owned<__A>,
            __S,
            __C,
        >,
        rules: ::core::option::Option<::std::sync::Arc<Self::Arguments>>,
    ) -> Self::Proxy<::variate::component::rt::Owned<__A>, __S, __C> {
        FetchExperiment {
            __proxy: proxy,
            __rules: rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl FetchExperiment {
    /// Begins with the experiment's name; go on with `.control(..)` and `.arm(..)`, and end with `.build()`.
    fn builder(
        name: impl ::core::convert::Into<::std::string::String>,
    ) -> ::variate::component::Builder<Self, (), ::variate::component::Random, ()> {
        ::variate::component::Builder::new(name)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X, __E> ::variate::component::rt::Takes<__X, __E> for FetchExperiment
where
    __X: Fetch + ::core::marker::Send + ::core::marker::Sync,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesBoxed<__X, __E>
for FetchExperiment
where
    __X: Fetch + ::core::marker::Send + ::core::marker::Sync,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__X: ?::core::marker::Sized, __E> ::variate::component::rt::TakesShared<__X, __E>
for FetchExperiment
where
    __X: Fetch + ::core::marker::Send + ::core::marker::Sync,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<__F, __E> ::variate::component::rt::TakesMade<__F, __E> for FetchExperiment
where
    ::variate::component::rt::Made<
        __F,
    >: Fetch + ::core::marker::Send + ::core::marker::Sync,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<__A, __S, __C> FetchExperiment<__A, __S, __C> {
    /// What can be switched while it is in use: keep it anywhere.
    fn switches(&self) -> ::variate::component::Switches {
        self.__proxy.switches()
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<__A, __S, __C> FetchExperiment<::variate::component::rt::Owned<__A>, __S, __C> {
    /// The same for one unit, whose context this is: all calls go to the arm that is selected at the first, but for
    /// those that a rule over arguments sends elsewhere.
    fn bind<'__c>(
        &'__c self,
        context: impl ::core::convert::Into<::variate::ContextRef<'__c>>,
    ) -> FetchExperiment<
        ::variate::component::rt::Lent<'__c, __A>,
        ::variate::component::rt::Bound<'__c, &'__c __S>,
        &'__c __C,
    > {
        FetchExperiment {
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
    ) -> FetchExperiment<
        ::variate::component::rt::Owned<__A>,
        ::variate::component::rt::Bound<'static, __S>,
        __C,
    > {
        FetchExperiment {
            __proxy: self.__proxy.into_bound(context),
            __rules: self.__rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[async_trait]
impl<__A, __S, __C> Fetch for FetchExperiment<__A, __S, __C>
where
    __A: ::variate::component::rt::Hold + ::core::marker::Send + ::core::marker::Sync,
    <__A as ::variate::component::rt::Hold>::Arm: __FetchArms + ::core::marker::Send
        + ::core::marker::Sync,
    __S: ::variate::component::Selector,
    __C: ::variate::component::rt::Collectors,
    Self: Send + Sync,
{
    #[inline]
    async fn fetch(&self, id: u32) -> u32 {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "fetch",
            index: 0u16,
            has_key: true,
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
                || match __rules.as_ref().and_then(|__rules| __rules.fetch.as_ref()) {
                    ::core::option::Option::Some(__rule) => __shared.ask(|| __rule(&id)),
                    ::core::option::Option::None => ::core::option::Option::None,
                },
                || ::variate::component::rt::CallUnit::One(
                    "id",
                    ::variate::ContextValue::to_value(&(id)),
                ),
            );
        let mut __guard = ::variate::component::rt::Guard::new(
            __shared,
            __collectors,
            &__selection,
            &__METHOD,
        );
        __guard.begin();
        let __result = __guard
            .run(
                <<__A as ::variate::component::rt::Hold>::Arm as __FetchArms>::fetch(
                    __arms,
                    __selection.arm(),
                    id,
                ),
            )
            .await;
        __guard
            .end(|| {
                use ::variate::component::rt::{
                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                };
                (&&&&::variate::component::rt::Probe(&__result)).outcome()
            });
        __result
    }
}
