use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::json::{lower_case, number, twice};
use super::lines;
use super::node::{DEEPEST, Data, Entry, Node, duplicates};
use super::problem::Place;
use super::toml::{too_deep, too_large};

/// How many nodes a file may have, those that aliases repeat included: a few bytes of aliases
/// could otherwise stand for more than any memory holds.
const MOST_NODES: usize = 2_000_000;

type Wrong = (Place, String);

/// Reads YAML 1.2 with its core schema. With each thing that is wrong, where it is.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Wrong>> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.event(event, place(span)),
            Err(error) => {
                // At the end of a file without a line break it is one line further.
                let breaks = text.bytes().filter(|byte| matches!(byte, b'\n' | b'\r'));
                let place = Place {
                    line: lines::number(error.marker().line().min(1 + breaks.count())),
                    column: lines::number(error.marker().col() + 1),
                };
                Err((place, lower_case(error.info())))
            }
        };
        if let Err(wrong) = step {
            builder.wrong.push(wrong);
            break;
        }
    }
    if builder.wrong.is_empty() {
        let nothing = Node::new(Place { line: 1, column: 1 }, Data::Null);
        Ok(builder.root.unwrap_or(nothing))
    } else {
        Err(builder.wrong)
    }
}

fn place(span: Span) -> Place {
    Place {
        line: lines::number(span.start.line()),
        column: lines::number(span.start.col() + 1),
    }
}

/// Puts events together, without recursion.
#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    documents: usize,
    wrong: Vec<Wrong>,
}

/// A list or map that has not ended.
struct Open {
    place: Place,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        merged: Vec<Node>,
        key: Option<Key>,
    },
}

struct Key {
    text: String,
    place: Place,
    /// `<<`, which stands for the entries of another map.
    merges: bool,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, place: Place) -> Result<(), Wrong> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document begins: keep one in a file";
                    return Err((place, message.to_owned()));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                if self.expects_key() {
                    self.key(Key {
                        merges: plain && text == "<<",
                        text: text.into_owned(),
                        place,
                    });
                    return Ok(());
                }
                let data = scalar(&text, plain, tag, place)?;
                self.finished(Node::new(place, data), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag, place)?;
                self.begun(place, anchor, Inside::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag, place)?;
                let inside = Inside::Map {
                    entries: Vec::new(),
                    merged: Vec::new(),
                    key: None,
                };
                self.begun(place, anchor, inside)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open {
                    place,
                    anchor,
                    inside,
                }) => {
                    let data = self.closed(inside);
                    self.finished(Node::new(place, data), anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    let message = "the alias stands within what it refers to: take it out";
                    return Err((place, message.to_owned()));
                };
                // It is one more when it is finished.
                self.nodes += node.count(MOST_NODES) - 1;
                if self.nodes > MOST_NODES {
                    return Err((place, too_many()));
                }
                let node = Node::new(place, node.data.clone());
                if self.expects_key() {
                    let Data::Text(text) = node.data else {
                        return Err((place, "a key must be a text".to_owned()));
                    };
                    let merges = false;
                    self.key(Key {
                        text,
                        place,
                        merges,
                    });
                    return Ok(());
                }
                self.finished(node, 0)
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn expects_key(&self) -> bool {
        matches!(
            self.open.last(),
            Some(Open {
                inside: Inside::Map { key: None, .. },
                ..
            })
        )
    }

    fn key(&mut self, new: Key) {
        if let Some(Open {
            inside: Inside::Map { key, .. },
            ..
        }) = self.open.last_mut()
        {
            *key = Some(new);
        }
    }

    fn begun(&mut self, place: Place, anchor: usize, inside: Inside) -> Result<(), Wrong> {
        if self.expects_key() {
            let message = "a list or map cannot be a key: use a text";
            return Err((place, message.to_owned()));
        }
        if self.open.len() > DEEPEST {
            return Err((place, too_deep()));
        }
        self.open.push(Open {
            place,
            anchor,
            inside,
        });
        Ok(())
    }

    /// Puts a node where it belongs.
    fn finished(&mut self, node: Node, anchor: usize) -> Result<(), Wrong> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err((node.place, too_many()));
        }
        if anchor > 0 {
            self.nodes += node.count(MOST_NODES);
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.inside) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map {
                entries,
                merged,
                key,
            }) => match key.take() {
                Some(key) if key.merges => merged.push(node),
                Some(key) => entries.push(Entry {
                    key: key.text,
                    place: key.place,
                    value: node,
                }),
                None => {}
            },
        }
        Ok(())
    }

    fn closed(&mut self, inside: Inside) -> Data {
        match inside {
            Inside::List(items) => Data::List(items),
            Inside::Map {
                mut entries,
                merged,
                ..
            } => {
                let again = duplicates(&entries);
                self.wrong.extend(again.into_iter().map(twice));
                if !merged.is_empty() {
                    let mut keys = entries.iter().map(|entry| entry.key.clone()).collect();
                    for node in merged {
                        self.merge(node, &mut entries, &mut keys);
                    }
                }
                Data::Map(entries)
            }
        }
    }

    /// Adds what `<<` refers to: entries of one map, or of each in a list, that there are none of yet.
    fn merge(&mut self, node: Node, entries: &mut Vec<Entry>, keys: &mut HashSet<String>) {
        match node.data {
            Data::Map(mut others) => {
                others.retain(|other| keys.insert(other.key.clone()));
                entries.append(&mut others);
            }
            Data::List(items) if items.iter().all(|item| matches!(item.data, Data::Map(_))) => {
                for item in items {
                    self.merge(item, entries, keys);
                }
            }
            _ => {
                let message = "`<<` takes the alias of a map, or a list of such";
                self.wrong.push((node.place, message.to_owned()));
            }
        }
    }
}

fn too_many() -> String {
    format!("there are more than {MOST_NODES} values, with those that aliases repeat")
}

/// Nothing but the tags that say what is known anyway.
fn check_tag(tag: Option<Cow<'_, Tag>>, place: Place) -> Result<(), Wrong> {
    match tag {
        Some(tag)
            if !(tag.is_yaml_core_schema() && matches!(tag.suffix.as_str(), "seq" | "map")) =>
        {
            Err((place, no_tags(&tag)))
        }
        _ => Ok(()),
    }
}

fn no_tags(tag: &Tag) -> String {
    format!("the tag `{tag}` means nothing here: leave it out")
}

fn scalar(text: &str, plain: bool, tag: Option<Cow<'_, Tag>>, place: Place) -> Result<Data, Wrong> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => {
            Ok(Data::Text(text.to_owned()))
        }
        Some(tag) => Err((place, no_tags(&tag))),
        None if plain => plain_scalar(text).ok_or_else(|| (place, too_large(text))),
        None => Ok(Data::Text(text.to_owned())),
    }
}

/// What a text without quotation marks is, by the core schema; `None` for a number without a place.
fn plain_scalar(text: &str) -> Option<Data> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" => Data::Bool(true),
        "false" | "False" | "FALSE" => Data::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Data::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Data::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Data::Float(f64::NEG_INFINITY),
        _ => {
            let radix = |prefix, radix| {
                let digits = text.strip_prefix(prefix)?;
                let all = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
                all.then(|| i128::from_str_radix(digits, radix).ok().map(Data::Integer))
            };
            if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
                return number;
            }
            if !is_decimal(text) {
                return Some(Data::Text(text.to_owned()));
            }
            return number(text);
        }
    })
}

/// Whether it is a number: `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_is_right = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_is_right
}
