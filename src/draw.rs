//! Uniform bits for everything besides a key's own: traffic, seeds, layers, holdouts, percentages of units.

use crate::context::{Repr, Value};
use crate::key::canonical;
use crate::key::preimage::{BUFFER, Hash, Preimage, decimal_digits};
use crate::{Context, Key};

/// The largest number of eight digits.
const LARGEST: i64 = 99_999_999;

/// Gives each unit 64 uniform bits for one purpose: SipHash-1-3 (Aumasson and Bernstein, 2012) of
/// the unit, keyed by the purpose.
///
/// A keyed hash and not a digest, because a decision may need several: each costs a tenth of an
/// MD5. Of its variants the fastest, as hash maps use it: nobody attacks these bits, they only have
/// to be uniform. Never change what it gives: it assigns units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    key: [u64; 2],
}

impl Draw {
    /// Draws for different purposes are independent of each other, and of the keys.
    pub(crate) fn new(purpose: &[&str]) -> Self {
        let mut parts = vec![b"draw".as_slice()];
        parts.extend(purpose.iter().map(|part| part.as_bytes()));
        let digest = canonical::digest_of_parts(&parts);
        let (words, _) = digest.as_chunks();
        let mut key = [0; 2];
        for (key, word) in key.iter_mut().zip(words) {
            *key = u64::from_le_bytes(*word);
        }
        Self { key }
    }

    /// The bits of an experience key.
    #[inline]
    pub(crate) fn of_key(&self, key: &Key) -> u64 {
        let mut hash = SipHash::<1, 3>::new(self.key);
        let bytes = key.as_bytes();
        if let (&[first, second], []) = bytes.as_chunks() {
            hash.word(u64::from_le_bytes(first));
            hash.word(u64::from_le_bytes(second));
            hash.len = bytes.len();
        } else {
            hash.absorb(bytes);
        }
        hash.value()
    }

    /// The bits of a value: `1` and `"1"` have the same.
    #[inline]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // It has up to eight digits.
    pub(crate) fn of_value(&self, value: &Value<'_>) -> u64 {
        if let Repr::Int(number @ 0..=LARGEST) = value.0 {
            return self.of_small_number(number as u32);
        }
        self.of_any_value(value)
    }

    #[inline(never)]
    fn of_any_value(&self, value: &Value<'_>) -> u64 {
        let mut preimage = Preimage::new(SipHash::<1, 3>::new(self.key));
        preimage.value(value);
        preimage.finish()
    }

    /// The same as of any value: mark, length and digits, put together without a detour through memory.
    #[inline(always)]
    fn of_small_number(&self, number: u32) -> u64 {
        let (digits, count) = decimal_digits(number);
        let mut hash = SipHash::<1, 3>::new(self.key);
        let start = u64::from(b's') | ((count as u64) << 8) | (digits << 16);
        hash.len = 2 + count;
        if hash.len < 8 {
            hash.tail = start;
        } else {
            hash.word(start);
            hash.tail = digits >> 48;
        }
        hash.value()
    }

    /// The bits of a value within an experiment, independent of those in any other.
    #[inline]
    pub(crate) fn of_value_in(&self, experiment: &str, value: &Value<'_>) -> u64 {
        let mut preimage = Preimage::new(SipHash::<1, 3>::new(self.key));
        preimage.string(experiment.as_bytes());
        preimage.value(value);
        preimage.finish()
    }

    /// The bits of a whole context, whatever the order of its entries.
    pub(crate) fn of_context(&self, context: &Context<'_>) -> u64 {
        let mut preimage = Preimage::new(SipHash::<1, 3>::new(self.key));
        preimage.entries(context.entries());
        preimage.finish()
    }
}

/// A place among `count`, in proportion to the bits.
#[inline]
#[allow(clippy::cast_possible_truncation)] // It is below `count`.
pub(crate) fn place(bits: u64, count: u64) -> u64 {
    ((u128::from(bits) * u128::from(count)) >> 64) as u64
}

/// `C` rounds for each word and `D` at the end.
struct SipHash<const C: u8, const D: u8> {
    state: [u64; 4],
    /// Bytes that wait for a word to become full, the first lowest.
    tail: u64,
    len: usize,
}

impl<const C: u8, const D: u8> SipHash<C, D> {
    #[inline]
    fn new([k0, k1]: [u64; 2]) -> Self {
        Self {
            state: [
                k0 ^ 0x736f_6d65_7073_6575,
                k1 ^ 0x646f_7261_6e64_6f6d,
                k0 ^ 0x6c79_6765_6e65_7261,
                k1 ^ 0x7465_6462_7974_6573,
            ],
            tail: 0,
            len: 0,
        }
    }

    #[inline(always)]
    fn word(&mut self, word: u64) {
        self.state[3] ^= word;
        self.rounds(C);
        self.state[0] ^= word;
    }

