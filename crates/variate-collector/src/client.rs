//! Events to a collector elsewhere.
