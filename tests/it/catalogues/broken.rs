//! No file, however broken, does more than be refused.

use proptest::prelude::*;
use variate::{Catalogue, Config, Format, NoTracker};

const FORMATS: [(&str, Format); 3] = [
    (super::TOML, Format::Toml),
    (super::JSON, Format::Json),
    (super::YAML, Format::Yaml),
];

/// What is put into files to break them.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "=",
    "\n",
    "\r",
    "\t",
    "-",
    "- ",
    "# ",
    "&a ",
    "*a",
    "<<: ",
    "!",
    "!!int ",
    "|",
    ">",
    "---\n",
    "...\n",
    "? ",
    "\u{0}",
    "\u{feff}",
    "é",
    "💥",
    "null",
    "true",
    "nan",
    "-inf",
    ".inf",
    "1e999",
    "-1",
    "1e-400",
    "99999999999999999999999999999999999999999",
    "0x",
    "0o8",
    "\\u0000",
    "\\ud800",
    "\\",
    "[[",
    "]]",
    "\"\"\"",
    "experiments",
    "%YAML 1.2\n",
    "=",
];

/// Loads, lints, and declares; that nothing panics is the test.
fn survive(text: &str, format: Format) {
    match Catalogue::parse(text, format, "file") {
        Ok(catalogue) => {
            let now = std::time::SystemTime::UNIX_EPOCH;
            let lints = catalogue.lints(now);
            drop(lints.iter().map(ToString::to_string).collect::<Vec<_>>());
            let builder = Config::builder()
                .tracker(NoTracker::new())
                .catalogue(catalogue);
            if let Ok(config) = builder.build() {
                let unit =
                    variate::context! { plan: "x", age: 3, company_id: 7, app: "2.3", email: "e" };
                config.experiment("pill_color", unit).variant();
            }
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let lines = u32::try_from(text.matches(['\n', '\r']).count() + 1).unwrap();
            for problem in error.problems() {
                assert!(problem.line() <= lines, "{problem}");
                assert!(!problem.message().is_empty());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_put_in_and_cut_out(
        which in 0..3_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..8_usize, prop::sample::select(PIECES)), 1..6),
    ) {
        let (text, format) = FORMATS[which];
        let mut letters: Vec<char> = text.chars().collect();
        for (place, cut, piece) in edits {
            let place = place.index(letters.len() + 1);
            let end = (place + cut).min(letters.len());
            letters.splice(place..end, piece.chars());
        }
        survive(&letters.into_iter().collect::<String>(), format);
    }

    #[test]
    fn a_value_in_place_of_another(
        which in 0..3_usize,
        line in any::<prop::sample::Index>(),
        value in prop::sample::select(PIECES),
    ) {
        let (text, format) = FORMATS[which];
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let place = line.index(lines.len());
        let sign = if format == Format::Toml { '=' } else { ':' };
        if let Some((key, _)) = lines[place].split_once(sign) {
            lines[place] = format!("{key}{sign} {value}");
        }
        survive(&lines.join("\n"), format);
    }

    #[test]
    fn any_text(text in ".{0,200}", which in 0..3_usize) {
        survive(&text, FORMATS[which].1);
    }

    #[test]
    fn the_beginning_of_a_file(which in 0..3_usize, end in any::<prop::sample::Index>()) {
        let (text, format) = FORMATS[which];
        let letters: Vec<char> = text.chars().collect();
        let end = end.index(letters.len());
        survive(&letters[..end].iter().collect::<String>(), format);
    }
}
