//! What a trait may look like.

use std::borrow::Cow;
use std::fmt::{Debug, Display};
use std::io;
use std::sync::Arc;

use variate::component::{BuildError, Fixed, Random, RoundRobin, Selector, by};

use crate::support::{Counted, Log};

mod receivers {
    use super::*;

    #[variate::component]
    pub(super) trait Counter {
        fn count(&self) -> u32;
        fn add(&mut self, more: u32) -> &mut u32;
        fn name(&self) -> &str;
        fn typed(self: &Self) -> u32 {
            self.count() + 100
        }
        fn finish(self) -> String;
    }

    #[derive(Debug)]
    struct Plain(u32, &'static str);

    impl Counter for Plain {
        fn count(&self) -> u32 {
            self.0
        }
        fn add(&mut self, more: u32) -> &mut u32 {
            self.0 += more;
            &mut self.0
        }
        fn name(&self) -> &str {
            self.1
        }
        fn finish(self) -> String {
            format!("{} {}", self.1, self.0)
        }
    }

    #[test]
    fn every_receiver_reaches_the_selected_arm() {
        for (arm, name) in [("one", "one"), ("two", "two"), ("three", "three")] {
            let log = Log::default();
            let mut counter = CounterExperiment::builder("counter")
                .control("one", Plain(0, "one"))
                .arm("two", Plain(10, "two"))
                .arm("three", Plain(20, "three"))
                .selector(Fixed::to(arm))
                .collect(Counted)
                .recorder(log.clone())
                .build()
                .unwrap();
            let begin = counter.count();
            *counter.add(5) += 1;
            assert_eq!(counter.count(), begin + 6);
            assert_eq!(counter.typed(), begin + 106);
            assert_eq!(counter.name(), name);
            assert_eq!(counter.finish(), format!("{name} {}", begin + 6));
            let methods = ["count", "add", "count", "typed", "name", "finish"];
            assert_eq!(
                log.take(),
                methods.map(|method| format!("{arm}.{method} fixed calls=Some(1.0)count ok"))
            );
        }
    }

    #[variate::component]
    trait Boxed {
        fn open(self: Box<Self>) -> u8;
        fn look(&self) -> u8;
    }

    impl Boxed for u8 {
        fn open(self: Box<Self>) -> u8 {
            *self
        }
        fn look(&self) -> u8 {
            *self
        }
    }

    #[test]
    fn boxes_are_opened_and_arms_may_lie_in_boxes() {
        for (arm, expected) in [("one", 1), ("two", 2)] {
            let both = || {
                BoxedExperiment::builder("boxed")
                    .control("one", 1_u8)
                    .arm_boxed("two", Box::new(2_u8) as Box<dyn Boxed>)
                    .selector(Fixed::to(arm))
            };
            // Taken out of a box of a known type each arm must be of a known type itself.
            let known = BoxedExperiment::builder("boxed")
                .control("one", 1_u8)
                .arm("two", 2_u8)
                .selector(Fixed::to(arm))
                .build()
                .unwrap();
            assert_eq!(known.look(), expected);
            assert_eq!(Box::new(known).open(), expected);
            let known: Box<dyn Boxed> = Box::new(both().build().unwrap());
            assert_eq!(known.look(), expected);
            assert_eq!(known.open(), expected);
        }
    }

    #[test]
    fn arms_may_be_shared_with_others() {
        #[variate::component]
        trait Look {
            fn look(&self) -> u8;
        }
        impl Look for u8 {
            fn look(&self) -> u8 {
                *self
            }
        }
        let shared: Arc<dyn Look> = Arc::new(2_u8);
        let look = LookExperiment::builder("look")
            .control_boxed("one", Box::new(1_u8) as Box<dyn Look>)
            .arm_shared("two", Arc::clone(&shared))
            .selector(Fixed::to("two"))
            .build()
            .unwrap();
        assert_eq!(look.look(), 2);
        assert_eq!(Arc::strong_count(&shared), 2);
        drop(look);
        assert_eq!(Arc::strong_count(&shared), 1);
    }
}

mod factories {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[variate::component(factory)]
    trait Number {
        fn next(&self) -> u32;
    }

