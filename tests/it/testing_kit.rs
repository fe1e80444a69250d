//! What tests of an application are made of.

mod apart;
mod assertions;
mod clocks;
mod distributions;
mod key_drift;
mod recording;
mod stubs;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `run` says when it panics.
fn message(run: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it passed");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().unwrap()).to_owned(),
    }
}
