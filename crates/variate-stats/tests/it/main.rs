//! Tests of the mathematics from outside.

mod moments;
mod properties;
mod reference;