    #[inline(always)]
    fn rounds(&mut self, count: u8) {
        let [mut v0, mut v1, mut v2, mut v3] = self.state;
        for _ in 0..count {
            v0 = v0.wrapping_add(v1);
            v1 = v1.rotate_left(13) ^ v0;
            v0 = v0.rotate_left(32);
            v2 = v2.wrapping_add(v3);
            v3 = v3.rotate_left(16) ^ v2;
            v0 = v0.wrapping_add(v3);
            v3 = v3.rotate_left(21) ^ v0;
            v2 = v2.wrapping_add(v1);
            v1 = v1.rotate_left(17) ^ v2;
            v2 = v2.rotate_left(32);
        }
        self.state = [v0, v1, v2, v3];
    }

    #[inline(always)]
    fn value(mut self) -> u64 {
        self.word(self.tail | ((self.len as u64) << 56));
        self.state[2] ^= 0xff;
        self.rounds(D);
        let [v0, v1, v2, v3] = self.state;
        v0 ^ v1 ^ v2 ^ v3
    }
}

impl<const C: u8, const D: u8> Hash for SipHash<C, D> {
    type Output = u64;

    #[inline]
    fn absorb(&mut self, bytes: &[u8]) {
        let (words, rest) = if self.len.is_multiple_of(8) {
            bytes.as_chunks()
        } else {
            (&[][..], bytes)
        };
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        self.len += words.len() * 8;
        for byte in rest {
            self.tail |= u64::from(*byte) << (8 * (self.len % 8));
            self.len += 1;
            if self.len.is_multiple_of(8) {
                self.word(self.tail);
                self.tail = 0;
            }
        }
    }

    #[inline]
    fn finish(mut self, buffer: &mut [u8; BUFFER], len: usize) -> u64 {
        self.absorb(buffer.get(..len).unwrap_or_default());
        self.value()
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    fn sip<const C: u8, const D: u8>(key: [u64; 2], pieces: &[&[u8]]) -> u64 {
        let mut hash = SipHash::<C, D>::new(key);
        for piece in pieces {
            hash.absorb(piece);
        }
        hash.value()
    }

    #[test]
    fn it_is_the_siphash_of_its_paper() {
        // Appendix A of the paper, which has vectors of SipHash-2-4 only.
        let message: Vec<u8> = (0..15).collect();
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(sip::<2, 4>(key, &[&message]), 0xa129_ca61_49be_45e5);
    }

    #[test]
    #[allow(deprecated)] // The standard library's is deprecated for new hash maps, not as a reference.
    fn it_is_the_siphash_of_the_standard_library_however_the_bytes_come() {
        use std::hash::{DefaultHasher, Hasher, SipHasher};

        let bytes: Vec<u8> = (0..300_u32).map(|place| (place * 31 + 7) as u8).collect();
        for len in 0..bytes.len() {
            let (first, rest) = bytes[..len].split_at(len / 3);
            let (second, third) = rest.split_at(rest.len() / 2);
            let pieces = [first, second, third];
            let mut reference = SipHasher::new_with_keys(3, 5);
            reference.write(&bytes[..len]);
            assert_eq!(sip::<2, 4>([3, 5], &pieces), reference.finish());
            // That of hash maps is SipHash-1-3, with a key of zeros where it is made like this.
            let mut reference = DefaultHasher::new();
            reference.write(&bytes[..len]);
            assert_eq!(sip::<1, 3>([0, 0], &pieces), reference.finish());
        }
    }

    #[test]
    fn values_and_contexts_of_any_length_have_bits_of_their_own() {
        let draw = Draw::new(&["test"]);
        let long = "x".repeat(1_000);
        let longer = "x".repeat(1_001);
        assert_ne!(
            draw.of_value(&long.as_str().into()),
            draw.of_value(&longer.as_str().into())
        );
        for number in [
            0,
            1,
            9,
            42,
            99_999,
            100_000,
            999_999,
            1_000_000,
            LARGEST,
            LARGEST + 1,
            -1,
        ] {
            let text = number.to_string();
            assert_eq!(
                draw.of_value(&number.into()),
                draw.of_value(&text.as_str().into()),
                "{number}"
            );
        }
        let one = crate::context! { a: 1, b: 2 };
        let other = crate::context! { b: 2, a: 1 };
        assert_eq!(draw.of_context(&one), draw.of_context(&other));
        assert_ne!(draw, Draw::new(&["te", "st"]));
    }

    #[test]
    fn a_key_has_the_bits_of_its_bytes() {
        let draw = Draw::new(&["test"]);
        for text in [
            "",
            "a",
            "sixteen bytes!!!",
            "seventeen bytes!!",
            "ea1b60988e3a9b544d5dfb52387ef3bc",
        ] {
            let key = Key::from(text);
            assert_eq!(draw.of_key(&key), sip::<1, 3>(draw.key, &[key.as_bytes()]));
        }
    }
}