    struct Made(u32);
    impl Number for Made {
        fn next(&self) -> u32 {
            self.0
        }
    }

    #[test]
    fn an_arm_can_be_made_for_each_call() {
        let made = AtomicU32::new(0);
        let number = NumberExperiment::builder("number")
            .control("fixed", Made(100))
            .arm_with("made", || Made(made.fetch_add(1, Ordering::Relaxed)))
            .selector(Fixed::to("made"))
            .build()
            .unwrap();
        assert_eq!([number.next(), number.next(), number.next()], [0, 1, 2]);
    }
}

mod generic {
    use super::*;

    #[variate::component]
    trait Store<'s, K: Ord + 's, const N: usize, V = String>
    where
        V: Clone,
    {
        type Error: Debug;
        const SIZE: usize;

        fn get(&'s self, key: &K) -> Result<Vec<V>, Self::Error>;
        fn many<I: IntoIterator<Item = K>>(&self, keys: I) -> [usize; N];
        fn parse<T: std::str::FromStr + Default>(&self, text: &str) -> T {
            text.parse().unwrap_or_default()
        }
        fn any(&self, shown: impl Display) -> String;
        fn made(size: usize) -> Vec<K>;
        fn lifetimes<'a, 'b: 'a>(&self, a: &'a str, b: &'b str) -> &'a str;
        fn hidden(&self, text: Cow<str>) -> usize;
    }

    struct Fast<const E: bool>;

    impl<'s, const E: bool> Store<'s, u8, 2, i64> for Fast<E> {
        type Error = io::ErrorKind;
        const SIZE: usize = if E { 1 } else { 2 };

        fn get(&'s self, key: &u8) -> Result<Vec<i64>, io::ErrorKind> {
            if E {
                Err(io::ErrorKind::NotFound)
            } else {
                Ok(vec![i64::from(*key)])
            }
        }
        fn many<I: IntoIterator<Item = u8>>(&self, keys: I) -> [usize; 2] {
            [keys.into_iter().count(), usize::from(E)]
        }
        fn any(&self, shown: impl Display) -> String {
            format!("{shown} {E}")
        }
        fn made(size: usize) -> Vec<u8> {
            vec![u8::from(E); size]
        }
        fn lifetimes<'a, 'b: 'a>(&self, a: &'a str, b: &'b str) -> &'a str {
            if E { a } else { b }
        }
        fn hidden(&self, text: Cow<str>) -> usize {
            text.len() + usize::from(E)
        }
    }

    fn sizes<'s, S: Store<'s, u8, 2, i64>>(_: &S) -> (usize, Vec<u8>) {
        (S::SIZE, S::made(2))
    }

    #[test]
    fn generics_lifetimes_consts_and_types_go_through() {
        let log = Log::default();
        let store = StoreExperiment::builder("store")
            .control("sound", Fast::<false>)
            .arm("broken", Fast::<true>)
            .selector(Fixed::to("broken"))
            .collect(Counted)
            .recorder(log.clone())
            .build()
            .unwrap();
        assert_eq!(store.get(&1).unwrap_err(), io::ErrorKind::NotFound);
        assert_eq!(
            log.take(),
            ["broken.get fixed calls=Some(1.0)count error(NotFound)"]
        );
        assert_eq!(store.many([1, 2, 3]), [3, 1]);
        assert_eq!(store.parse::<u16>("17"), 17);
        assert_eq!(store.any(5), "5 true");
        let longer = String::from("b");
        assert_eq!(store.lifetimes("a", &longer), "a");
        assert_eq!(store.hidden("four".into()), 5);
        // What has no `self` is the control's.
        assert_eq!(sizes(&store), (2, vec![0, 0]));
    }
}

mod supertraits {
    use super::*;

    #[variate::component]
    trait Shape: Debug + Display + Send
    where
        Self: Sync,
    {
        fn area(&self) -> f64;
        fn twice(&self) -> f64 {
            self.area() * 2.0
        }
        fn only_sized(&self) -> usize
        where
            Self: Sized,
        {
            size_of::<Self>()
        }
    }

