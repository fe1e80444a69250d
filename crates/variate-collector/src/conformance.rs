//! The suite that every store of events passes.
