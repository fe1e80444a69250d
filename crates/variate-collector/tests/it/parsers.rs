//! What is read back from a spool, a server or an invocation, whatever it is.

use proptest::prelude::*;
use variate_collector::{client_fuzzing, lambda, redis_fuzzing};

proptest! {
    #[test]
    fn any_file_of_a_spool_is_read(text in "(variate-spool 1)?[ 0-9a-f]{0,24}\n(\\PC|\n){0,40}") {
        let _ = client_fuzzing::spool(text.as_bytes());
    }

    #[test]
    fn any_invocation_is_read(text in r#"(\{|\}|\[|\]|:|,|1|null|"(requestContext|http|elb|headers|rawPath|path)"|"\PC"){0,20}"#) {
        let _ = lambda::fuzzing::event(text.as_bytes());
    }

    #[test]
    fn any_row_is_read(key in "[px]?[0-9]{0,6},?[0-9]{0,6},?[0-9]{0,6}", value in prop::collection::vec(any::<u8>(), 0..300)) {
        redis_fuzzing::row(&key, &value);
    }

    #[test]
    fn a_counter_is_an_action_and_a_variant(experiment in "\\PC*", action in "[^:]*", variant in "\\PC*") {
        let counter = format!("shop:counters:{experiment}:{action}:{variant}");
        prop_assert_eq!(
            redis_fuzzing::counter(&counter, "shop", &experiment),
            Some((action.as_str(), variant.as_str()))
        );
    }
}
