//! Packages as npm has them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file of a package, which is installed once, below Cargo's target directory.
pub(crate) fn file(package: &str, file: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
    fs::create_dir_all(&place).unwrap();
    // Tests run at the same time, each in a process of its own.
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let file = place.join("node_modules").join(file);
    if !file.exists() {
        install(package, &place);
    }
    file
}

fn install(package: &str, place: &Path) {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--no-audit", "--no-fund"]);
    npm.args(["--ignore-scripts", "--loglevel=error", "--prefix"]);
    npm.arg(place).arg(package).stdin(Stdio::null());
    let output = npm.output().unwrap_or_else(|problem| {
        panic!("npm does not start ({problem}); install it: apt-get install npm")
    });
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "npm could not install {package}: {told}"
    );
}
