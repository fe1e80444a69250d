//! What stands behind an option, checked before anything is opened.

use variate_collector::Limits;

/// Names are looked up later; here only what is no address at all is told.
pub(super) fn address_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok(text.to_owned())
        }
        _ => Err(
            "it must be an address and a port, as in 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080"
                .to_owned(),
        ),
    }
}

pub(super) fn namespace_name(text: &str) -> Result<String, String> {
    let most = Limits::default().name_bytes;
    match text.trim() {
        name if (1..=most).contains(&name.len()) => Ok(name.to_owned()),
        name => Err(format!(
            "it has {} bytes; it must have 1 to {most}",
            name.len()
        )),
    }
}

pub(super) fn session_secret(text: &str) -> Result<String, String> {
    if text.len() < 16 {
        return Err("it must have at least 16 bytes, and random ones".to_owned());
    }
    Ok(text.to_owned())
}

pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(error.to_string()),
    }
}
