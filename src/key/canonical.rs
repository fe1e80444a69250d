use md5::block_api::compress;
use md5::{Digest, Md5};

use super::preimage::{BUFFER, Hash, Preimage};
use super::{Key, KeyScheme, KeySource};
use crate::context::Value;

/// The default scheme: MD5 over the experiment's name and its context, in which no two contexts share a preimage.
///
/// Independent of the order of entries and of a scalar's type (`1` and `"1"` are one unit); null and
/// `""` differ. Not secret: who knows the name and can guess the ids can compute the keys. Where
/// ids are enumerable (they mostly are), prefer [`Keyed`](crate::Keyed).
///
/// The hashed bytes, for other languages:
///
/// ```text
/// preimage = string(name) value(context as a map)      or, sticky to a value,
///            string(name) "t" value(sticky)
/// string   = length string's UTF-8 bytes
/// value    = "n"                                       null
///          | "s" string                                scalar, by its text
///          | "l" count value*                          list
///          | "m" count (string value)*                 map, sorted by the bytes of its keys
/// length, count = unsigned LEB128
/// ```
///
/// Scalar texts: integers in decimal, floats as JSON canonicalisation (RFC 8785) writes them (`1`,
/// `0.1`, `1e+21`) plus `NaN`, `Infinity`, `-Infinity`, booleans `true`/`false`, uuids hyphenated in lower case.
///
/// ```
/// use variate::{Canonical, KeyScheme, KeySource, context};
///
/// let one = context! { user_id: 1, plan: "pro" };
/// let other = context! { plan: "pro", user_id: "1" };
/// assert_eq!(
///     Canonical.key(&KeySource::new("pill", &one)),
///     Canonical.key(&KeySource::new("pill", &other)),
/// );
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Canonical;

impl KeyScheme for Canonical {
    fn key(&self, source: &KeySource<'_>) -> Key {
        let mut preimage = Preimage::new(InPlaceMd5::default());
        preimage.source(source);
        preimage.finish().into()
    }

    #[inline]
    fn separates_experiments(&self) -> bool {
        true
    }
}

/// MD5 that hashes a short message where it lies, without copying it into a digest of its own.
#[derive(Default)]
struct InPlaceMd5(Option<Md5>);

impl Hash for InPlaceMd5 {
    type Output = [u8; 16];

    fn absorb(&mut self, bytes: &[u8]) {
        self.0.get_or_insert_with(Md5::new).update(bytes);
    }

    #[inline(always)]
    fn finish(mut self, buffer: &mut [u8; BUFFER], len: usize) -> Self::Output {
        if self.0.is_none()
            && let Some(digest) = in_place(buffer, len)
        {
            return digest;
        }
        self.absorb(buffer.get(..len).unwrap_or_default());
        self.0.unwrap_or_default().finalize().into()
    }
}

/// MD5 of the first `len` bytes of a buffer that holds zeros behind them; `None` where the
/// padding of RFC 1321 does not fit.
#[inline(always)]
fn in_place(buffer: &mut [u8; BUFFER], len: usize) -> Option<[u8; 16]> {
    const LENGTH: usize = size_of::<u64>();
    let end = (len + 1 + LENGTH).next_multiple_of(64);
    *buffer.get_mut(len)? = 0x80;
    let length = buffer.get_mut(end - LENGTH..end)?;
    length.copy_from_slice(&(len as u64 * 8).to_le_bytes());
    let (blocks, _) = buffer.as_chunks().0.split_at_checked(end / 64)?;
    let mut state = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476_u32];
    compress(&mut state, blocks);
    let mut digest = [0; 16];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    Some(digest)
}

/// The MD5 of a value's canonical bytes, in hexadecimal.
pub(crate) fn value_digest(value: &Value<'_>) -> String {
    let mut preimage = Preimage::new(InPlaceMd5::default());
    preimage.value(value);
    hex::encode(preimage.finish())
}

/// MD5 over length-prefixed parts; for everything besides keys that is derived from a key.
pub(crate) fn digest_of_parts(parts: &[&[u8]]) -> [u8; 16] {
    let mut preimage = Preimage::new(InPlaceMd5::default());
    for part in parts {
        preimage.string(part);
    }
    preimage.finish()
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_messages_have_the_md5_of_the_digest_crate() {
        let bytes: Vec<u8> = (0..700_u32).map(|place| (place * 7 + 1) as u8).collect();
        for len in 0..bytes.len() {
            let (first, second) = bytes[..len].split_at(len / 3);
            let mut preimage = Preimage::new(InPlaceMd5::default());
            preimage.put(first);
            preimage.put(second);
            let expected: [u8; 16] = Md5::digest(&bytes[..len]).into();
            assert_eq!(preimage.finish(), expected, "{len} bytes");
        }
    }
}
