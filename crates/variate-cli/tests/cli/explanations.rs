//! Explanations, for people and for programs.

use serde_json::json;

use crate::{PILL, answered, command, variate};

#[test]
fn explain_prints_the_trace_for_people() {
    let pinned = r#"{"experiment":"pill","migrated_from":{"cookie":"abc"},"variant":"candidate"}"#;
    let answered = variate(&["explain"], &format!("{PILL}\n{pinned}\n"));
    assert_eq!(
        answered.out,
        r#"experiment  pill
context     {"user_id": 42}
key         10ef0ded7137fc31695115082c9699f8
   1. enabled        yes
   2. forced         not allowed here
   3. pinned         no
   4. stored         no store
   5. excluded       no
   6. only_assigned  no
   7. segment        no
=> 8. resolver       even split, bucket 0 of 2 (native)
variant     control

experiment  pill
context     {}
key         e074ab3e6cc3791a402ada73452d11e5
  formerly  faadffc46adbdd3b72a13fde2cc656a7
   1. enabled        yes
   2. forced         not allowed here
=> 3. pinned         `candidate` in code
variant     candidate
"#
    );
}

#[test]
fn explain_is_coloured_only_where_it_is_seen() {
    let forced = answered(
        command(&["explain"]).env("CLICOLOR_FORCE", "1"),
        PILL.as_bytes(),
    );
    assert!(forced.out.contains("\u{1b}[1mcontrol\u{1b}[0m"));
    let steering = r#"{"experiment":"pill\u001b[31m\nvariant","context":{"a":"\u001b[31m"}}"#;
    let plain = variate(&["explain"], steering);
    assert!(
        plain
            .out
            .starts_with("experiment  pill\\u{1b}[31m\\nvariant\n")
    );
    assert!(!plain.out.contains('\u{1b}'));
    let json = answered(
        command(&["explain", "--json"]).env("CLICOLOR_FORCE", "1"),
        PILL.as_bytes(),
    );
    assert!(!json.out.contains('\u{1b}'));
}

#[test]
fn explain_prints_one_json_object_a_line() {
    let line =
        r#"{"experiment":"pill","context":{"b":1.0,"a":340282366920938463463374607431768211455}}"#;
    let answered = variate(&["explain", "--json"], &format!("{line}\n{PILL}\n"));
    assert!(
        answered
            .out
            .contains(r#""context":{"b":1.0,"a":340282366920938463463374607431768211455}"#)
    );
    assert_eq!(
        answered.json()[1],
        json!({
            "experiment": "pill",
            "variant": "control",
            "key": "10ef0ded7137fc31695115082c9699f8",
            "context": {"user_id": 42},
            "steps": [
                {"name": "enabled", "decided": false, "detail": "yes"},
                {"name": "forced", "decided": false, "detail": "not allowed here"},
                {"name": "pinned", "decided": false, "detail": "no"},
                {"name": "stored", "decided": false, "detail": "no store"},
                {"name": "excluded", "decided": false, "detail": "no"},
                {"name": "only_assigned", "decided": false, "detail": "no"},
                {"name": "segment", "decided": false, "detail": "no"},
                {"name": "resolver", "decided": true, "detail": "even split, bucket 0 of 2 (native)"},
            ],
            "reason": "resolved",
            "tracked": true,
        })
    );
}
