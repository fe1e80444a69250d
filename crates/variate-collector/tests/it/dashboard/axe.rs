//! axe-core, which knows what keeps people from using a page; as npm has it.

use std::fs;

use serde_json::Value;

use crate::browser::Browser;
use crate::npm;

const PACKAGE: &str = "axe-core@4.14.1";

/// What is wrong with the page that is open, each with the places where it is.
pub(super) fn violations(browser: &Browser) -> Vec<String> {
    // The driver's scripts are not the page's: its policy does not keep them out.
    browser.run(&fs::read_to_string(npm::file(PACKAGE, "axe-core/axe.min.js")).unwrap());
    let found = browser.run(
        "return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
            `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`))",
    );
    let found = found.as_array().unwrap().iter();
    found
        .map(|of: &Value| of.as_str().unwrap().to_owned())
        .collect()
}
