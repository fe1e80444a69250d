//! Tests of the mathematics from outside.

mod ep_stats;
mod lan_demets;
