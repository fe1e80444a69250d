use std::fmt;

use semver::{Version, VersionReq};

use super::ConditionError;

/// The versions that a requirement takes.
#[derive(Clone)]
pub(super) struct Versions(VersionReq);

impl Versions {
    pub(super) fn new(requirement: &str) -> Result<Self, ConditionError> {
        VersionReq::parse(requirement)
            .map(Self)
            .map_err(|error| ConditionError::Version {
                requirement: requirement.to_owned(),
                problem: error.to_string(),
            })
    }

    pub(super) fn take(&self, text: &str) -> bool {
        version(text).is_some_and(|version| self.0.matches(&version))
    }
}

/// `2`, `v2.3` and `2.3.1-beta.1` are versions, too.
fn version(text: &str) -> Option<Version> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let mut numbers = [0; 3];
    let mut parts = text.split('.');
    for number in &mut numbers {
        let Some(part) = parts.next() else { break };
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Version::parse(text).ok();
        }
        *number = part.parse().ok()?;
    }
    if parts.next().is_some() {
        return Version::parse(text).ok();
    }
    let [major, minor, patch] = numbers;
    Some(Version::new(major, minor, patch))
}

impl fmt::Display for Versions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_may_lack_parts_and_begin_with_a_letter() {
        let plain = |major, minor, patch| Some(Version::new(major, minor, patch));
        assert_eq!(version("2"), plain(2, 0, 0));
        assert_eq!(version("v2.3"), plain(2, 3, 0));
        assert_eq!(version("2.03.1"), plain(2, 3, 1));
        assert_eq!(version("2.3.1-beta.1"), Version::parse("2.3.1-beta.1").ok());
        for text in [
            "",
            "v",
            "2.",
            "2.3.1.4",
            "two",
            "-1",
            "2..3",
            "99999999999999999999",
        ] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
