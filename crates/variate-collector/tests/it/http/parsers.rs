//! What strangers send, whatever it is.

use proptest::prelude::*;
use variate_collector::http::fuzzing;

proptest! {
    #[test]
    fn any_query_is_read(text in ".*") {
        fuzzing::query(&text);
    }

    #[test]
    fn anything_percent_encoded_is_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let encoded: Vec<String> = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
        let encoded = encoded.concat();
        fuzzing::query(&format!("experiment={encoded}&{encoded}"));
    }

    #[test]
    fn any_file_of_keys_is_read(text in "([ -~]|\\PC|\n|#|sha256:|role=|namespace=|read|,)*") {
        fuzzing::api_keys(&text);
    }

    #[test]
    fn any_path_is_read(text in "(/|v1|events|track|\\PC)*") {
        fuzzing::path(&text);
    }

    #[test]
    fn any_body_is_read(body in prop::collection::vec(any::<u8>(), 0..512), is_lines: bool) {
        let _ = fuzzing::batch(&body, is_lines);
    }

    #[test]
    fn almost_any_array_is_read(body in "\\[([\\[\\]{},:\" \\\\\n0-9a-z]|\"id\":\"1\")*") {
        let (answered, taken) = fuzzing::batch(body.as_bytes(), false).unwrap();
        prop_assert!(taken <= answered);
    }

    /// Whatever stands between whole events, as long as its quotes and brackets are in pairs, they are taken.
    #[test]
    fn whole_events_are_taken_whatever_is_between_them(between in prop::collection::vec("[a-z0-9:.+-]{0,8}|\"[a-z\\[{]*\"|\\{[a-z:,]*\\}|\\[[a-z,]*\\]", 0..8)) {
        let whole = r#"{"id":"1","experiment":"e","variant":"v","action":"a"}"#;
        let rest: Vec<String> = between.iter().map(|element| format!(",{element},{whole}")).collect();
        let body = format!("[{whole}{}]", rest.concat());
        let (answered, taken) = fuzzing::batch(body.as_bytes(), false).unwrap();
        prop_assert_eq!(answered, 2 * between.len() + 1);
        prop_assert_eq!(taken, between.len() + 1);
    }

    #[test]
    fn cut_off_anywhere_what_was_whole_is_taken(end in 0_usize..200) {
        let whole = r#"{"id":"1","experiment":"e","variant":"v","action":"a"}"#;
        let body = format!("[{whole},{whole},{whole}]");
        let end = end.min(body.len());
        let (_, taken) = fuzzing::batch(&body.as_bytes()[..end], false).unwrap();
        let expected = (1..=3).filter(|count| end >= count * (whole.len() + 1)).count();
        prop_assert_eq!(taken, expected);
    }
}
