//! Tests of the mathematics from outside.
