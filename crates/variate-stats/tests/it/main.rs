//! Tests of the public face.

mod reference;
