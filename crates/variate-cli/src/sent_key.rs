//! The API key that a request is sent with.

/// The first key that is for more than `other_role`: of a key alone, or of a file as `variate serve` reads it, whose lines say what a
/// key is for. A key that is only there as its hash cannot be sent.
pub(crate) fn sent_key<'k>(keys: &'k str, other_role: &str) -> Option<&'k str> {
    let keys = keys.strip_prefix('\u{feff}').unwrap_or(keys);
    keys.lines().find_map(|line| {
        let mut words = line
            .split_whitespace()
            .take_while(|word| !word.starts_with('#'));
        let key = words.next()?;
        let is_for_it = !key.starts_with("sha256:") && words.all(|word| word != other_role);
        is_for_it.then_some(key)
    })
}
