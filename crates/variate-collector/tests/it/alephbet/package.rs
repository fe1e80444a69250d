//! The client, as npm has it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

const PACKAGE: &str = "alephbet@0.27.0";

/// Of `dist/alephbet.min.js`: nobody changed it.
const SHA_256: &str = "29ebb8fc8c1710e1be70d147297c6180fe459d505b997b511416583b44b99a38";

/// The script for pages; installed once, below Cargo's target directory.
pub(super) fn script() -> String {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    fs::create_dir_all(&place).unwrap();
    // Tests run at the same time, each in a process of its own.
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let file = place.join("node_modules/alephbet/dist/alephbet.min.js");
    if !file.exists() {
        install(&place);
    }
    let script = fs::read(file).unwrap();
    assert_eq!(hex::encode(Sha256::digest(&script)), SHA_256);
    String::from_utf8(script).unwrap()
}

fn install(place: &Path) {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund"]);
    npm.args(["--ignore-scripts", "--loglevel=error", "--prefix"]);
    npm.arg(place).arg(PACKAGE).stdin(Stdio::null());
    let output = npm.output().unwrap_or_else(|problem| {
        panic!("npm does not start ({problem}); install it: apt-get install npm")
    });
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "npm could not install {PACKAGE}: {told}"
    );
}
