use std::cell::Cell;

use super::problem::Place;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
    /// What was asked last: a file may be one long line, and is asked about from front to back.
    last: Cell<(usize, Place)>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate();
        let breaks = breaks.filter(|(_, byte)| *byte == b'\n');
        let after_breaks = breaks.map(|(place, _)| place + 1);
        Self {
            text,
            begins: [0].into_iter().chain(after_breaks).collect(),
            last: Cell::default(),
        }
    }

    /// The place of a byte.
    pub(super) fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.begins.partition_point(|begin| *begin <= offset);
        let begin = self.begins.get(line.saturating_sub(1)).copied();
        let (last, last_place) = self.last.get();
        let (from, column) = if last_place.line == number(line) && last <= offset {
            (last, last_place.column)
        } else {
            (begin.unwrap_or(0), 1)
        };
        let between = self.text.get(from..offset).unwrap_or_default();
        let place = Place {
            line: number(line),
            column: column.saturating_add(number(between.chars().count())),
        };
        self.last.set((offset, place));
        place
    }
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_the_same_in_whatever_order_they_are_asked_for() {
        let text = "ab\r\nä\n\nlong line\n";
        let lines = Lines::new(text);
        let expected = |offset: usize| {
            let before = &text[..offset];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            Place {
                line: number(line),
                column: number(column),
            }
        };
        let offsets: Vec<_> = (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        for offset in offsets.iter().chain(offsets.iter().rev()) {
            assert_eq!(lines.place(*offset), expected(*offset), "{offset}");
        }
        assert_eq!(lines.place(usize::MAX), expected(text.len()));
    }
}
