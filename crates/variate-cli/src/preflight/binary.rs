use std::fs;
use std::path::Path;

use super::{Found, Name};

/// What AWS calls arm64, in an ELF header.
const AARCH64: u16 = 183;

/// Only who talks to the Runtime API has this.
const MARK: &[u8] = b"lambda-runtime-aws-request-id";

const BUILD: &str = "build it: cargo lambda build --release --arm64 --package variate-cli --features lambda --bin variate";

pub(super) fn check(path: Option<&Path>) -> Found {
    let Some(path) = path else {
        let fix = format!("{BUILD}, and say where it is: `binary` in the settings, or --binary");
        return Found::failed(Name::Binary, "none is named", fix);
    };
    let shown = path.display();
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => return Found::failed(Name::Binary, format!("{shown}: {error}"), BUILD),
    };
    match machine(&bytes) {
        Some(AARCH64) if bytes.windows(MARK.len()).any(|window| window == MARK) => {
            let size = bytes.len().div_ceil(1 << 20);
            Found::ok(Name::Binary, format!("{shown}, arm64, {size} MB"))
        }
        Some(AARCH64) => {
            let detail = format!("{shown} is built without the feature `lambda`");
            Found::failed(Name::Binary, detail, BUILD)
        }
        Some(other) => {
            let machine = match other {
                62 => "x86_64".to_owned(),
                other => format!("the ELF machine {other}"),
            };
            let detail = format!("{shown} is for {machine}, not for arm64");
            Found::failed(Name::Binary, detail, BUILD)
        }
        None => {
            let detail = format!("{shown} is no program for 64-bit Linux");
            Found::failed(Name::Binary, detail, BUILD)
        }
    }
}

/// Why a program cannot become the function.
pub(crate) fn problem(path: &Path) -> Option<String> {
    let found = check(Some(path));
    (!found.is_ok()).then_some(found.detail)
}

/// Of a little-endian 64-bit ELF file.
fn machine(bytes: &[u8]) -> Option<u16> {
    let header = bytes.strip_prefix(b"\x7fELF\x02\x01")?;
    match header.get(12..14)? {
        [low, high] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    }
}
