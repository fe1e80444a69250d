//! Events of the library, counted in the same process.
