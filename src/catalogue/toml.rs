use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::node::{DEEPEST, Data, Entry, Node};
use super::problem::Place;

/// Reads TOML. With each thing that is wrong, where it is.
pub(super) fn parse(text: &str) -> Result<Node, Vec<(Place, String)>> {
    let lines = Lines::new(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut told: Vec<(Place, String)> = Vec::new();
        for error in &errors {
            let place = error.span().map(|span| lines.place(span.start));
            let (message, is_last) = match error.message() {
                "duplicate key" => {
                    let key = error.span().and_then(|span| text.get(span));
                    let key = super::node::shortened(key.unwrap_or_default());
                    let message = format!("the key `{key}` stands in this table already: keep one");
                    // What follows belongs to it, and is found there again.
                    (message, true)
                }
                message if message.contains("recurs") => (too_deep(), true),
                message => (message.to_owned(), false),
            };
            told.push((place.unwrap_or_default(), message));
            if is_last {
                break;
            }
        }
        return Err(told);
    }
    let mut reader = Reader {
        lines,
        wrong: Vec::new(),
    };
    let place = reader.lines.place(0);
    let map = match table.get_ref() {
        // As in the other formats.
        table if table.is_empty() => Data::Null,
        table => reader.map(table, DEEPEST),
    };
    if reader.wrong.is_empty() {
        Ok(Node::new(place, map))
    } else {
        Err(reader.wrong)
    }
}

struct Reader<'t> {
    lines: Lines<'t>,
    wrong: Vec<(Place, String)>,
}

impl Reader<'_> {
    fn map(&mut self, table: &DeTable<'_>, levels: usize) -> Data {
        let mut entries: Vec<_> = table.iter().collect();
        // Tables are kept by name; a file has an order.
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries = entries.into_iter().map(|(key, value)| Entry {
            key: key.get_ref().clone().into_owned(),
            place: self.lines.place(key.span().start),
            value: self.node(value, levels),
        });
        Data::Map(entries.collect())
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, levels: usize) -> Node {
        let place = self.lines.place(value.span().start);
        let Some(levels) = levels.checked_sub(1) else {
            self.wrong.push((place, too_deep()));
            return Node::new(place, Data::Null);
        };
        let data = match value.get_ref() {
            DeValue::String(text) => Data::Text(text.clone().into_owned()),
            DeValue::Integer(number) => {
                match i128::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Data::Integer(number),
                    Err(_) => {
                        self.wrong.push((place, too_large(number.as_str())));
                        Data::Null
                    }
                }
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_infinite() && !number.as_str().contains("inf") => {
                    self.wrong.push((place, too_large(number.as_str())));
                    Data::Null
                }
                Ok(float) => Data::Float(float),
                Err(_) => {
                    self.wrong.push((place, format!("{number} is no number")));
                    Data::Null
                }
            },
            DeValue::Boolean(value) => Data::Bool(*value),
            DeValue::Datetime(date) => Data::Text(date.to_string()),
            DeValue::Array(items) => {
                Data::List(items.iter().map(|item| self.node(item, levels)).collect())
            }
            DeValue::Table(table) => self.map(table, levels),
        };
        Node::new(place, data)
    }
}

pub(super) fn too_deep() -> String {
    format!("lists and tables nest deeper than {DEEPEST} levels: make it flatter")
}

pub(super) fn too_large(number: &str) -> String {
    let number = super::node::shortened(number);
    format!("{number} is too large: write it as a text, in quotation marks")
}
