use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128, SipHasher24};

/// What ids and units are kept as: 128 bits that nobody without the secret can tell an id from.
///
/// `SipHash`-2-4 with 128 bits of result (J.-P. Aumasson, D. J. Bernstein: "`SipHash`: a fast short-input PRF", 2012).
#[derive(Clone)]
pub(crate) struct IdHash {
    secret: [u8; 16],
}

/// What is hashed; the same text hashes differently as each of them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    /// An event's id, which counts once for an action and a variant.
    Event { action: &'a str, variant: &'a str },
    /// A unit that its client names.
    Unit,
    /// An id that is its own unit.
    IdAsUnit,
}

impl IdHash {
    pub(crate) const fn new(secret: [u8; 16]) -> Self {
        Self { secret }
    }

    pub(crate) fn of(&self, kind: Kind<'_>, text: &str) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        match kind {
            Kind::Event { action, variant } => {
                hasher.write(&[0]);
                write_part(&mut hasher, action);
                write_part(&mut hasher, variant);
            }
            Kind::Unit => hasher.write(&[1]),
            Kind::IdAsUnit => hasher.write(&[2]),
        }
        hasher.write(text.as_bytes());
        hasher.finish128().as_u128()
    }
}

fn write_part(hasher: &mut SipHasher24, part: &str) {
    hasher.write(&(part.len() as u64).to_le_bytes());
    hasher.write(part.as_bytes());
}
