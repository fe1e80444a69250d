//! axe-core, which knows what keeps people from using a page; as npm has it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::browser::Browser;

const PACKAGE: &str = "axe-core@4.14.1";

/// Installed once, below Cargo's target directory.
fn script() -> String {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    fs::create_dir_all(&place).unwrap();
    // Tests run at the same time, each in a process of its own.
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let file = place.join("node_modules/axe-core/axe.min.js");
    if !file.exists() {
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--no-audit", "--no-fund"]);
        npm.args(["--ignore-scripts", "--loglevel=error", "--prefix"]);
        npm.arg(&place).arg(PACKAGE).stdin(Stdio::null());
        let output = npm.output().unwrap_or_else(|problem| {
            panic!("npm does not start ({problem}); install it: apt-get install npm")
        });
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "npm could not install {PACKAGE}: {told}"
        );
    }
    fs::read_to_string(file).unwrap()
}

/// What is wrong with the page that is open, each with the places where it is.
pub(super) fn violations(browser: &Browser) -> Vec<String> {
    // The driver's scripts are not the page's: its policy does not keep them out.
    browser.run(&script());
    let found = browser.run(
        "return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
            `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`))",
    );
    let found = found.as_array().unwrap().iter();
    found
        .map(|of: &Value| of.as_str().unwrap().to_owned())
        .collect()
}