    #[derive(Debug)]
    struct Square(f64);
    impl Display for Square {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(out, "square")
        }
    }
    impl Shape for Square {
        fn area(&self) -> f64 {
            self.0 * self.0
        }
    }

    #[derive(Debug)]
    struct Odd;
    impl Display for Odd {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(out, "odd")
        }
    }
    impl Shape for Odd {
        fn area(&self) -> f64 {
            1.0
        }
        fn twice(&self) -> f64 {
            7.0
        }
    }

    // The component's own, in the user's words.
    impl<A, S, C> Display for ShapeExperiment<A, S, C> {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(out, "an experiment: {self:?}")
        }
    }

    #[test]
    fn supertraits_are_the_components_own_and_defaults_the_arms() {
        let shape = ShapeExperiment::builder("shape")
            .control("square", Square(3.0))
            .arm("odd", Odd)
            .selector(Fixed::to("odd"))
            .build()
            .unwrap();
        assert_eq!((shape.area(), shape.twice()), (1.0, 7.0));
        assert_eq!(shape.only_sized(), 0);
        let shape: Box<dyn Shape> = Box::new(shape);
        assert_eq!((shape.area(), shape.twice()), (1.0, 7.0));
        assert!(shape.to_string().starts_with("an experiment: Component"));
        let square = ShapeExperiment::builder("shape")
            .control("square", Square(3.0))
            .build()
            .unwrap();
        assert_eq!((square.area(), square.twice()), (9.0, 18.0));
    }
}

mod iterators {
    use super::*;

    #[variate::component]
    trait Numbers {
        fn numbers(&self, up_to: u32) -> impl DoubleEndedIterator<Item = u32> + '_;
    }

    struct Even;
    impl Numbers for Even {
        fn numbers(&self, up_to: u32) -> impl DoubleEndedIterator<Item = u32> + '_ {
            (0..up_to).filter(|number| number % 2 == 0)
        }
    }

    struct List(Vec<u32>);
    impl Numbers for List {
        fn numbers(&self, _: u32) -> impl DoubleEndedIterator<Item = u32> + '_ {
            self.0.iter().copied()
        }
    }

    #[test]
    fn iterators_of_different_types_are_one() {
        let of = |arm| {
            NumbersExperiment::builder("numbers")
                .control("even", Even)
                .arm("list", List(vec![7, 8]))
                .arm("other", List(vec![1]))
                .selector(Fixed::to(arm))
                .build()
                .unwrap()
        };
        assert_eq!(of("even").numbers(5).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(of("list").numbers(5).rev().collect::<Vec<_>>(), [8, 7]);
        assert_eq!(of("other").numbers(5).count(), 1);
    }
}

mod foreign {
    use super::*;

    // A trait of another crate, restated.
    #[variate::component]
    trait Write {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
        fn flush(&mut self) -> io::Result<()>;
    }

    impl<W: io::Write> Write for W {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            io::Write::write(self, bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            io::Write::flush(self)
        }
    }

    /// The way back to the foreign trait.
    struct Back<W>(W);
    impl<W: Write> io::Write for Back<W> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    #[test]
    fn a_foreign_trait_is_restated() {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        let mut writer = Back(
            WriteExperiment::builder("write")
                .control("one", &mut one)
                .arm("two", &mut two)
                .selector(Fixed::to("two"))
                .build()
                .unwrap(),
        );
        io::Write::write_all(&mut writer, b"hello").unwrap();
        drop(writer);
        assert_eq!((one.len(), &*two), (0, &b"hello"[..]));
    }
}

mod odds_and_ends {
    use super::*;

