use indicatif::{ProgressBar, ProgressStyle};

/// Says on a terminal how far a long job is; elsewhere it is silent.
pub(crate) fn spinner(template: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Says on a terminal how much of a long job is done; elsewhere it is silent.
pub(crate) fn progress_bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
