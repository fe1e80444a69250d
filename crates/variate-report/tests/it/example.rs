//! The example that ends in a report.

use std::process::Command;

#[test]
fn hash_showdown_ends_in_a_report_and_a_picture() {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("hashing.svg");
    let output = Command::new(profile.join("examples").join("hash_showdown"))
        .arg(&picture)
        .output()
        .expect("the examples are built together with the tests: `cargo build --examples`");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    for line in ["hashing · digest", "hashing, counted · digest"] {
        assert!(printed.contains(line), "{printed}");
    }
    // The allocator of the example counts.
    let allocated = printed.lines().find(|line| line.contains("allocated"));
    assert!(allocated.unwrap().contains(" 32 B"), "{printed}");
    assert!(
        std::fs::read_to_string(&picture)
            .unwrap()
            .starts_with("<svg")
    );
}
