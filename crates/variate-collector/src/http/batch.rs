//! What `POST /v1/events` is sent: a JSON array of events, or one event a line.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::NewEvent;

/// An event as it is written: that of the library's `EventRecord`, of which what is not counted is passed over, or less.
#[derive(Debug, Deserialize)]
struct Fields {
    #[serde(deserialize_with = "shape::id")]
    id: String,
    #[serde(deserialize_with = "shape::experiment")]
    experiment: String,
    #[serde(deserialize_with = "shape::variant")]
    variant: String,
    #[serde(deserialize_with = "shape::action")]
    action: String,
    #[serde(default, deserialize_with = "shape::namespace")]
    namespace: Option<String>,
    /// What the library calls the unit.
    #[serde(default, deserialize_with = "shape::key")]
    key: Option<String>,
    #[serde(default, deserialize_with = "shape::unit")]
    unit: Option<String>,
    #[serde(default, deserialize_with = "shape::value")]
    value: Option<f64>,
    #[serde(default, deserialize_with = "shape::at")]
    at: Option<u64>,
    /// What others call the time: passed over, the event would count on the day on which it came.
    #[serde(
        default,
        rename = "time",
        alias = "timestamp",
        alias = "ts",
        alias = "date",
        alias = "datetime",
        alias = "event_time",
        alias = "occurred_at",
        alias = "created_at",
        deserialize_with = "shape::other_time"
    )]
    _time: (),
    /// What others call the unit: passed over, the event would be one of a unit of its own.
    #[serde(
        default,
        rename = "unit_id",
        alias = "user",
        alias = "user_id",
        alias = "userId",
        alias = "visitor_id",
        alias = "subject",
        deserialize_with = "shape::other_unit"
    )]
    _unit: (),
}

/// What fields must be, in words of ours: serde's name the types of this program, and not the field.
mod shape {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer};

    fn shaped<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
        deserializer: D,
        field: &str,
        must: &str,
    ) -> Result<T, D::Error> {
        T::deserialize(deserializer).map_err(|error| {
            let text = error.to_string();
            let found = ["invalid type: ", "invalid value: "]
                .iter()
                .find_map(|start| text.strip_prefix(start)?.rsplit_once(", expected "));
            match found {
                Some((found, _)) => {
                    D::Error::custom(format!("`{field}` must be {must}, and not {found}"))
                }
                None => error,
            }
        })
    }

    pub(super) fn other_time<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
        let what = "the time of an event is `at`, in milliseconds since 1970-01-01 (UTC), and has no other name";
        Err(D::Error::custom(what))
    }

    pub(super) fn other_unit<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
        let what = "the unit of an event is `unit`, and has no other name; what else is known of an event goes into `properties`";
        Err(D::Error::custom(what))
    }

    macro_rules! fields {
        ($($field:ident: $type:ty = $must:literal,)*) => {$(
            pub(super) fn $field<'de, D: Deserializer<'de>>(from: D) -> Result<$type, D::Error> {
                shaped(from, stringify!($field), $must)
            }
        )*};
    }

    fields! {
        id: String = "a text",
        experiment: String = "a text",
        variant: String = "a text",
        action: String = "a text",
        namespace: Option<String> = "a text",
        key: Option<String> = "a text",
        unit: Option<String> = "a text",
        value: Option<f64> = "a number",
        at: Option<u64> = "a whole number, the milliseconds since 1970-01-01 (UTC)",
    }
}

/// An object with those; serde would take an array of their values, too.
struct Written(Fields);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Written;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an event, which is an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map)).map(Written)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// What an event says that does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults<'a> {
    pub(super) namespace: &'a str,
    pub(super) now: u64,
}

/// Where something is that is no event, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// The line, from 1 on, where there is an event a line.
    pub(super) line: Option<usize>,
    pub(super) problem: String,
}

pub(super) type Parsed = Result<NewEvent<'static>, Malformed>;

/// There are more events than may be sent at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {most} events in the request; send fewer at once")]
pub(super) struct TooManyEvents {
    most: usize,
}

/// How the events are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One a line.
    Lines,
    /// An array if it begins as one, else as lines.
    Either,
}

