//! What must not compile, and what the compiler says of it.
#![allow(missing_docs, reason = "a test fails by panicking")]

#[test]
fn an_experiment_without_a_control_says_what_is_missing() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

#[test]
fn a_wrong_derive_says_what_is_wrong() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/derive/*.rs");
}

#[test]
fn a_shadow_run_that_cannot_be_says_why() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/shadow/*.rs");
}

#[test]
fn a_trait_that_cannot_be_a_component_says_why() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/component/*.rs");
}
