use url::{Host, Url};

use super::error::{HostError, TargetProblem};

/// Where links may lead: nowhere, unless it is allowed.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed {
    hosts: Vec<AllowedHost>,
    pub(super) http: bool,
    pub(super) own_paths: bool,
}

#[derive(Debug, Clone)]
struct AllowedHost {
    /// With `below`, any host that ends in a dot and this.
    host: String,
    below: bool,
    port: Option<u16>,
}

impl Allowed {
    pub(super) fn add(&mut self, written: &str) -> Result<(), HostError> {
        let host = AllowedHost::read(written).ok_or_else(|| HostError {
            host: written.into(),
        })?;
        self.hosts.push(host);
        Ok(())
    }

    /// The target as it goes into the header `Location`: as it was read here, so that a browser reads the same.
    pub(super) fn check(&self, target: &str) -> Result<String, TargetProblem> {
        if target.contains(is_misread) {
            return Err(TargetProblem::Character);
        }
        if target.starts_with('/') {
            return self.check_path(target);
        }
        let url = Url::parse(target).map_err(|_| TargetProblem::NotAUrl)?;
        if !(url.scheme() == "https" || (self.http && url.scheme() == "http")) {
            return Err(TargetProblem::Scheme);
        }
        let rest = target
            .get(url.scheme().len()..)
            .and_then(|rest| rest.strip_prefix("://"))
            .ok_or(TargetProblem::NotAUrl)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
            return Err(TargetProblem::User);
        }
        if !is_plain(authority, &url) {
            return Err(TargetProblem::Spelling);
        }
        if !self.hosts.iter().any(|allowed| allowed.holds(&url)) {
            return Err(TargetProblem::Host);
        }
        Ok(url.into())
    }

    fn check_path(&self, path: &str) -> Result<String, TargetProblem> {
        // The host stands for the own site's, whatever that is: a target that leaves it is none.
        const OWN: &str = "https://own.invalid";
        if path.starts_with("//") {
            return Err(TargetProblem::NotAUrl);
        }
        if !self.own_paths {
            return Err(TargetProblem::OwnPath);
        }
        let url = Url::parse(&format!("{OWN}{path}")).map_err(|_| TargetProblem::NotAUrl)?;
        let path = url.as_str().strip_prefix(OWN);
        // Dots are resolved by now: `/.//evil` has become `//evil`.
        path.filter(|path| path.starts_with('/') && !path.starts_with("//"))
            .map(str::to_owned)
            .ok_or(TargetProblem::NotAUrl)
    }
}

impl AllowedHost {
    fn read(written: &str) -> Option<Self> {
        let (below, rest) = match written.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let url = Url::parse(&format!("https://{rest}")).ok()?;
        let is_bare = !rest.contains(['/', '?', '#', '@', '*'])
            && !rest.contains(is_misread)
            && !rest.ends_with(':');
        let host = url.host_str()?;
        let named = matches!(url.host(), Some(Host::Domain(_)));
        // What is below a single label is anybody's.
        if !is_bare || host.ends_with('.') || (below && !(named && host.contains('.'))) {
            return None;
        }
        Some(Self {
            host: host.to_owned(),
            below,
            port: url.port(),
        })
    }

    fn holds(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        let is_host = if self.below {
            host.strip_suffix(&*self.host)
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| labels.split('.').all(|label| !label.is_empty()))
        } else {
            host == self.host
        };
        // A scheme's own port is not in the URL any more.
        is_host && (self.port == url.port() || self.port == url.port_or_known_default())
    }
}

/// What browsers drop, or take for a slash.
fn is_misread(character: char) -> bool {
    character == '\\' || character.is_whitespace() || character.is_control()
}

/// Whether host and port are written as they were read, but for capital letters.
fn is_plain(authority: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let Some((written, port)) = authority.split_at_checked(host.len()) else {
        return false;
    };
    let port_is_plain = match port.strip_prefix(':') {
        Some(port) => url.port_or_known_default().map(|port| port.to_string()) == Some(port.into()),
        None => port.is_empty(),
    };
    written.eq_ignore_ascii_case(host) && port_is_plain
}
