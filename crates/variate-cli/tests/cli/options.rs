//! Options that cannot be used, and the help.

use crate::{answered, command, refused, variate};

#[test]
fn options_that_do_not_fit_are_refused() {
    for (arguments, expected) in [
        (
            "key --secret x",
            "--secret is only for --scheme keyed and gitlab-v2: leave it out",
        ),
        (
            "key --scheme keyed",
            "--scheme keyed needs a secret: set VARIATE_SECRET or give --secret",
        ),
        (
            "key --scheme keyed --secret short",
            "the secret has 5 bytes: use at least 16 random ones",
        ),
        (
            "key --bits 512",
            "--bits is only for --scheme gitlab-v2: leave it out",
        ),
        (
            "key --scheme gitlab-v2 --bits 128",
            "possible values: 256, 384, 512",
        ),
        ("key --prefix=", "cannot be a name prefix"),
        ("key --percent 50,50", "unexpected argument '--percent'"),
        (
            "assign --variants red,red",
            "--variants: `red` comes twice: keep one",
        ),
        (
            "assign --variants red,,blue",
            "--variants: `` cannot name a variant",
        ),
        (
            "assign --variants red,control",
            "--variants: `control` stands once and first, or is left out",
        ),
        (
            "assign --variants control",
            "--variants has only the control: name another variant",
        ),
        (
            "assign --percent 50,25,25",
            "--percent: 3 percentages for 2 variants",
        ),
        (
            "assign --percent 50,49",
            "--percent: the percentages add up to 99",
        ),
        (
            "assign --percent 33.333,66.667",
            "--percent: 33.333 % is too fine",
        ),
        ("assign --percent half,half", "`half` is no percentage"),
        (
            "assign --variants red,blue --percent -1,51,50",
            "--percent: -1 is no percentage: expected a number from 0 to 100",
        ),
        ("assign --percent --json", "`--json` is no percentage"),
        (
            "assign --percent control=50,red=50",
            "--percent: `red` is not one of the variants control, candidate",
        ),
        (
            "assign --percent control=50,50",
            "--percent has names and bare percentages: use one of the two",
        ),
        (
            "explain --bucketing crc",
            "native, gitlab-crc32, gitlab-crc32-legacy",
        ),
    ] {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let told = refused(&arguments);
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
}

#[test]
fn help_and_version_are_there() {
    for arguments in [
        &["--help"][..],
        &["key", "--help"],
        &["assign", "--help"],
        &["explain", "--help"],
        &["check", "--help"],
        &["schema", "--help"],
        &["stale", "--help"],
    ] {
        let answered = answered(
            command(arguments).env("VARIATE_SECRET", "not to be printed"),
            b"",
        );
        assert_eq!(answered.code, 0);
        assert!(answered.out.contains("Usage: variate"));
        assert!(!answered.out.contains("not to be printed"));
    }
    let lines = variate(&["--help"], "").out;
    assert!(lines.contains("a variant to pin") && lines.contains("the reason unknown_variant"));
    let version = variate(&["--version"], "").out;
    assert_eq!(version, format!("variate {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(variate(&[], "").code, 2);
}