/// All events of a body in order, and in place of those that are none, why.
pub(super) fn parse(
    body: &[u8],
    form: Form,
    defaults: Defaults<'_>,
    most: usize,
) -> Result<Vec<Parsed>, TooManyEvents> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let start = body.trim_ascii_start();
    let mut all = Collected {
        events: Vec::new(),
        defaults,
        most,
    };
    match start.first() {
        Some(b'[') if form == Form::Either => match serde_json::from_slice::<Vec<Written>>(body) {
            Ok(events) => {
                for event in events {
                    all.push(Ok(event), None)?;
                }
            }
            Err(_) => array(start, &mut all)?,
        },
        // One event may be written over many lines.
        Some(b'{') if form == Form::Either => match event(body) {
            Ok(event) => all.push(Ok(event), None)?,
            Err(_) if !is_lines(body) => all.push(event_of_line(body, 1), None)?,
            Err(_) => lines(body, &mut all)?,
        },
        _ => lines(body, &mut all)?,
    }
    Ok(all.events)
}

/// Whether what begins as an object is one a line: the first line has all of one, or any line has an event.
fn is_lines(body: &[u8]) -> bool {
    let mut all = body
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty());
    let is_cut =
        |line: &[u8]| serde_json::from_slice::<IgnoredAny>(line).is_err_and(|error| error.is_eof());
    !all.next().is_some_and(is_cut) || all.any(|line| event(line.trim_ascii()).is_ok())
}

struct Collected<'d> {
    events: Vec<Parsed>,
    defaults: Defaults<'d>,
    most: usize,
}

impl Collected<'_> {
    fn push(
        &mut self,
        event: Result<Written, String>,
        line: Option<usize>,
    ) -> Result<(), TooManyEvents> {
        if self.events.len() == self.most {
            return Err(TooManyEvents { most: self.most });
        }
        let event = event.and_then(|event| event.into_new(self.defaults));
        self.events
            .push(event.map_err(|problem| Malformed { line, problem }));
        Ok(())
    }
}

impl Written {
    fn into_new(self, defaults: Defaults<'_>) -> Result<NewEvent<'static>, String> {
        let Self(fields) = self;
        if let (Some(unit), Some(key)) = (&fields.unit, &fields.key)
            && unit != key
        {
            return Err(
                "`key` and `unit` are two words for one thing, and differ here: send one of them"
                    .to_owned(),
            );
        }
        let namespace = fields
            .namespace
            .unwrap_or_else(|| defaults.namespace.to_owned());
        let mut event = NewEvent::new(
            namespace,
            fields.experiment,
            fields.variant,
            fields.action,
            fields.id,
        )
        .value(fields.value)
        .at(fields.at.unwrap_or(defaults.now));
        event.unit = fields.unit.or(fields.key).map(Into::into);
        Ok(event)
    }
}

fn event(text: &[u8]) -> Result<Written, String> {
    serde_json::from_slice(text).map_err(|error| without_place(&error))
}

/// The place is one within the event, which is not what was sent.
fn without_place(error: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = error.to_string();
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

fn event_of_line(line: &[u8], number: usize) -> Result<Written, String> {
    let text = line.trim_ascii_start();
    let before = line.len() - text.len();
    serde_json::from_slice(text).map_err(|error| {
        let problem = without_place(&error);
        let number = number + error.line().saturating_sub(1);
        let before = if error.line() > 1 { 0 } else { before };
        match error.column() {
            0 => format!("{problem} at line {number}"),
            column => format!("{problem} at line {number}, column {}", before + column),
        }
    })
}

fn lines(body: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    for (number, line) in (1..).zip(body.split(|&byte| byte == b'\n')) {
        let line = line.trim_ascii_end();
        if !line.is_empty() {
            all.push(event_of_line(line, number), Some(number))?;
        }
    }
    Ok(())
}

/// Element by element: one that is no event, or not even JSON, does not take the others along. Where its quotes or brackets
/// are not in pairs, nobody knows where it ends: what follows is taken from the next event on.
fn array(text: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    let mut rest = text.strip_prefix(b"[").unwrap_or(text);
    // What looking for such events may cost: a body made to be looked through again and again is not.
    let mut budget = text.len().saturating_mul(4).saturating_add(64 << 10);
    if let Some(after) = rest.trim_ascii_start().strip_prefix(b"]") {
        return behind(after, all);
    }
    loop {
        let (element, end) = split_element(rest);
        let parsed = event(element.trim_ascii());
        if let Err(problem) = &parsed
            && serde_json::from_slice::<IgnoredAny>(element).is_err()
        {
            // It was gone through to find its end, and what is taken from within is gone through again.
            budget = budget.saturating_sub(element.len());
            if let Some(next) = next_event(rest, element.len(), &mut budget) {
                all.push(Err(problem.clone()), None)?;
                rest = next;
                continue;
            }
        }
        match end {
            End::Missing => {
                let problem = match parsed {
                    // It is whole, only the array is not.
                    Ok(event) => {
                        all.push(Ok(event), None)?;
                        "the array has no end".to_owned()
                    }
                    Err(_) if element.trim_ascii().is_empty() => "the array has no end".to_owned(),
                    Err(problem) => format!("{problem}; nothing behind it can be read"),
                };
                return all.push(Err(problem), None);
            }
            End::Comma(after) => {
                all.push(parsed, None)?;
                rest = after;
            }
            End::Bracket(after) => {
                all.push(parsed, None)?;
                return behind(after, all);
            }
        }
    }
}

fn behind(rest: &[u8], all: &mut Collected<'_>) -> Result<(), TooManyEvents> {
    if rest.trim_ascii().is_empty() {
        return Ok(());
    }
    all.push(Err("there is more behind the array's end".to_owned()), None)
}

/// From the first event on that begins within so many bytes of a broken element, behind a comma or another object, and is
/// followed by what follows an element.
fn next_event<'a>(text: &'a [u8], length: usize, budget: &mut usize) -> Option<&'a [u8]> {
    let mut last = b' ';
    for (index, &byte) in text.iter().enumerate().take(length) {
        *budget = budget.saturating_sub(1);
        if *budget == 0 {
            return None;
        }
        if byte == b'{' && matches!(last, b',' | b'}') {
            let (_, from_here) = text.split_at(index);
            // Read as a stream: then it is known how far it was read, also where it is no event.
            let mut unread = from_here;
            let mut stream = serde_json::Deserializer::from_reader(&mut unread);
            let is_event = Written::deserialize(&mut stream).is_ok();
            *budget = budget.saturating_sub(from_here.len() - unread.len());
            if is_event && matches!(unread.trim_ascii_start().first(), Some(b',' | b']')) {
                return Some(from_here);
            }
        }
        if !byte.is_ascii_whitespace() {
            last = byte;
        }
    }
    None
}

