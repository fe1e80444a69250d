//! Who may do what.

use axum::http::Method;
use variate_collector::http::{ApiKeys, ApiKeysError, NewApiKey, Role};

use super::{ADMIN, READ, ask, get, post, routes};

const EVENT: &str = r#"{"id":"1","experiment":"e","variant":"v","action":"g"}"#;

#[tokio::test]
async fn nothing_is_read_or_changed_without_a_key() {
    let app = routes().router();
    for (method, path) in [
        (Method::GET, "/experiments"),
        (Method::DELETE, "/delete?experiment=e"),
        (Method::GET, "/v1/experiments"),
        (Method::GET, "/v1/experiments/e"),
        (Method::GET, "/v1/experiments/e/days"),
        (Method::DELETE, "/v1/experiments/e"),
        (Method::POST, "/v1/experiments/e/archive"),
        (Method::POST, "/v1/experiments/e/unarchive"),
        (Method::POST, "/v1/experiments/e/reset"),
        (Method::POST, "/v1/experiments/e/control"),
        (Method::POST, "/v1/experiments/e/winner"),
        (Method::POST, "/v1/experiments/e/pairs"),
    ] {
        let reads = method == Method::GET;
        let answered = ask(&app, method.clone(), path).answer().await;
        assert_eq!(
            (answered.status.as_u16(), answered.text().as_str()),
            (403, r#"{"message":"Forbidden"}"#),
            "{path}"
        );
        for key in ["", "wrong", &ADMIN[1..], &format!("{ADMIN}x")] {
            assert_eq!(
                ask(&app, method.clone(), path).key(key).status().await,
                403,
                "{path} {key}"
            );
        }
        assert_eq!(
            ask(&app, method.clone(), path).key(READ).status().await == 403,
            !reads,
            "{path}"
        );
        assert_ne!(
            ask(&app, method, path).key(ADMIN).status().await,
            403,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_key_may_come_as_a_bearer_token() {
    let app = routes().router();
    for value in [format!("Bearer {READ}"), format!("bearer  {READ}")] {
        assert_eq!(
            get(&app, "/experiments")
                .header("authorization", &value)
                .status()
                .await,
            200
        );
    }
    for value in [
        READ.to_owned(),
        format!("Basic {READ}"),
        "Bearer ".to_owned(),
        "B".to_owned(),
    ] {
        assert_eq!(
            get(&app, "/experiments")
                .header("authorization", &value)
                .status()
                .await,
            403,
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_key_holds_for_its_namespaces() {
    let keys = ApiKeys::parse("reader role=read namespace=shop,blog\nboss namespace=shop").unwrap();
    let app = routes().api_keys(keys).router();
    let status = |key, namespace| {
        get(&app, &format!("/experiments?namespace={namespace}"))
            .key(key)
            .status()
    };
    assert_eq!(status("reader", "shop").await, 200);
    assert_eq!(status("reader", "blog").await, 200);
    assert_eq!(status("reader", "shop2").await, 403);
    assert_eq!(status("boss", "shop").await, 200);
    assert_eq!(status("boss", "blog").await, 403);
    assert_eq!(get(&app, "/experiments").key("reader").status().await, 403);
    assert_eq!(
        ask(&app, Method::DELETE, "/delete?experiment=e&namespace=shop")
            .key("boss")
            .status()
            .await,
        200
    );
    assert_eq!(
        ask(&app, Method::DELETE, "/delete?experiment=e&namespace=blog")
            .key("boss")
            .status()
            .await,
        403
    );
}

#[tokio::test]
async fn where_a_key_is_for_sending_nobody_sends_without() {
    let keys = ApiKeys::parse("sender role=write namespace=shop\nreader role=read\nboss").unwrap();
    let app = routes().api_keys(keys).router();
    let track = |namespace| {
        get(
            &app,
            &format!("/track?experiment=e&variant=v&event=g&uuid=1&namespace={namespace}"),
        )
    };
    assert_eq!(track("shop").status().await, 403);
    assert_eq!(track("shop").key("reader").status().await, 403);
    assert_eq!(track("shop").key("sender").status().await, 200);
    assert_eq!(track("shop").key("boss").status().await, 200);
    assert_eq!(track("blog").status().await, 200);
    assert_eq!(track("blog").key("sender").status().await, 200);
    assert_eq!(
        get(&app, "/experiments?namespace=shop")
            .key("sender")
            .status()
            .await,
        403
    );
    assert_eq!(
        post(&app, "/v1/events?namespace=shop", EVENT)
            .status()
            .await,
        403
    );
    assert_eq!(
        post(&app, "/v1/events?namespace=shop", EVENT)
            .key("sender")
            .status()
            .await,
        200
    );
    let both = format!(
        "{EVENT}\n{}",
        EVENT.replace(r#""id""#, r#""namespace":"shop","id""#)
    );
    let answer = post(&app, "/v1/events?namespace=blog", both).json().await;
    assert_eq!(answer["events"][0]["outcome"], "duplicate");
    assert_eq!(
        answer["events"][1]["error"],
        "namespace `shop` needs a key with the role write"
    );
}

#[test]
fn a_file_may_hold_hashes_comments_and_roles() {
    // printf test | sha256sum
    let hash = "9F86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let text = format!(
        "\u{feff}# all keys\r\n\r\n  sha256:{hash} role=read # the dashboard\r\nplain\tnamespace=a,b role=write\r\n"
    );
    let keys = ApiKeys::parse(&text).unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(format!("{keys:?}"), r#"[(Read, []), (Write, ["a", "b"])]"#);
}

#[tokio::test]
async fn a_hash_stands_for_its_key() {
    let keys =
        ApiKeys::parse("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
            .unwrap();
    let app = routes().api_keys(keys).router();
    assert_eq!(get(&app, "/experiments").key("test").status().await, 200);
    let hash = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    assert_eq!(get(&app, "/experiments").key(hash).status().await, 403);
    let new = NewApiKey::random();
    let app = routes()
        .api_keys(ApiKeys::parse(&new.hash_line()).unwrap())
        .router();
    assert_eq!(
        get(&app, "/experiments").key(new.text()).status().await,
        200
    );
    assert_ne!(NewApiKey::random().text(), new.text());
}

#[test]
fn a_line_that_makes_no_sense_is_told_with_its_number() {
    for (line, problem) in [
        (
            "sha256:12",
            "`sha256:` must be followed by 64 hexadecimal digits",
        ),
        (
            "key role=root",
            "there is no role `root`; there are read, write and admin",
        ),
        (
            "key role=read role=admin",
            "a key may be followed by one `role=read|write|admin` and one `namespace=NAME,NAME` only",
        ),
        (
            "key secret",
            "a key may be followed by one `role=read|write|admin` and one `namespace=NAME,NAME` only",
        ),
        (
            "key namespace=",
            "`namespace=` must be followed by names, as in `namespace=shop,blog`",
        ),
        (
            "key namespace=a,,b",
            "`namespace=` must be followed by names, as in `namespace=shop,blog`",
        ),
        (
            "schlüssel",
            "a key must consist of ASCII letters, digits and signs, since it goes into a header",
        ),
    ] {
        let error = ApiKeys::parse(&format!("good\n# comment\n{line}")).unwrap_err();
        assert_eq!(error.to_string(), format!("line 3: {problem}"));
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    let error = ApiKeys::from_file(&path).unwrap_err();
    assert!(matches!(error, ApiKeysError::Read { .. }));
    assert!(
        error.to_string().contains(&path.display().to_string()),
        "{error}"
    );
    std::fs::write(&path, "good\nbad bad\n").unwrap();
    let error = ApiKeys::from_file(&path).unwrap_err().to_string();
    assert!(
        error.contains(&path.display().to_string()) && error.contains("line 2: "),
        "{error}"
    );
}

#[test]
fn keys_are_not_shown() {
    let keys = ApiKeys::new().with("secret", Role::Admin, &["shop"]);
    assert_eq!(format!("{keys:?}"), r#"[(Admin, ["shop"])]"#);
    let key = NewApiKey::random();
    assert!(!format!("{key:?}").contains(key.text()));
}
