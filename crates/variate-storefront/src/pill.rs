//! What the variants of `pill_color` look like.

/// A pill: its name, and what the shop says about it. Its colours are in `pages/style.css`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pill {
    /// Names it in texts, and its colours in the style sheet.
    pub(crate) name: &'static str,
    /// The headline.
    pub(crate) promise: &'static str,
    /// The sentence below it.
    pub(crate) story: &'static str,
}

impl Pill {
    /// The control.
    pub(crate) const GREY: Self = Self {
        name: "grey",
        promise: "Stay as you are.",
        story: "One grey pill a day, and tomorrow is much like today. Many people find that pleasant.",
    };

    /// The variant `red`.
    pub(crate) const RED: Self = Self {
        name: "red",
        promise: "See how deep it goes.",
        story: "One red pill, and you cannot unsee it. There are no refunds on the truth.",
    };

    /// The variant `blue`.
    pub(crate) const BLUE: Self = Self {
        name: "blue",
        promise: "Sleep well tonight.",
        story: "One blue pill, and you wake up in your bed and believe whatever you want to believe.",
    };
}
