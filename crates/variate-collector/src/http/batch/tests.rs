use super::array::next_event;
use super::*;

const DEFAULTS: Defaults<'static> = Defaults {
    namespace: "shop",
    now: 7,
};

fn parsed(body: &str) -> Vec<Parsed> {
    parse(body.as_bytes(), Form::Either, DEFAULTS, 100)
        .unwrap()
        .events
}

fn written(id: &str) -> String {
    format!(r#"{{"id":"{id}","experiment":"e","variant":"v","action":"a"}}"#)
}

/// The ids of what was taken; for the others, the line and the beginning of why not.
fn told(body: &str) -> Vec<String> {
    let batch = parse(body.as_bytes(), Form::Either, DEFAULTS, 100).unwrap();
    let of = |(index, parsed): (usize, Parsed)| match parsed {
        Ok(event) => event.id.into_owned(),
        Err(problem) => {
            let line = batch.lines.get(index);
            let line = line.map_or(String::new(), |line| format!("line {line}: "));
            format!("{line}{problem}")
        }
    };
    batch.events.into_iter().enumerate().map(of).collect()
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
    let told = parse(body.as_bytes(), Form::Either, DEFAULTS, 10_000)
        .unwrap()
        .events;
    assert!(told.len() < 100, "{}", told.len());
    let last = told.last().unwrap().as_ref().unwrap_err();
    assert!(last.ends_with("; nothing behind it can be read"));
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
    let event =
        "{\n \"id\": \"1\",\n \"experiment\": \"e\",\n \"variant\": 7,\n \"action\": \"a\"\n}\n";
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
    let told = parse(body.as_bytes(), Form::Lines, DEFAULTS, 9)
        .unwrap()
        .events;
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
    assert_eq!(
        parse(b"[0,0]", Form::Either, DEFAULTS, 2)
            .unwrap()
            .events
            .len(),
        2
    );
}
