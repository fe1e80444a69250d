//! Looking more than once without deceiving oneself.

pub mod lan_demets;
