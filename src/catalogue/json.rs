use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::lines::Lines;
use super::node::{DEEPEST, Data, Entry, Node, duplicates};
use super::problem::Place;
use super::toml::{too_deep, too_large};

/// JSON as RFC 8259 has it, and nothing more.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads JSON. With each thing that is wrong, where it is.
pub(super) fn parse(text: &str) -> Result<Node, Vec<(Place, String)>> {
    let lines = Lines::new(text);
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT).map_err(|error| {
        let place = lines.place(error.range().start);
        vec![(place, lower_case(&error.kind().to_string()))]
    })?;
    let mut reader = Reader {
        text,
        lines,
        wrong: Vec::new(),
    };
    let node = match &parsed.value {
        Some(value) => reader.node(value, DEEPEST + 1),
        None => Node::new(reader.lines.place(0), Data::Null),
    };
    if reader.wrong.is_empty() {
        Ok(node)
    } else {
        Err(reader.wrong)
    }
}

struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
    wrong: Vec<(Place, String)>,
}

impl Reader<'_> {
    /// The parser lets tabs through that RFC 8259 does not.
    fn check_control(&mut self, range: jsonc_parser::common::Range) {
        let raw = self.text.get(range.start..range.end).unwrap_or_default();
        if let Some(at) = raw.find(|letter: char| letter < ' ') {
            let place = self.lines.place(range.start + at);
            let message = "a control character stands in a text: write it as an escape, as \\t";
            self.wrong.push((place, message.to_owned()));
        }
    }

    fn node(&mut self, value: &Value<'_>, levels: usize) -> Node {
        let place = self.lines.place(value.range().start);
        let Some(levels) = levels.checked_sub(1) else {
            self.wrong.push((place, too_deep()));
            return Node::new(place, Data::Null);
        };
        let data = match value {
            Value::NullKeyword(_) => Data::Null,
            Value::BooleanLit(literal) => Data::Bool(literal.value),
            Value::StringLit(literal) => {
                self.check_control(literal.range());
                Data::Text(literal.value.clone().into_owned())
            }
            Value::NumberLit(literal) => match number(literal.value) {
                Some(number) => number,
                None => {
                    self.wrong.push((place, too_large(literal.value)));
                    Data::Null
                }
            },
            Value::Array(array) => Data::List(
                array
                    .elements
                    .iter()
                    .map(|item| self.node(item, levels))
                    .collect(),
            ),
            Value::Object(object) => {
                for property in &object.properties {
                    self.check_control(property.name.range());
                }
                let entries = object.properties.iter().map(|property| Entry {
                    key: property.name.as_str().to_owned(),
                    place: self.lines.place(property.name.range().start),
                    value: self.node(&property.value, levels),
                });
                let entries: Vec<_> = entries.collect();
                let again = duplicates(&entries);
                self.wrong.extend(again.into_iter().map(twice));
                Data::Map(entries)
            }
        };
        Node::new(place, data)
    }
}

/// The number that decimal digits are; `None` where there is no place for it.
pub(super) fn number(text: &str) -> Option<Data> {
    if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse().ok()?;
        return number.is_finite().then_some(Data::Float(number));
    }
    text.parse().ok().map(Data::Integer)
}

pub(super) fn twice((place, key, line): (Place, &str, u32)) -> (Place, String) {
    (
        place,
        format!("the key `{key}` stands here already, on line {line}: keep one"),
    )
}

pub(super) fn lower_case(message: &str) -> String {
    let mut letters = message.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}
