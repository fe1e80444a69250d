//! The sizes that names may have.

/// The longest name of an experiment, variant or action, in bytes.
pub(crate) const LONGEST_NAME: usize = 255;

#[inline]
pub(crate) fn name_fits(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
}
