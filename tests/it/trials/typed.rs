//! Async code, and variants as values of a type.

use std::future::Future;
use std::pin::Pin;

use variate::{Experiment, always_candidate, context};

use crate::support::{Pill, always, tracked};

#[test]
fn behaviours_may_be_boxed_futures() {
    type Page<'a> = Pin<Box<dyn Future<Output = String> + 'a>>;

    let (config, tracker) = always("candidate");
    let name = String::from("Ann");
    let page = pollster::block_on(async {
        let exp = config.experiment("page", context! { user: &name });
        let page = exp
            .use_(|| Box::pin(async { name.clone() }) as Page<'_>)
            .try_(|| Box::pin(async { format!("Hi {name}") }))
            .run()
            .await;
        exp.track("read");
        page
    });
    assert_eq!(page, "Hi Ann");
    assert_eq!(tracker.actions(), ["assignment", "read"]);
}

#[test]
fn async_code_branches_on_an_assigned_value() {
    async fn colour(exp: Experiment<'_>) -> &'static str {
        match exp.assign::<Pill>() {
            Pill::Grey => std::future::ready("grey").await,
            Pill::Red => std::future::ready("red").await,
            Pill::Blue => std::future::ready("blue").await,
        }
    }
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    for (assigned, expected) in [("control", "grey"), ("red", "red"), ("blue", "blue")] {
        let (config, tracker) = always(assigned);
        let future = is_send(colour(config.experiment("pill", context! {})));
        assert_eq!(pollster::block_on(future), expected);
        assert_eq!(tracker.actions(), ["assignment"]);
        assert_eq!(tracker.events()[0].variant, assigned);
    }
}

#[test]
fn a_value_that_the_type_lacks_is_the_control_and_untracked() {
    let (config, tracker) = tracked(always_candidate());
    let exp = config
        .experiment("pill", context! {})
        .with_variants(["candidate"]);
    assert!(matches!(exp.assign::<Pill>(), Pill::Grey));
    exp.track("swallowed");
    assert_eq!(tracker.actions(), [""; 0]);
    assert_eq!(config.diagnostics().missing_behaviours, 1);
}
