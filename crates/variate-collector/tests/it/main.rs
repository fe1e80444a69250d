//! Tests of the collector from outside.
