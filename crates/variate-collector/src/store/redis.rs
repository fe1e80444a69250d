//! Tallies on Redis or Valkey.