enum End<'a> {
    Comma(&'a [u8]),
    Bracket(&'a [u8]),
    Missing,
}

/// The next element of an array, and how it ends.
fn split_element(text: &[u8]) -> (&[u8], End<'_>) {
    let mut depth = 0_usize;
    let mut is_quoted = false;
    let mut is_escaped = false;
    for (index, &byte) in text.iter().enumerate() {
        if is_quoted {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => is_quoted = true,
            b'{' | b'[' => depth += 1,
            b',' | b']' if depth == 0 => {
                let (element, rest) = text.split_at(index);
                let after = rest.get(1..).unwrap_or_default();
                let end = if byte == b',' {
                    End::Comma(after)
                } else {
                    End::Bracket(after)
                };
                return (element, end);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (text, End::Missing)
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failure in a test is a panic"
)]
mod tests {
    use super::*;

    const DEFAULTS: Defaults<'static> = Defaults {
        namespace: "shop",
        now: 7,
    };

    fn parsed(body: &str) -> Vec<Parsed> {
        parse(body.as_bytes(), Form::Either, DEFAULTS, 100).unwrap()
    }

    fn written(id: &str) -> String {
        format!(r#"{{"id":"{id}","experiment":"e","variant":"v","action":"a"}}"#)
    }

    /// The ids of what was taken; for the others, the line and the beginning of why not.
    fn told(body: &str) -> Vec<String> {
        let of = |parsed: Parsed| match parsed {
            Ok(event) => event.id.into_owned(),
            Err(Malformed { line, problem }) => {
                let line = line.map_or(String::new(), |line| format!("line {line}: "));
                format!("{line}{problem}")
            }
        };
        parsed(body).into_iter().map(of).collect()
    }

    #[test]
    fn a_record_of_the_library_is_an_event() {
        let tracker = variate::MemoryTracker::new();
        let config = variate::Config::builder()
            .tracker(tracker.clone())
            .build()
            .unwrap();
        config
            .experiment("pill", variate::context! { user_id: 42 })
            .track(
                variate::Action::new("bought")
                    .value(9.5)
                    .property("currency", "EUR"),
            );
        let record = tracker.events()[0].clone();
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(
            parsed(&json),
            [Ok(NewEvent::of_record("shop", &record).into_owned())]
        );
    }

    #[test]
    fn the_short_form_takes_time_and_namespace_from_the_request() {
        let event = NewEvent::new("shop", "e", "v", "a", "1").at(7);
        assert_eq!(parsed(&written("1")), [Ok(event)]);
        let long = r#"{"id":"1","experiment":"e","variant":"v","action":"a","namespace":"n","unit":"u","key":"u","value":-2,"at":9,"more":[{}]}"#;
        let event = NewEvent::new("n", "e", "v", "a", "1")
            .of_unit("u")
            .value(-2.0)
            .at(9);
        assert_eq!(parsed(long), [Ok(event)]);
    }

    #[test]
    fn lines_that_are_no_events_are_told_and_the_others_taken() {
        let body = format!("\n{}\r\n{{\"id\":\n  \n[]\n{}", written("1"), written("2"));
        assert_eq!(
            told(&body),
            [
                "1",
                "line 3: EOF while parsing a value at line 3, column 6",
                "line 5: invalid type: sequence, expected an event, which is an object at line 5",
                "2",
            ]
        );
    }

    #[test]
    fn what_a_field_must_be_is_told_in_words() {
        let with = |field: &str| written("1").replace('}', &format!(",{field}}}"));
        for (body, expected) in [
            (
                with(r#""at":"noon""#),
                r#"`at` must be a whole number, the milliseconds since 1970-01-01 (UTC), and not string "noon""#,
            ),
            (
                with(r#""at":-1"#),
                "`at` must be a whole number, the milliseconds since 1970-01-01 (UTC), and not integer `-1`",
            ),
            (
                with(r#""value":"9,5""#),
                r#"`value` must be a number, and not string "9,5""#,
            ),
            (
                with(r#""unit":7"#),
                "`unit` must be a text, and not integer `7`",
            ),
            (
                r#"{"id":null}"#.to_owned(),
                "`id` must be a text, and not null",
            ),
            (r#"{"id":"1"}"#.to_owned(), "missing field `experiment`"),
            (
                with(r#""time":"2026-11-20T12:00:00Z""#),
                "the time of an event is `at`, in milliseconds since 1970-01-01 (UTC), and has no other name",
            ),
            (
                with(r#""timestamp":1795262400000"#),
                "the time of an event is `at`, in milliseconds since 1970-01-01 (UTC), and has no other name",
            ),
            (
                with(r#""user_id":"42""#),
                "the unit of an event is `unit`, and has no other name; what else is known of an event goes into `properties`",
            ),
        ] {
            assert_eq!(told(&format!("[{body}]")), [expected]);
            let line = &told(&format!("\n{body}"))[0];
            assert!(
                line.starts_with(&format!("line 2: {expected} at line 2")),
                "{line}"
            );
        }
        assert_eq!(told(&with(r#""at":null,"value":null,"unit":null"#)), ["1"]);
    }

    #[test]
    fn elements_that_are_no_events_are_told_and_the_others_taken() {
        let body = format!(
            r#" [ {}, 7 , {{"id":"x","a":[1,"]}},"]}}, {{"id":1,}} ,{}, "\"],", {} ] "#,
            written("1"),
            written("2"),
            written("3")
        );
        let told = told(&body);
        assert_eq!([&told[0], &told[4], &told[6]], ["1", "2", "3"]);
        assert!(
            told[1].starts_with("invalid type: integer `7`"),
            "{}",
            told[1]
        );
        assert!(
            told[2].starts_with("missing field `experiment`"),
            "{}",
            told[2]
        );
        assert!(
            told[3].starts_with("`id` must be a text, and not integer `1`"),
            "{}",
            told[3]
        );
        assert!(told[5].starts_with("invalid type: string"), "{}", told[5]);
        assert_eq!(told.len(), 7);
    }

    #[test]
    fn quotes_that_do_not_pair_take_no_other_event_along() {
        let bad = r#"{"experiment":"x","id":"un"terminated"}"#;
        let open = r#"{"id":"un}"#;
        let unclosed = r#"{"id":"un""#;
        for bad in [
            bad,
            open,
            unclosed,
            r#"{"id":"un"x}"#,
            r#"{"id":1,"key":"un"x"}"#,
        ] {
            let (one, two) = (written("a},{b"), written("2"));
            let alone = told(&format!("[{one},{bad},{two},{one}]"));
            assert_eq!(
                [&alone[0], &alone[2], &alone[3]],
                ["a},{b", "2", "a},{b"],
                "{bad}"
            );
            assert_eq!(alone.len(), 4, "{alone:?}");
            let first = told(&format!("[{bad} , {two}]"));
            assert_eq!((first.len(), first[1].as_str()), (2, "2"), "{first:?}");
            let twice = told(&format!("[{bad},\n{one},{bad},{two}]"));
            assert_eq!([&twice[1], &twice[3]], ["a},{b", "2"], "{bad}");
            assert_eq!(twice.len(), 4, "{twice:?}");
        }
    }

    #[test]
    fn an_event_within_a_broken_one_is_none() {
        let body = format!(
            r#"[{{"id":"1","more":{},}},{}]"#,
            written("2"),
            written("3")
        );
        let told = told(&body);
        assert_eq!((told.len(), told[1].as_str()), (2, "3"), "{told:?}");
    }

    /// The work is bounded: each attempt's bytes are taken from the budget, which is linear in the body.
    #[test]
    fn what_looking_for_the_next_event_costs_is_limited() {
        let body = format!("{{x{}", r#",{"x":[0"#.repeat(1_000));
        let mut budget = 20_000;
        assert_eq!(next_event(body.as_bytes(), body.len(), &mut budget), None);
        assert_eq!(budget, 0);
        let mut budget = 10_000_000;
        next_event(body.as_bytes(), body.len(), &mut budget);
        assert!(budget < 10_000_000 - 2_000_000, "{budget}");
        // As a whole, it ends although it is large.
        let body = format!("[{{x{}", r#",{"x":[0"#.repeat(10_000));
        assert_eq!(parsed(&body).len(), 1);
    }

    #[test]
    fn elements_that_never_end_are_not_gone_through_again_and_again() {
        let body = format!("[{}", format!("{{x,{},", written("1")).repeat(2_000));
        let told = parse(body.as_bytes(), Form::Either, DEFAULTS, 10_000).unwrap();
        assert!(told.len() < 100, "{}", told.len());
        let last = told.last().unwrap().as_ref().unwrap_err();
        assert!(last.problem.ends_with("; nothing behind it can be read"));
    }

    #[test]
    fn of_an_array_without_end_what_is_before_is_taken() {
        let whole = written("1");
        assert_eq!(told(&format!("[{whole}")), ["1", "the array has no end"]);
        assert_eq!(told(&format!("[{whole},")), ["1", "the array has no end"]);
        let cut = told(&format!("[{whole},{{\"id\":\"2"));
        assert_eq!(cut[0], "1");
        assert!(
            cut[1].ends_with("; nothing behind it can be read"),
            "{}",
            cut[1]
        );
        assert_eq!(told("["), ["the array has no end"]);
        assert_eq!(
            told(&format!("[{whole}]]")),
            ["1", "there is more behind the array's end"]
        );
    }

    #[test]
    fn key_and_unit_are_the_same_or_one_of_them() {
        let differ = written("1").replace('}', r#","key":"k","unit":"u"}"#);
        let told = told(&format!("[{differ},{}]", written("2")));
        assert!(
            told[0].starts_with("`key` and `unit` are two words for one thing"),
            "{told:?}"
        );
        assert_eq!(told[1], "2");
    }

    #[test]
    fn a_mistake_in_an_event_over_many_lines_is_one_and_has_a_place() {
        let event = "{\n \"id\": \"1\",\n \"experiment\": \"e\",\n \"variant\": 7,\n \"action\": \"a\"\n}\n";
        assert_eq!(
            told(event),
            ["`variant` must be a text, and not integer `7` at line 4, column 13"]
        );
        let cut = told("{\n \"id\": \"1\"");
        assert_eq!(cut.len(), 1, "{cut:?}");
        // With an event on a line, it is one a line.
        assert_eq!(told(&format!("{{\n{}\n", written("2")))[1], "2");
    }

    #[test]
    fn one_event_may_be_written_over_many_lines() {
        assert_eq!(told(&written("1").replace(',', ",\n")), ["1"]);
        assert_eq!(told(&format!("\u{feff}[\n{}\n]\n", written("1"))), ["1"]);
    }

    #[test]
    fn a_line_cannot_be_an_array() {
        let body = format!("[{}]", written("1"));
        let told = parse(body.as_bytes(), Form::Lines, DEFAULTS, 9).unwrap();
        assert!(told[0].is_err());
    }

    #[test]
    fn nothing_is_no_event() {
        for body in ["", " \n ", "[]", "[ ]", "\u{feff}"] {
            assert_eq!(parsed(body), [], "{body:?}");
        }
    }

    #[test]
    fn more_events_than_allowed_are_refused_as_a_whole() {
        for body in ["[0,0,0]", "0\n0\n0", "[,,"] {
            assert_eq!(
                parse(body.as_bytes(), Form::Either, DEFAULTS, 2),
                Err(TooManyEvents { most: 2 }),
                "{body}"
            );
        }
        assert_eq!(parse(b"[0,0]", Form::Either, DEFAULTS, 2).unwrap().len(), 2);
    }
}
