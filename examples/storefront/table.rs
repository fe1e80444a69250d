//! The results as text, for a terminal.

use std::fmt::Write;

use crate::results::{Cell, Results};

/// One line for each variant, and the sentences below.
pub(crate) fn text(results: &Results) -> String {
    let mut out = String::new();
    line(
        &mut out,
        "variant",
        "visitors",
        ["clicked", "bought", "value per visitor"].map(|title| (title, "95 % interval")),
    );
    for row in &results.variants {
        let cells = [&row.clicked, &row.bought, &row.value].map(figures);
        line(&mut out, &row.variant, &row.visitors.to_string(), cells);
    }
    out.push('\n');
    for sentence in &results.sentences {
        out.push_str(sentence);
        out.push('\n');
    }
    out.push_str("this table describes, it does not decide\n");
    out
}

fn line(out: &mut String, variant: &str, visitors: &str, cells: [(&str, &str); 3]) {
    let [clicked, bought, value] = cells;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{variant:<8} {visitors:>9}   {:>7}  {:<15}  {:>7}  {:<15}  {:>17}  {}",
        clicked.0, clicked.1, bought.0, bought.1, value.0, value.1,
    );
}

fn figures(cell: &Cell) -> (&str, &str) {
    match &cell.estimate {
        Some(estimate) => (&estimate.text, &estimate.interval),
        None => ("–", &cell.note),
    }
}