    /// Names that the macro could be tempted to use itself, and all that may stand around a method.
    #[variate::component(proxy = Everything)]
    #[allow(clippy::too_many_arguments)]
    pub(super) trait Odd {
        #[cfg(not(test))]
        fn not_there(&self, missing: Missing);
        fn names(
            &self,
            place: u8,
            rules: u8,
            guard: u8,
            f: u8,
            arms: u8,
            selection: u8,
            r#type: u8,
        ) -> u8;
        fn ignored(&self, _: u8, _: u16) -> u8;
        fn patterns(&self, (a, b): (u8, u8), mut c: u8) -> u8 {
            c += a;
            c + b
        }
        fn bind(&self) -> u8;
        fn switches(&self) -> u8;
        fn into_bound(&self) -> u8;
        fn builder(&self) -> u8;
        fn r#match(&self) -> u8;
        fn never(&self, panic: &str) -> !;
        fn nothing(&self);
        fn callback(&self, call: &dyn Fn(&str) -> usize) -> usize;
        extern "C" fn foreign(&self) -> u8;
    }

    pub(super) struct One;
    impl Odd for One {
        fn names(&self, a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> u8 {
            a + b + c + d + e + f + g
        }
        fn ignored(&self, a: u8, _: u16) -> u8 {
            a
        }
        fn bind(&self) -> u8 {
            1
        }
        fn switches(&self) -> u8 {
            2
        }
        fn into_bound(&self) -> u8 {
            3
        }
        fn builder(&self) -> u8 {
            4
        }
        fn r#match(&self) -> u8 {
            5
        }
        fn never(&self, panic: &str) -> ! {
            panic!("{panic}")
        }
        fn nothing(&self) {}
        fn callback(&self, call: &dyn Fn(&str) -> usize) -> usize {
            call("four")
        }
        extern "C" fn foreign(&self) -> u8 {
            6
        }
    }

    #[test]
    fn no_name_is_in_the_way_of_another() {
        let odd = Everything::builder("odd")
            .control("one", One)
            .build()
            .unwrap();
        assert_eq!(odd.names(1, 2, 3, 4, 5, 6, 7), 28);
        assert_eq!(odd.ignored(9, 1), 9);
        assert_eq!(odd.patterns((1, 2), 3), 6);
        assert_eq!(odd.bind() + odd.switches() + odd.into_bound(), 6);
        assert_eq!(odd.builder() + odd.r#match() + odd.foreign(), 15);
        odd.nothing();
        assert_eq!(odd.callback(&str::len), 4);
        Everything::switches(&odd).set_enabled(false);
        assert_eq!(Everything::bind(&odd, variate::context! {}).bind(), 1);
        let never = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| odd.never("as told")));
        assert_eq!(*never.unwrap_err().downcast::<String>().unwrap(), "as told");
    }

    #[variate::component(arguments = Rules)]
    #[allow(non_camel_case_types)]
    trait r#loop {
        #[cfg(test)]
        const HERE: u8;
        #[cfg(not(test))]
        const NOT_HERE: Missing;
        fn new(&self, id: u8) -> u8;
        fn default(&self, id: u8) -> u8;
        async fn made(by: u8) -> u8
        where
            Self: Sized;
    }

    impl r#loop for u8 {
        const HERE: u8 = 7;
        fn new(&self, id: u8) -> u8 {
            *self + id
        }
        fn default(&self, id: u8) -> u8 {
            *self * id
        }
        async fn made(by: u8) -> u8 {
            by + 1
        }
    }

    async fn made<L: r#loop>(_: &L) -> u8 {
        L::HERE + L::made(1).await
    }

    #[tokio::test]
    async fn what_has_no_receiver_is_the_controls_and_a_rule_may_be_called_as_its_type_is_made() {
        let rules = <Rules as Default>::default()
            .new(|id| (*id == 1).then_some("ten"))
            .default(|_| Some("ten"));
        let looped = loopExperiment::builder("loop")
            .control("one", 1_u8)
            .arm("ten", 10_u8)
            .by_arguments(rules)
            .selector(Fixed::control())
            .build()
            .unwrap();
        assert_eq!(
            (looped.new(1), looped.new(2), looped.default(3)),
            (11, 3, 30)
        );
        assert_eq!(made(&looped).await, 9);
    }

    #[test]
    fn a_trait_may_lie_in_a_function_or_come_from_a_macro() {
        macro_rules! made {
            ($name:ident, $method:ident) => {
                #[variate::component]
                trait $name {
                    fn $method(&self, #[key] id: u8) -> u8;
                }
                impl $name for u8 {
                    fn $method(&self, id: u8) -> u8 {
                        *self + id
                    }
                }
            };
        }
        made!(Inner, plus);
        let inner = InnerExperiment::builder("inner")
            .control("one", 1_u8)
            .build()
            .unwrap();
        assert_eq!(inner.plus(2), 3);
    }

    #[test]
    fn a_component_is_an_arm_of_another() {
        #[variate::component]
        trait Id {
            fn id(&self) -> u8;
        }
        impl Id for u8 {
            fn id(&self) -> u8 {
                *self
            }
        }
        let log = Log::default();
        let inner = IdExperiment::builder("inner")
            .control("one", 1_u8)
            .arm("two", 2_u8)
            .selector(Fixed::to("two"))
            .collect(Counted)
            .recorder(log.clone())
            .build()
            .unwrap();
        let outer = IdExperiment::builder("outer")
            .control("three", 3_u8)
            .arm("inner", inner)
            .selector(Fixed::to("inner"))
            .collect(Counted)
            .recorder(log.clone())
            .build()
            .unwrap();
        assert_eq!(outer.id(), 2);
        assert_eq!(
            log.take(),
            [
                "two.id fixed calls=Some(1.0)count ok",
                "inner.id fixed calls=Some(1.0)count ok"
            ]
        );
    }
}

