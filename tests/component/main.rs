//! Components as their users meet them.
#![cfg(feature = "component")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::items_after_statements,
    clippy::many_single_char_names,
    clippy::needless_arbitrary_self_type,
    clippy::new_ret_no_self,
    clippy::ref_option_ref,
    clippy::wrong_self_convention,
    missing_docs,
    reason = "a test fails by panicking, and traits here are as odd as they may be"
)]

mod asynchronous;
mod hooks;
mod keys;
mod measuring;
mod metric_names;
mod nested;
mod refusals;
mod renamed;
mod safety;
mod selectors;
mod shadow;
mod shapes;
mod support;
mod transparency;

#[cfg(feature = "memory")]
#[global_allocator]
static ALLOCATOR: variate::component::CountingAllocator =
    variate::component::CountingAllocator::system();
