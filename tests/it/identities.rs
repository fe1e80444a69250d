//! Visitors without a user: each row of the table that `Identity` documents.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;
use variate::{
    Config, Context, CookieInstruction, Experiment, Identity, MemoryTracker, Privacy, Value,
    context,
};

use crate::support::build;

const COOKIE: &str = "6f1d64f2-8d8a-4c5e-9a53-766172696174";

/// A configuration that draws 1, 2, 3, .. in place of random bits.
fn counting() -> (Config, MemoryTracker) {
    let drawn = Arc::new(AtomicU64::new(0));
    build(Config::builder().randomness(move || drawn.fetch_add(1, Ordering::Relaxed) + 1))
}

/// What the first two draws of such a configuration become as a version 4 uuid.
const NEW: &str = "00000000-0000-4001-8000-000000000002";

fn identity() -> Identity {
    Identity::new("user_id")
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Instruction {
    Keep,
    SetNew,
    Delete,
}

fn plain(instruction: &CookieInstruction<'_>) -> Instruction {
    match instruction {
        CookieInstruction::Keep => Instruction::Keep,
        CookieInstruction::Delete { name } => {
            assert_eq!(*name, "variate_id");
            Instruction::Delete
        }
        CookieInstruction::Set { name, value } => {
            assert_eq!((*name, value.as_str()), ("variate_id", NEW));
            Instruction::SetNew
        }
    }
}

struct Row {
    privacy: Privacy,
    user: Context<'static>,
    cookie: Option<Vec<u8>>,
    /// The user that the experiment ends with.
    becomes: Option<Value<'static>>,
    migrated_from_cookie: bool,
    instruction: Instruction,
}

/// Every case of the table, in its order; several values for each word of it.
fn rows() -> Vec<Row> {
    let absent = || vec![None];
    let valid = || vec![Some(COOKIE.as_bytes().to_vec())];
    let invalid = || {
        let texts: [&[u8]; 6] = [
            b"",
            b"ann",
            b"\xff\xfe\x00",
            b"6f1d64f2-8d8a-4c5e-9a53-76617269617",
            b" ",
            &[b'a'; 4096],
        ];
        texts.map(|text| Some(text.to_vec())).to_vec()
    };
    let any = || [absent(), valid(), invalid()].concat();
    let no_key = || vec![context! {}, context! { other: 1 }];
    let nobody = || {
        vec![
            context! { user_id: Value::null() },
            context! { user_id: "" },
        ]
    };
    let somebody = || {
        vec![
            context! { user_id: 42 },
            context! { user_id: "ann" },
            context! { user_id: 0 },
            context! { user_id: false },
        ]
    };
    let everybody = || [no_key(), nobody(), somebody()].concat();
    let id = |text| Value::from(Uuid::parse_str(text).unwrap());
    let asked = Privacy::DoNotTrack;
    let free = Privacy::Unrestricted;
    let table = [
        (asked, everybody(), absent(), None, false, Instruction::Keep),
        (
            asked,
            everybody(),
            [valid(), invalid()].concat(),
            None,
            false,
            Instruction::Delete,
        ),
        (free, no_key(), any(), None, false, Instruction::Keep),
        (
            free,
            nobody(),
            absent(),
            Some(id(NEW)),
            false,
            Instruction::SetNew,
        ),
        (
            free,
            nobody(),
            valid(),
            Some(id(COOKIE)),
            false,
            Instruction::Keep,
        ),
        (
            free,
            nobody(),
            invalid(),
            Some(id(NEW)),
            false,
            Instruction::SetNew,
        ),
        (free, somebody(), absent(), None, false, Instruction::Keep),
        (free, somebody(), valid(), None, true, Instruction::Delete),
        (
            free,
            somebody(),
            invalid(),
            None,
            false,
            Instruction::Delete,
        ),
    ];
    let mut rows = Vec::new();
    for (privacy, users, cookies, becomes, migrated_from_cookie, instruction) in table {
        for user in users {
            rows.extend(cookies.iter().map(|cookie| Row {
                privacy,
                user: user.clone(),
                cookie: cookie.clone(),
                becomes: becomes.clone(),
                migrated_from_cookie,
                instruction,
            }));
        }
    }
    rows
}

#[test]
fn every_row_of_the_table_holds() {
    let rows = rows();
    assert!(rows.len() > 80);
    for row in rows {
        let (config, tracker) = counting();
        let key = |ctx: &Context<'_>| config.experiment("pill", ctx).key().clone();
        let given = row.user.merged(&context! { page: 1 });
        let shown = format!("{:?} {given:?} {:?}", row.privacy, row.cookie);

        let identity = identity();
        let cookies = |name: &str| {
            assert_eq!(name, "variate_id");
            row.cookie.clone()
        };
        let visitor = identity.visitor(&cookies, row.privacy);
        let exp = visitor.identify(config.experiment("pill", given.clone()));

        let expected = match row.becomes {
            None => given.clone(),
            Some(user) => given.clone().with("user_id", user),
        };
        assert_eq!(exp.key(), &key(&expected), "{shown}");
        let former = given.with("user_id", COOKIE);
        let expected = if row.migrated_from_cookie {
            vec![key(&former)]
        } else {
            Vec::new()
        };
        assert_eq!(exp.migration_keys(), expected, "{shown}");
        exp.use_(|| ()).try_(|| ()).run();
        let expected = usize::from(row.privacy == Privacy::Unrestricted);
        assert_eq!(tracker.actions().len(), expected, "{shown}");
        assert_eq!(plain(&visitor.instruction()), row.instruction, "{shown}");
    }
}

#[test]
fn a_uuid_in_any_of_its_texts_is_a_valid_cookie_and_one_id() {
    let (config, _) = counting();
    let identity = identity();
    let plainly = config
        .experiment("pill", context! { user_id: COOKIE })
        .key()
        .clone();
    for text in [
        COOKIE.to_owned(),
        COOKIE.to_uppercase(),
        COOKIE.replace('-', ""),
        format!("{{{COOKIE}}}"),
        format!("urn:uuid:{COOKIE}"),
    ] {
        let cookies = |_: &str| Some(text.clone());
        let visitor = identity.visitor(&cookies, Privacy::default());
        let exp = visitor.identify(config.experiment("pill", context! { user_id: "" }));
        assert_eq!(exp.key(), &plainly, "{text}");
        assert_eq!(visitor.instruction(), CookieInstruction::Keep, "{text}");
    }
}

#[test]
fn all_experiments_of_a_visitor_share_one_new_id() {
    let (config, _) = counting();
    let identity = identity().cookie_name("shop_id");
    let nobody = |_: &str| None::<String>;
    let visitor = identity.visitor(&nobody, Privacy::default());
    let key = |exp: &Experiment<'_>| exp.key().clone();
    let one = visitor.identify(config.experiment("one", context! { user_id: "" }));
    let two = visitor.identify(config.experiment("two", context! { page: 1, user_id: None::<u8> }));
    let direct = |name: &'static str, ctx| config.experiment(name, ctx).key().clone();
    assert_eq!(key(&one), direct("one", context! { user_id: NEW }));
    assert_eq!(key(&two), direct("two", context! { page: 1, user_id: NEW }));
    assert_eq!(
        visitor.instruction(),
        CookieInstruction::Set {
            name: "shop_id",
            value: NEW.to_owned()
        }
    );
    let other = identity.visitor(&nobody, Privacy::default());
    let other = other.identify(config.experiment("one", context! { user_id: "" }));
    assert_ne!(key(&other), key(&one));
}

#[test]
fn threads_of_one_request_share_one_new_id() {
    let (config, _) = build(Config::builder());
    let identity = identity();
    let visitor = identity.visitor(&|_: &str| None::<String>, Privacy::default());
    let keys = std::thread::scope(|scope| {
        let key = || {
            let exp = config.experiment("pill", context! { user_id: "" });
            visitor.identify(exp).key().clone()
        };
        let threads = [(); 8].map(|()| scope.spawn(key));
        threads.map(|thread| thread.join().unwrap())
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn sign_in_wins_over_a_new_cookie() {
    for somebody_first in [false, true] {
        for (cookie, expected) in [
            (None, Instruction::Keep),
            (Some("ann"), Instruction::Delete),
        ] {
            let (config, _) = counting();
            let identity = identity();
            let cookies = |_: &str| cookie.map(str::to_owned);
            let visitor = identity.visitor(&cookies, Privacy::default());
            let users = [Value::null(), 42.into()];
            for place in [0, 1] {
                let user = users[place ^ usize::from(somebody_first)].clone();
                visitor.identify(config.experiment("pill", context! { user_id: user }));
            }
            assert_eq!(plain(&visitor.instruction()), expected);
        }
    }
}

#[test]
fn the_migration_key_of_a_sign_in_is_the_key_from_before() {
    let (config, _) = counting();
    let identity = identity();
    let cookies = |_: &str| Some(COOKIE.to_owned());
    let before = identity.visitor(&cookies, Privacy::default());
    let ctx = |user: Value<'static>| context! { team: 7, user_id: user, plan: "pro" };
    let before = before.identify(config.experiment("pill", ctx(Value::null())));
    let after = identity.visitor(&cookies, Privacy::default());
    let after = after.identify(config.experiment("pill", ctx(42.into())));
    assert_eq!(after.migration_keys(), std::slice::from_ref(before.key()));
    assert_ne!(after.key(), before.key());
}

#[test]
fn a_new_id_is_a_random_uuid() {
    let (config, _) = build(Config::builder());
    let identity = identity();
    let ids = [(); 50].map(|()| {
        let visitor = identity.visitor(&|_: &str| None::<String>, Privacy::default());
        visitor.identify(config.experiment("pill", context! { user_id: "" }));
        match visitor.instruction() {
            CookieInstruction::Set { value, .. } => Uuid::parse_str(&value).unwrap(),
            other => panic!("{other:?}"),
        }
    });
    assert!(ids.iter().all(|id| id.get_version_num() == 4));
    let distinct: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
}

#[test]
fn privacy_headers_say_yes_in_many_ways_and_no_in_all_others() {
    let yes: [&[u8]; 10] = [
        b"1", b"true", b"TRUE", b"t", b"yes", b"Yes", b"y", b"Y", b"on", b" 1\t",
    ];
    let no: [&[u8]; 9] = [
        b"0",
        b"",
        b"false",
        b"no",
        b"off",
        b"2",
        b"11",
        b"unspecified",
        b"\xff",
    ];
    for yes in yes {
        assert_eq!(Privacy::from_headers(Some(yes), None), Privacy::DoNotTrack);
        assert_eq!(Privacy::from_headers(None, Some(yes)), Privacy::DoNotTrack);
        assert_eq!(
            Privacy::from_headers(Some(b"0"), Some(yes)),
            Privacy::DoNotTrack
        );
        assert_eq!(
            Privacy::from_headers(Some(yes), Some(b"0")),
            Privacy::DoNotTrack
        );
    }
    for no in no {
        assert_eq!(
            Privacy::from_headers(Some(no), Some(no)),
            Privacy::Unrestricted
        );
    }
    assert_eq!(Privacy::from_headers(None, None), Privacy::default());
}
