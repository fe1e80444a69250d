use std::fmt;
use std::str::FromStr;

use crate::resolver::Unit;

/// How a [`Percent`](crate::Percent) rollout turns a unit into a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Bucketing {
    /// The unit's own uniform bits, scaled to 10,000 buckets: independent between experiments.
    #[default]
    Native,
    /// gitlab-experiment 1.0 to 2.0: CRC-32 of `name:key`, modulo 100 (an even split: modulo the
    /// number of variants). Shares assignments with a Ruby application. Not independent between
    /// experiments where keys do not depend on the name.
    GitlabCrc32,
    /// gitlab-experiment up to 0.9.1: as [`GitlabCrc32`](Self::GitlabCrc32), but each range takes
    /// one bucket more at its end, so that the first variant gets a hundredth too much, the last a
    /// hundredth too little, and 0 % is not nobody.
    GitlabCrc32Legacy,
}

impl Bucketing {
    /// The unit's place among 10,000, for weights in basis points.
    #[allow(clippy::cast_possible_truncation)] // Both are below 10,000.
    pub(super) fn basis_point(self, unit: &Unit<'_>) -> u16 {
        match self {
            Self::Native => unit.bucket(10_000) as u16,
            Self::GitlabCrc32 | Self::GitlabCrc32Legacy => (crc32_of(unit) % 100) as u16 * 100,
        }
    }

    /// The unit's place among the variants of an even split.
    #[allow(clippy::cast_possible_truncation)] // It is below the number of variants.
    pub(super) fn even(self, unit: &Unit<'_>) -> usize {
        let count = unit.variants().len();
        match self {
            Self::Native => unit.bucket(count as u64) as usize,
            Self::GitlabCrc32 | Self::GitlabCrc32Legacy => {
                (crc32_of(unit) as usize).checked_rem(count).unwrap_or(0)
            }
        }
    }
}

impl fmt::Display for Bucketing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Native => "native",
            Self::GitlabCrc32 => "gitlab-crc32",
            Self::GitlabCrc32Legacy => "gitlab-crc32-legacy",
        })
    }
}

/// A bucketing that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no bucketing: expected native, gitlab-crc32 or gitlab-crc32-legacy")]
pub struct UnknownBucketing(String);

impl FromStr for Bucketing {
    type Err = UnknownBucketing;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Native, Self::GitlabCrc32, Self::GitlabCrc32Legacy]
            .into_iter()
            .find(|bucketing| bucketing.to_string() == name)
            .ok_or_else(|| UnknownBucketing(name.to_owned()))
    }
}

fn crc32_of(unit: &Unit<'_>) -> u32 {
    let state = crc32(!0, unit.experiment().as_bytes());
    let state = crc32(state, b":");
    !unit.key().with_text(|key| crc32(state, key.as_bytes()))
}

/// CRC-32 as IEEE 802.3 defines it, reflected, without the final inversion.
fn crc32(state: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(state, |state, byte| {
        let place = (state ^ u32::from(*byte)) & 0xff;
        (state >> 8) ^ TABLE.get(place as usize).copied().unwrap_or(0)
    })
}

static TABLE: [u32; 256] = table();

// Evaluated by the compiler: an index out of bounds would not compile.
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut state = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            let carry = if state & 1 == 1 { 0xedb8_8320 } else { 0 };
            state = (state >> 1) ^ carry;
            bit += 1;
        }
        table[byte] = state;
        byte += 1;
    }
    table
}
