//! Keys: which context gives which, under each scheme.

use serde_json::json;

use crate::{PILL, answered, command, key, key_of_context, one};

#[test]
fn canonical_and_keyed_keys_are_digests_of_the_documented_bytes() {
    // MD5 and HMAC-SHA-256 of "\x04pillm\x01\x07user_ids\x0242", made with Python's hashlib and hmac.
    assert_eq!(key(&[], PILL), "10ef0ded7137fc31695115082c9699f8");
    assert_eq!(
        key(
            &["--scheme", "keyed", "--secret", "at least sixteen bytes"],
            PILL
        ),
        "f6f8eea7bd6fe0709c17b18d14aa1076"
    );
}

// From gitlab-experiment 0.2.0 run under Ruby 3.1.
const GITLAB_V0: [(&str, &str); 8] = [
    ("{}", "d41d8cd98f00b204e9800998ecf8427e"),
    (r#"{"user_id":42}"#, "fc77c154e6e4e7a3b2c87918749e30a4"),
    (
        r#"{"user_id":10000000000000000000000000}"#,
        "3ffe06b4f18ec8a383e71226a4e2aa6a",
    ),
    (r#"{"v":1.0}"#, "0d10d5e47d41714c326f5736bbf40626"),
    (r#"{"v":1e16}"#, "9497424ff0241eeddf747635ed69523c"),
    (r#"{"v":5e-324}"#, "474742ddb17b9a75dce9a0307026b1e4"),
    (r#"{"a":null,"b":null}"#, "aab642ffd5834aa200c71d348e3624f9"),
    (
        r#"{"user_id":"\u65e5\u672c\u8a9e"}"#,
        "4eae95a2ef1cd1cad88dcc7fd4bf71f7",
    ),
];

#[test]
fn gitlab_v0_keys_are_those_of_ruby() {
    for (context, expected) in GITLAB_V0 {
        let key = key_of_context(&["--scheme", "gitlab-v0"], context);
        assert_eq!(key, expected, "{context}");
    }
    let nested = key_of_context(&["--scheme", "gitlab-v0"], r#"{"v":{"a":1}}"#);
    assert_eq!(nested, "f7a2dfc04e729b59bd069c36559c7314");
}

#[test]
fn gitlab_v2_keys_are_those_of_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    let context = r#"{"user_id":42}"#;
    let v2 = ["--scheme", "gitlab-v2"];
    assert_eq!(
        key_of_context(&v2, context),
        "743e8233a7e6475f2c9d1e3f5869bda7b11a251c61b32f4c40136045f05d4a21"
    );
    assert_eq!(
        key_of_context(&[&v2[..], &["--secret", "secret"]].concat(), context),
        "3d73f5e3c70348237a1fff488b500586615a6e0203234520519f85164f092803"
    );
    assert_eq!(
        key_of_context(&[&v2[..], &["--bits", "384"]].concat(), context),
        "e65e7491760a58a641c0f1ebbdc1487d876ba369853436a36e12c79908ecf88dda5aee82da5aa4d6177163d3a8a27f69"
    );
    let all = ["--bits", "512", "--secret", "s3cr3t|x", "--prefix", "pre"];
    assert_eq!(
        key(
            &[&v2[..], &all].concat(),
            r#"{"experiment":"pill_color","context":{"user_id":42}}"#
        ),
        "3656bb59b803091a9ac4d99ea5a62c22d0e38765687bc9c37f40551a8981c8a2\
         a16776c49cbd546bd8b5cd66828d14a1f170c771f5a761683bc1c9725d6f5283"
    );
}

#[test]
fn gitlab_com_keys_are_those_of_ruby() {
    // GitLab's own `context_hash_strategy` run under Ruby 3.1.
    assert_eq!(
        key_of_context(&["--scheme", "gitlab-com"], r#"{"user_id":42}"#),
        "8ce91d30c0b4df470b02de7b4ef52021"
    );
    assert_eq!(
        key_of_context(&["--scheme", "gitlab-com"], r#"{"v":1.0}"#),
        "59eccdc976e551e0b1211fb1bee4e710"
    );
}

#[test]
fn sticky_values_are_keyed_as_in_ruby() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    for (sticky, expected) in [
        (r#""verbatim-string""#, "verbatim-string"),
        (
            "5",
            "0b4ea82ada7f5e66190d17f397f808a55a799486e27de46e473d791e2a174f82",
        ),
        (
            "[1,2]",
            "334b5843c39be7499e660107d3e7198a2260b1b5388c95350654485921b5498f",
        ),
        (
            "true",
            "666c753b2d160632a9affbb7433071f827fcbebe140924059834681547e482c5",
        ),
    ] {
        let line = format!(r#"{{"experiment":"example","sticky_to":{sticky}}}"#);
        assert_eq!(key(&["--scheme", "gitlab-v2"], &line), expected);
    }
}

#[test]
fn migration_keys_are_those_of_ruby_in_its_order() {
    // From gitlab-experiment 2.0.0 run under Ruby 3.1.
    let expected = json!({
        "key": "dfb93de15cfa9dcefc166d5912cbae4dc89916e864c83858656e90efcdf985d6",
        "migration_keys": [
            "537998cf9864f7427757dca87bb14ce0e72b117429fc429804a2d71dd698a421",
            "887f25f5edf18ed24c61ecb2abdcff2a3076adb05d126e1f42969d8cede03f66",
        ],
    });
    for migrations in [
        r#""migrated_with":{"version":2},"migrated_from":[{"actor":5}]"#,
        r#""migrated_from":{"actor":5},"migrated_with":[{"version":2}]"#,
    ] {
        let line = format!(
            r#"{{"experiment":"example","context":{{"actor":5,"version":3}},{migrations}}}"#
        );
        assert_eq!(one(&["key", "--scheme", "gitlab-v2"], &line), expected);
    }
    assert_eq!(one(&["key"], PILL)["migration_keys"], json!([]));
}

#[test]
fn the_secret_comes_from_the_environment() {
    let keyed = ["key", "--scheme", "keyed"];
    let secret = "at least sixteen bytes";
    let from_environment = answered(
        command(&keyed).env("VARIATE_SECRET", secret),
        PILL.as_bytes(),
    );
    assert_eq!(
        from_environment.json()[0]["key"],
        "f6f8eea7bd6fe0709c17b18d14aa1076"
    );
    let option_wins = answered(
        command(&[&keyed[..], &["--secret", secret]].concat())
            .env("VARIATE_SECRET", "another secret of some length"),
        PILL.as_bytes(),
    );
    assert_eq!(option_wins.out, from_environment.out);
    // A scheme without a secret does not mind the variable.
    let canonical = answered(
        command(&["key"]).env("VARIATE_SECRET", secret),
        PILL.as_bytes(),
    );
    assert_eq!(
        canonical.json()[0]["key"],
        "10ef0ded7137fc31695115082c9699f8"
    );
}

#[test]
fn integers_are_exact_at_any_size() {
    // MD5 of "user_id|…", made with Python's hashlib.
    for (integer, expected) in [
        (
            "340282366920938463463374607431768211455",
            "a38f92c97ab6b1a8dfa6ebfcc4e584a6",
        ),
        (
            "340282366920938463463374607431768211456",
            "3a64c9f46831002ae70e2015a4bf9018",
        ),
        (
            "-170141183460469231731687303715884105729",
            "c7a07fed0816aea1f505856b0c8721f8",
        ),
        ("-0", "285d484de88e1cd276f851609d4ca8b7"),
    ] {
        let context = format!(r#"{{"user_id":{integer}}}"#);
        assert_eq!(
            key_of_context(&["--scheme", "gitlab-v0"], &context),
            expected,
            "{integer}"
        );
    }
}

#[test]
fn entries_keep_their_order() {
    // MD5 of "b|a|1|2" and of "a|b|3|2", made with Python's hashlib.
    let v0 = ["--scheme", "gitlab-v0"];
    assert_eq!(
        key_of_context(&v0, r#"{"b":1,"a":2}"#),
        "44b9bd3beb41830618c57531eacd32c1"
    );
    assert_eq!(
        key_of_context(&v0, r#"{"a":1,"b":2,"a":3}"#),
        "d0497f8230accaf1352543cc8d77d967"
    );
}
