//! The decision trace as people read it.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};
use variate::{Explanation, Step};
pub(crate) use variate_stats::words::Printable;

const LABEL: Style = Style::new().dimmed();
const KEY: Style = AnsiColor::Cyan.on_default();
const DECIDED: Style = AnsiColor::Green.on_default().bold();
const VARIANT: Style = Style::new().bold();
const UNTRACKED: Style = AnsiColor::Yellow.on_default();

/// The explanation with the escapes of its colours; the output removes them where they have no place.
pub(crate) fn styled(explanation: &Explanation) -> String {
    Trace(explanation).to_string()
}

struct Trace<'a>(&'a Explanation);

impl Display for Trace<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Explanation {
            signature,
            context,
            steps,
            tracked,
            ..
        } = self.0;
        label(out, "experiment")?;
        writeln!(out, "{}", Printable(&signature.experiment))?;
        label(out, "context")?;
        writeln!(out, "{}", Printable(&format!("{context:?}")))?;
        label(out, "key")?;
        writeln!(out, "{KEY}{}{KEY:#}", Printable(&signature.key.to_string()))?;
        for key in &signature.migration_keys {
            label(out, "  formerly")?;
            writeln!(out, "{}", Printable(&key.to_string()))?;
        }
        for (place, step) in steps.iter().enumerate() {
            write_step(out, place + 1, step)?;
        }
        label(out, "variant")?;
        let variant = Printable(signature.variant.as_str());
        write!(out, "{VARIANT}{variant}{VARIANT:#}")?;
        if *tracked {
            Ok(())
        } else {
            write!(out, "{UNTRACKED}, not tracked{UNTRACKED:#}")
        }
    }
}

fn label(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(out, "{LABEL}{text:<12}{LABEL:#}")
}

fn write_step(out: &mut fmt::Formatter<'_>, number: usize, step: &Step) -> fmt::Result {
    let (mark, style) = if step.decided {
        ("=>", DECIDED)
    } else {
        ("  ", LABEL)
    };
    let head = format!("{mark} {number}. {}", step.name);
    let detail = Printable(&step.detail);
    writeln!(out, "{style}{head:<21}{style:#}{detail}")
}
