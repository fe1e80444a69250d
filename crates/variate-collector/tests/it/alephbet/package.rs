//! The client, as npm has it.

use std::fs;

use sha2::{Digest, Sha256};

use crate::npm;

const PACKAGE: &str = "alephbet@0.27.0";

/// Of `dist/alephbet.min.js`: nobody changed it.
const SHA_256: &str = "29ebb8fc8c1710e1be70d147297c6180fe459d505b997b511416583b44b99a38";

/// The script for pages.
pub(super) fn script() -> String {
    let script = fs::read(npm::file(PACKAGE, "alephbet/dist/alephbet.min.js")).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&script)), SHA_256);
    String::from_utf8(script).unwrap()
}
