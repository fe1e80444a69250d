use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;
use std::time::SystemTime;

use super::dates;
use super::node::{Data, Entry, Node, shortened};
use super::problem::{Place, Problem};
use super::suggestion::suggestion;
use crate::limits;

/// Reads nodes into values, and gathers what is wrong with them.
pub(super) struct Reader<'n> {
    source: Arc<str>,
    path: Vec<Segment<'n>>,
    problems: Vec<Problem>,
    /// How many more there are than are kept.
    more: usize,
    patterns: usize,
}

/// How many regular expressions a file may have: each may take a megabyte.
const MOST_PATTERNS: usize = 500;

/// How many problems of a file are kept: the rest is counted.
const MOST: usize = 100;

enum Segment<'n> {
    Key(Cow<'n, str>),
    Index(usize),
}

impl<'n> Reader<'n> {
    pub(super) fn new(source: Arc<str>) -> Self {
        Self {
            source,
            path: Vec::new(),
            problems: Vec::new(),
            more: 0,
            patterns: 0,
        }
    }

    /// What was wrong, in the order of the lines.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems
            .sort_by_key(|problem| (problem.line(), problem.column()));
        if self.more > 0 {
            let message = format!("and {} more problems: mend these first", self.more);
            let rest = Problem::new(&self.source, Place::default(), String::new(), message);
            self.problems.push(rest);
        }
        self.problems
    }

    /// How much is wrong so far: what follows from something that was told need not be told.
    pub(super) fn count(&self) -> usize {
        self.problems.len() + self.more
    }

    pub(super) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    /// Something is wrong with what is being read.
    pub(super) fn wrong(&mut self, place: Place, message: impl Into<String>) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        let key = self.key();
        let problem = Problem::new(&self.source, place, key, message.into());
        self.problems.push(problem);
    }

    /// Whether no more problems are kept: then their messages need not be made.
    fn is_full(&self) -> bool {
        self.problems.len() >= MOST
    }

    /// The keys from the outermost to what is being read.
    fn key(&self) -> String {
        let mut key = String::new();
        for segment in &self.path {
            // Writing into a `String` cannot fail.
            let _ = match segment {
                Segment::Index(place) => write!(key, "[{place}]"),
                Segment::Key(name) => {
                    let point = if key.is_empty() { "" } else { "." };
                    if is_bare(name) {
                        write!(key, "{point}{name}")
                    } else {
                        write!(key, "{point}{:?}", shortened(name))
                    }
                }
            };
        }
        key
    }

    /// Reads an entry of the table that is being read, or what belongs to it.
    pub(super) fn inside<R>(&mut self, key: &'n str, read: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(Segment::Key(Cow::Borrowed(key)));
        let result = read(self);
        self.path.pop();
        result
    }

    /// As [`inside`](Self::inside), for a key that is no longer a node's.
    pub(super) fn inside_owned(&mut self, key: &str, read: impl FnOnce(&mut Self)) {
        self.path.push(Segment::Key(Cow::Owned(key.to_owned())));
        read(self);
        self.path.pop();
    }

    /// Reads each entry of a table whose keys are names.
    pub(super) fn named(&mut self, node: &'n Node, mut read: impl FnMut(&mut Self, &'n Entry)) {
        let Some(entries) = self.entries(node) else {
            return;
        };
        for entry in entries {
            self.inside(&entry.key, |reader| {
                if limits::name_fits(&entry.key) {
                    read(reader, entry);
                } else {
                    reader.wrong(entry.place, "a name has 1 to 255 bytes");
                }
            });
        }
    }

    /// Reads each entry of a table that may have `known` keys; false if it is no table.
    pub(super) fn table(
        &mut self,
        node: &'n Node,
        known: &[&str],
        mut read: impl FnMut(&mut Self, &'n Entry),
    ) -> bool {
        let Some(entries) = self.entries(node) else {
            return false;
        };
        for entry in entries {
            self.inside(&entry.key, |reader| {
                if known.contains(&entry.key.as_str()) {
                    read(reader, entry);
                } else {
                    let fix = if reader.is_full() {
                        String::new()
                    } else {
                        suggestion(&entry.key, known)
                    };
                    reader.wrong(entry.place, format!("unknown key: {fix}"));
                }
            });
        }
        true
    }

    fn entries(&mut self, node: &'n Node) -> Option<&'n [Entry]> {
        match &node.data {
            Data::Map(entries) => Some(entries),
            _ => self.expected(node, "a table"),
        }
    }

    /// Says what should stand in the node's place.
    pub(super) fn expected<T>(&mut self, node: &Node, what: &str) -> Option<T> {
        self.wrong(
            node.place,
            format!("expected {what}, found {}", node.kind()),
        );
        None
    }

    /// The values of a list, read one by one; a single value counts as a list of one.
    pub(super) fn list<T>(
        &mut self,
        node: &'n Node,
        mut read: impl FnMut(&mut Self, &'n Node) -> Option<T>,
    ) -> Vec<T> {
        let Data::List(items) = &node.data else {
            return read(self, node).into_iter().collect();
        };
        let mut values = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            self.path.push(Segment::Index(place));
            values.extend(read(self, item));
            self.path.pop();
        }
        values
    }

    pub(super) fn text(&mut self, node: &'n Node) -> Option<&'n str> {
        match &node.data {
            Data::Text(text) => Some(text),
            _ => self.expected(node, "a text"),
        }
    }

    /// A text that is not empty.
    pub(super) fn words(&mut self, node: &'n Node) -> Option<String> {
        let text = self.text(node)?;
        if text.trim().is_empty() {
            self.wrong(
                node.place,
                "it is empty: write something, or leave the key out",
            );
            return None;
        }
        Some(text.to_owned())
    }

    /// The name of a variant, layer or holdout.
    pub(super) fn name(&mut self, node: &'n Node) -> Option<&'n str> {
        let name = self.text(node)?;
        if !limits::name_fits(name) {
            let message = format!("{:?} is no name: use 1 to 255 bytes", shortened(name));
            self.wrong(node.place, message);
            return None;
        }
        Some(name)
    }

    /// A regular expression is to be made; `None` if there are too many of them.
    pub(super) fn counts_pattern(&mut self, node: &Node) -> Option<()> {
        self.patterns += 1;
        if self.patterns <= MOST_PATTERNS {
            return Some(());
        }
        if self.patterns == MOST_PATTERNS + 1 {
            let message = format!(
                "there are more than {MOST_PATTERNS} regular expressions: use `prefix`, `suffix`, `contains` or `in`"
            );
            self.wrong(node.place, message);
        }
        None
    }

    pub(super) fn flag(&mut self, node: &'n Node) -> Option<bool> {
        match &node.data {
            Data::Bool(value) => Some(*value),
            _ => self.expected(node, "true or false"),
        }
    }

    #[allow(clippy::cast_precision_loss)] // A percentage that has lost digits is far beyond 100.
    pub(super) fn number(&mut self, node: &'n Node) -> Option<f64> {
        match node.data {
            Data::Integer(number) => Some(number as f64),
            Data::Float(number) => Some(number),
            _ => self.expected(node, "a number"),
        }
    }

    pub(super) fn percentage(&mut self, node: &'n Node) -> Option<f64> {
        let number = self.number(node)?;
        match crate::rollout::basis_points(number) {
            Ok(_) => Some(number),
            Err(crate::PercentError::NotAPercentage(_)) => {
                self.expected(node, "a number from 0 to 100")
            }
            Err(error) => {
                self.wrong(node.place, error.to_string());
                None
            }
        }
    }

    pub(super) fn date(&mut self, node: &'n Node) -> Option<SystemTime> {
        let Data::Text(text) = &node.data else {
            return self.expected(node, "a date: 2026-11-01 or 2026-11-01T09:00:00Z");
        };
        match dates::time(text) {
            Ok(time) => Some(time),
            Err(message) => {
                self.wrong(node.place, message);
                None
            }
        }
    }

    /// One of the names that there are.
    pub(super) fn one_of<'k>(
        &mut self,
        node: &Node,
        name: &str,
        what: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) -> bool {
        let known: Vec<_> = known.into_iter().collect();
        if known.contains(&name) {
            return true;
        }
        let fix = if known.is_empty() || self.is_full() {
            "declare it".to_owned()
        } else {
            suggestion(name, &known)
        };
        self.wrong(
            node.place,
            format!("there is no {what} `{}`: {fix}", shortened(name)),
        );
        false
    }
}

fn is_bare(name: &str) -> bool {
    let is_plain =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '$');
    !name.is_empty() && name.chars().all(is_plain)
}
