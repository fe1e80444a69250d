//! The library under another name, as where `Cargo.toml` says `experiments = { package = "variate", .. }`.

use variate::component::TimedOut;

mod experiments {
    pub(crate) use variate::{Context, ContextRef, ContextValue, component};
}

#[experiments::component(crate = crate::renamed::experiments)]
trait Renamed {
    #[component(fallback, timeout = "1s")]
    async fn later(
        &self,
        #[key] one: u32,
        #[key(three = two + 1)] two: u32,
    ) -> Result<u32, TimedOut>;
    #[component(shadow)]
    fn now(&self, #[key] one: u32) -> u32;
}

impl Renamed for u32 {
    async fn later(&self, one: u32, two: u32) -> Result<u32, TimedOut> {
        Ok(one + two)
    }
    fn now(&self, one: u32) -> u32 {
        one
    }
}

#[test]
fn the_library_may_have_another_name() {
    let renamed = RenamedExperiment::builder("renamed")
        .control("one", 1_u32)
        .arm("two", 2_u32)
        .build()
        .unwrap();
    assert_eq!(renamed.now(3), 3);
}
