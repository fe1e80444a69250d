//! The code in the pages about components, which is compiled and run with the documentation tests.

#[doc = include_str!("../../../docs/component-experiments.md")]
mod component_experiments {}

#[doc = include_str!("../../../docs/coming-from-esfinge.md")]
mod coming_from_esfinge {}
