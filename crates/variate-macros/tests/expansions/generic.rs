trait Store<'s, K: Ord, const N: usize, V = String>: Send
where
    V: Clone,
{
    type Error: Debug;
    const SIZE: usize;
    fn get<Q: ?Sized>(&'s self, key: &Q) -> Result<Vec<V>, Self::Error>;
    fn set(&mut self, (key, value): (K, V)) {}
    fn all(&self) -> impl Iterator<Item = V>;
    fn made() -> [u8; N];
}
#[doc(hidden)]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
trait __StoreArms<'s, K: Ord, const N: usize, V>: ::core::marker::Sized
where
    V: Clone,
{
    type Error: Debug;
    const SIZE: usize;
    fn get<Q: ?Sized>(&'s self, __place: usize, key: &Q) -> Result<Vec<V>, Self::Error>;
    fn set(&mut self, __place: usize, __argument_1: (K, V));
    fn all(&self, __place: usize) -> impl Iterator<Item = V>;
    fn made() -> [u8; N];
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __P> __StoreArms<'s, K, N, V>
for ::variate::component::rt::Last<__P>
where
    V: Clone,
    __P: ::variate::component::rt::Hold + ::variate::component::rt::HoldMut,
    <__P as ::variate::component::rt::Hold>::Arm: Store<'s, K, N, V>
        + ::core::marker::Sized,
{
    type Error = <<__P as ::variate::component::rt::Hold>::Arm as Store<
        's,
        K,
        N,
        V,
    >>::Error;
    const SIZE: usize = <<__P as ::variate::component::rt::Hold>::Arm as Store<
        's,
        K,
        N,
        V,
    >>::SIZE;
    #[inline(always)]
    fn get<Q: ?Sized>(&'s self, __place: usize, key: &Q) -> Result<Vec<V>, Self::Error> {
        <<__P as ::variate::component::rt::Hold>::Arm as Store<
            's,
            K,
            N,
            V,
        >>::get::<Q>(::variate::component::rt::Hold::hold(&self.place), key)
    }
    #[inline(always)]
    fn set(&mut self, __place: usize, __argument_1: (K, V)) {
        <<__P as ::variate::component::rt::Hold>::Arm as Store<
            's,
            K,
            N,
            V,
        >>::set(
            ::variate::component::rt::HoldMut::hold_mut(&mut self.place),
            __argument_1,
        )
    }
    #[inline(always)]
    fn all(&self, __place: usize) -> impl Iterator<Item = V> {
        <<__P as ::variate::component::rt::Hold>::Arm as Store<
            's,
            K,
            N,
            V,
        >>::all(::variate::component::rt::Hold::hold(&self.place))
    }
    #[inline(always)]
    fn made() -> [u8; N] {
        <<__P as ::variate::component::rt::Hold>::Arm as Store<'s, K, N, V>>::made()
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __P, __L> __StoreArms<'s, K, N, V>
for ::variate::component::rt::Cons<__P, __L>
where
    V: Clone,
    __P: ::variate::component::rt::Hold + ::variate::component::rt::HoldMut,
    <__P as ::variate::component::rt::Hold>::Arm: Store<'s, K, N, V>
        + ::core::marker::Sized,
    __L: __StoreArms<
            's,
            K,
            N,
            V,
            Error = <<__P as ::variate::component::rt::Hold>::Arm as Store<
                's,
                K,
                N,
                V,
            >>::Error,
        > + ::variate::component::rt::ArmList,
{
    type Error = <<__P as ::variate::component::rt::Hold>::Arm as Store<
        's,
        K,
        N,
        V,
    >>::Error;
    const SIZE: usize = <__L as __StoreArms<'s, K, N, V>>::SIZE;
    #[inline(always)]
    fn get<Q: ?Sized>(&'s self, __place: usize, key: &Q) -> Result<Vec<V>, Self::Error> {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Store<
                's,
                K,
                N,
                V,
            >>::get::<Q>(::variate::component::rt::Hold::hold(&self.place), key)
        } else {
            <__L as __StoreArms<'s, K, N, V>>::get::<Q>(&self.earlier, __place, key)
        }
    }
    #[inline(always)]
    fn set(&mut self, __place: usize, __argument_1: (K, V)) {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            <<__P as ::variate::component::rt::Hold>::Arm as Store<
                's,
                K,
                N,
                V,
            >>::set(
                ::variate::component::rt::HoldMut::hold_mut(&mut self.place),
                __argument_1,
            )
        } else {
            <__L as __StoreArms<
                's,
                K,
                N,
                V,
            >>::set(&mut self.earlier, __place, __argument_1)
        }
    }
    #[inline(always)]
    fn all(&self, __place: usize) -> impl Iterator<Item = V> {
        if __place == <__L as ::variate::component::rt::ArmList>::LEN {
            ::variate::component::rt::Either::Left(
                <<__P as ::variate::component::rt::Hold>::Arm as Store<
                    's,
                    K,
                    N,
                    V,
                >>::all(::variate::component::rt::Hold::hold(&self.place)),
            )
        } else {
            ::variate::component::rt::Either::Right(
                <__L as __StoreArms<'s, K, N, V>>::all(&self.earlier, __place),
            )
        }
    }
    #[inline(always)]
    fn made() -> [u8; N] {
        <__L as __StoreArms<'s, K, N, V>>::made()
    }
}
///Implements [`Store`] by handing each call to one of its arms. Begin with [`builder`](Stores::builder); `A`, `S` and `C` are its arms, selector and collectors.
#[allow(non_camel_case_types)]
struct Stores<'s, K: Ord, const N: usize, V, __A = (), __S = (), __C = ()>
where
    V: Clone,
{
    __proxy: ::variate::component::rt::Proxy<__A, __S, __C>,
    __rules: ::core::option::Option<::std::sync::Arc<()>>,
    __parameters: ::core::marker::PhantomData<
        fn(&'s (), ::core::marker::PhantomData<K>, ::core::marker::PhantomData<V>),
    >,
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __A, __S, __C> ::core::fmt::Debug
for Stores<'s, K, N, V, __A, __S, __C>
where
    V: Clone,
{
    fn fmt(&self, out: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        ::core::fmt::Debug::fmt(&self.__proxy, out)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V> ::variate::component::rt::Family
for Stores<'s, K, N, V>
where
    V: Clone,
{
    const METHODS: &'static [::variate::component::rt::Method] = &[
        ::variate::component::rt::Method {
            name: "get",
            index: 2u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
        ::variate::component::rt::Method {
            name: "set",
            index: 3u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
        ::variate::component::rt::Method {
            name: "all",
            index: 4u16,
            has_key: false,
            is_skipped: false,
            makes_records: false,
        },
    ];
    type Arguments = ();
    type Proxy<__A, __S, __C> = Stores<'s, K, N, V, __A, __S, __C>;
    fn assemble<__A, __S, __C>(
        proxy: ::variate::component::rt::Proxy<
            ::variate::component::rt::Owned<__A>,
            __S,
            __C,
        >,
        rules: ::core::option::Option<::std::sync::Arc<Self::Arguments>>,
    ) -> Self::Proxy<::variate::component::rt::Owned<__A>, __S, __C> {
        Stores {
            __proxy: proxy,
            __rules: rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V> Stores<'s, K, N, V>
where
    V: Clone,
{
    /// Begins with the experiment's name; go on with `.control(..)` and `.arm(..)`, and end with `.build()`.
    fn builder(
        name: impl ::core::convert::Into<::std::string::String>,
    ) -> ::variate::component::Builder<Self, (), ::variate::component::Random, ()> {
        ::variate::component::Builder::new(name)
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __X> ::variate::component::rt::Takes<__X, ()>
for Stores<'s, K, N, V>
where
    V: Clone,
    __X: Store<'s, K, N, V>,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<
    's,
    K: Ord,
    const N: usize,
    V,
    __X,
    __E,
> ::variate::component::rt::Takes<__X, (__E,)> for Stores<'s, K, N, V>
where
    V: Clone,
    __E: __StoreArms<'s, K, N, V>,
    __X: Store<'s, K, N, V, Error = <__E as __StoreArms<'s, K, N, V>>::Error>,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __X> ::variate::component::rt::TakesBoxed<__X, ()>
for Stores<'s, K, N, V>
where
    V: Clone,
    __X: Store<'s, K, N, V>,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<
    's,
    K: Ord,
    const N: usize,
    V,
    __X,
    __E,
> ::variate::component::rt::TakesBoxed<__X, (__E,)> for Stores<'s, K, N, V>
where
    V: Clone,
    __E: __StoreArms<'s, K, N, V>,
    __X: Store<'s, K, N, V, Error = <__E as __StoreArms<'s, K, N, V>>::Error>,
{}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<'s, K: Ord, const N: usize, V, __A, __S, __C> Stores<'s, K, N, V, __A, __S, __C>
where
    V: Clone,
{
    /// What can be switched while it is in use: keep it anywhere.
    fn switches(&self) -> ::variate::component::Switches {
        self.__proxy.switches()
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
#[allow(dead_code)]
impl<
    's,
    K: Ord,
    const N: usize,
    V,
    __A,
    __S,
    __C,
> Stores<'s, K, N, V, ::variate::component::rt::Owned<__A>, __S, __C>
where
    V: Clone,
{
    /// The same for one unit, for good: all calls go to the arm that is selected at the first, but for those that a rule
    /// over arguments sends elsewhere.
    fn into_bound(
        self,
        context: impl ::core::convert::Into<::variate::ContextRef<'static>>,
    ) -> Stores<
        's,
        K,
        N,
        V,
        ::variate::component::rt::Owned<__A>,
        ::variate::component::rt::Bound<'static, __S>,
        __C,
    > {
        Stores {
            __proxy: self.__proxy.into_bound(context),
            __rules: self.__rules,
            __parameters: ::core::marker::PhantomData,
        }
    }
}
#[automatically_derived]
#[allow(warnings, clippy::all, clippy::nursery, clippy::pedantic, clippy::restriction)]
impl<'s, K: Ord, const N: usize, V, __A, __S, __C> Store<'s, K, N, V>
for Stores<'s, K, N, V, __A, __S, __C>
where
    V: Clone,
    __A: ::variate::component::rt::Hold + ::variate::component::rt::HoldMut,
    <__A as ::variate::component::rt::Hold>::Arm: __StoreArms<'s, K, N, V>,
    __S: ::variate::component::Selector,
    __C: ::variate::component::rt::Collectors,
    Self: Send,
{
    type Error = <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
        's,
        K,
        N,
        V,
    >>::Error;
    const SIZE: usize = <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
        's,
        K,
        N,
        V,
    >>::SIZE;
    #[inline]
    fn get<Q: ?Sized>(&'s self, key: &Q) -> Result<Vec<V>, Self::Error> {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "get",
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
        let __result = <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
            's,
            K,
            N,
            V,
        >>::get::<Q>(__arms, __selection.arm(), key);
        __guard
            .end(|| {
                use ::variate::component::rt::{
                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                };
                (&&&&::variate::component::rt::Probe(&__result)).outcome()
            });
        __result
    }
    #[inline]
    fn set(&mut self, __argument_1: (K, V)) {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "set",
            index: 3u16,
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
        } = &mut self.__proxy;
        let (__selector, __collectors, __shared) = (
            &*__selector,
            &*__collectors,
            &*__shared,
        );
        let __arms = ::variate::component::rt::HoldMut::hold_mut(__arms);
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
        let __result = <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
            's,
            K,
            N,
            V,
        >>::set(__arms, __selection.arm(), __argument_1);
        __guard
            .end(|| {
                use ::variate::component::rt::{
                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                };
                (&&&&::variate::component::rt::Probe(&__result)).outcome()
            });
        __result
    }
    #[inline]
    fn all(&self) -> impl Iterator<Item = V> {
        static __METHOD: ::variate::component::rt::Method = ::variate::component::rt::Method {
            name: "all",
            index: 4u16,
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
        let __result = <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
            's,
            K,
            N,
            V,
        >>::all(__arms, __selection.arm());
        __guard
            .end(|| {
                use ::variate::component::rt::{
                    OfAny as _, OfBare as _, OfDebugged as _, OfShown as _,
                };
                (&&&&::variate::component::rt::Probe(&__result)).outcome()
            });
        __result
    }
    #[inline]
    fn made() -> [u8; N] {
        <<__A as ::variate::component::rt::Hold>::Arm as __StoreArms<
            's,
            K,
            N,
            V,
        >>::made()
    }
}
