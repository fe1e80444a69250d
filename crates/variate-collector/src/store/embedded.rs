//! Tallies in a directory of this machine.
