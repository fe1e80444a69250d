/// Asserts that an event was tracked; answers with all that fit, as
/// [`RecordedEvent`](crate::testing::RecordedEvent)s.
///
/// Behind events, experiment and action may follow what else it must have: any of the methods of
/// [`Pattern`](crate::testing::Pattern), as `variant = "red"`, `context = context! {..}` (these
/// entries, among others), `exact_context`, `value`, `properties`, `key`, `reason`, `at`; and how often,
/// as `times = 2` or `once`. Without that, once or more.
///
/// ```
/// use variate::{Action, assert_tracked, context, experiment, testing};
///
/// let events = testing::record();
/// let _stub = testing::stub("pill", "red");
/// let exp = experiment("pill", context! { user_id: 42, plan: "pro" });
/// exp.track(Action::new("bought").value(9.99).property("currency", "EUR"));
///
/// assert_tracked!(events, "pill", "bought");
/// assert_tracked!(
///     events, "pill", "bought", once,
///     variant = "red",
///     context = context! { user_id: 42 },
///     value = 9.99,
///     properties = context! { currency: "EUR" },
/// );
/// ```
///
/// # Panics
///
/// If it was not: the message lists what was tracked instead, the nearest first, and in what it differs.
#[macro_export]
macro_rules! assert_tracked {
    ($events:expr, $experiment:expr, $action:expr $(, $field:ident $(= $value:expr)?)* $(,)?) => {{
        let events: &$crate::testing::Events = &$events;
        events.assert_tracked(
            &$crate::testing::Pattern::new($experiment, $action)$(.$field($($value)?))*
        )
    }};
}

/// Asserts that no such event was tracked: with experiment, action and what else it must not have, as
/// [`assert_tracked!`](crate::assert_tracked!) takes it; with an experiment, none of its events; alone, no event at all.
///
/// ```
/// use variate::{assert_not_tracked, context, experiment, testing};
///
/// let events = testing::record();
/// assert_not_tracked!(events);
/// experiment("pill", context! {}).with_variant("red").track("swallowed");
/// assert_not_tracked!(events, "button");
/// assert_not_tracked!(events, "pill", "refused");
/// assert_not_tracked!(events, "pill", "swallowed", variant = "blue");
/// ```
///
/// # Panics
///
/// If one was: the message lists what was tracked.
#[macro_export]
macro_rules! assert_not_tracked {
    ($events:expr $(,)?) => {{
        let events: &$crate::testing::Events = &$events;
        events.assert_nothing_tracked()
    }};
    ($events:expr, $experiment:expr $(,)?) => {{
        let events: &$crate::testing::Events = &$events;
        events.assert_not_tracked(&$crate::testing::Pattern::of($experiment))
    }};
    ($events:expr, $experiment:expr, $action:expr $(, $field:ident $(= $value:expr)?)* $(,)?) => {{
        let events: &$crate::testing::Events = &$events;
        events.assert_not_tracked(
            &$crate::testing::Pattern::new($experiment, $action)$(.$field($($value)?))*
        )
    }};
}

/// Asserts that a unit met its variant: [`assert_tracked!`](crate::assert_tracked!) for the action `assignment`.
///
/// ```
/// use variate::{assert_exposed, context, experiment, testing};
///
/// let events = testing::record();
/// let _stub = testing::stub("pill", "red");
/// experiment("pill", context! {}).use_(|| "grey").variant("red", || "red").run();
/// assert_exposed!(events, "pill", variant = "red", once);
/// ```
///
/// # Panics
///
/// If it did not: the message lists what was tracked.
#[macro_export]
macro_rules! assert_exposed {
    ($events:expr, $experiment:expr $(, $field:ident $(= $value:expr)?)* $(,)?) => {
        $crate::assert_tracked!(
            $events, $experiment, $crate::Action::ASSIGNMENT $(, $field $(= $value)?)*
        )
    };
}

/// Asserts that no unit met its variant: [`assert_not_tracked!`](crate::assert_not_tracked!) for the
/// action `assignment`.
///
/// ```
/// use variate::{assert_not_exposed, context, experiment, testing};
///
/// let events = testing::record();
/// experiment("pill", context! {}).track("looked up");
/// assert_not_exposed!(events, "pill");
/// ```
///
/// # Panics
///
/// If one did: the message lists what was tracked.
#[macro_export]
macro_rules! assert_not_exposed {
    ($events:expr, $experiment:expr $(, $field:ident $(= $value:expr)?)* $(,)?) => {
        $crate::assert_not_tracked!(
            $events, $experiment, $crate::Action::ASSIGNMENT $(, $field $(= $value)?)*
        )
    };
}

/// Asserts that events were tracked in an order; there may be others before, between and behind them.
///
/// Each is an experiment, an action and what else it must have, as [`assert_tracked!`](crate::assert_tracked!) takes it.
///
/// ```
/// use variate::{assert_tracked_in_order, context, experiment, testing};
///
/// let events = testing::record();
/// let exp = experiment("pill", context! { user_id: 42 });
/// let pill = exp.use_(|| "grey").try_(|| "red").run();
/// exp.track("looked at");
/// exp.track("swallowed");
/// assert_tracked_in_order!(events, [
///     ("pill", "assignment"),
///     ("pill", "swallowed", context = context! { user_id: 42 }),
/// ]);
/// ```
///
/// # Panics
///
/// If one does not follow: the message says which, and lists what was tracked.
#[macro_export]
macro_rules! assert_tracked_in_order {
    ($events:expr, [$((
        $experiment:expr, $action:expr $(, $field:ident $(= $value:expr)?)* $(,)?
    )),* $(,)?] $(,)?) => {{
        let events: &$crate::testing::Events = &$events;
        events.assert_tracked_in_order(&[$(
            $crate::testing::Pattern::new($experiment, $action)$(.$field($($value)?))*
        ),*])
    }};
}