#[test]
fn what_cannot_be_is_refused_when_it_is_built() {
    #[variate::component]
    trait Two {
        fn keyed(&self, #[key] id: u8);
        fn keyless(&self);
    }
    impl Two for u8 {
        fn keyed(&self, _: u8) {}
        fn keyless(&self) {}
    }
    let builder = || {
        TwoExperiment::builder("two")
            .control("one", 1_u8)
            .arm("two", 2_u8)
    };
    let refused = |name: &str, control: &str, arm: &str| {
        let built = TwoExperiment::builder(name)
            .control(control, 1_u8)
            .arm(arm, 2_u8)
            .build();
        built.unwrap_err()
    };
    assert_eq!(
        refused("", "a", "b"),
        BuildError::InvalidName(String::new())
    );
    assert_eq!(refused("x", "", "b"), BuildError::InvalidArm(String::new()));
    // Names stand in lines of logs.
    assert_eq!(
        refused("x", "a", "b\u{1b}[31m"),
        BuildError::InvalidArm("b\u{1b}[31m".into())
    );
    assert_eq!(
        refused("x\ny", "a", "b"),
        BuildError::InvalidName("x\ny".into())
    );
    assert_eq!(
        refused("x", "a", "control"),
        BuildError::InvalidArm("control".into())
    );
    assert_eq!(refused("x", "a", "a"), BuildError::DuplicateArm("a".into()));
    assert_eq!(
        builder().weights([1]).build().unwrap_err(),
        BuildError::WrongWeights {
            weights: 1,
            arms: 2
        }
    );
    assert_eq!(
        builder().weights([1, 0]).build().unwrap_err(),
        BuildError::ZeroWeight("two".into())
    );
    assert_eq!(
        builder().selector(Fixed::to("three")).build().unwrap_err(),
        BuildError::UnknownArm("three".into())
    );
    // Weights are refused where nobody looks at them.
    for selector in [
        Box::new(Fixed::control()) as Box<dyn Selector>,
        Box::new(RoundRobin::new()),
        Box::new(by(|_| None)),
        Box::new((by(|_| None), RoundRobin::new())),
    ] {
        let built = builder().weights([90, 10]).selector(selector).build();
        assert_eq!(built.unwrap_err(), BuildError::UnusedWeights);
    }
    let chain = (by(|_| None), Random::new());
    assert!(builder().weights([9, 1]).selector(chain).build().is_ok());
    let sticky = builder().selector(variate::component::Sticky::new());
    assert_eq!(sticky.build().unwrap_err(), BuildError::NoKey("keyless"));
    let sticky = builder().selector(variate::component::Sticky::new());
    let two = sticky.per_object().build().unwrap();
    two.keyed(1);
    two.keyless();
}
