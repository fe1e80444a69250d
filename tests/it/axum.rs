//! The tower layer and the extractors of axum.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{
    AsHeaderName, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, SET_COOKIE,
};
use axum::http::{Request, Response, StatusCode};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use proptest::prelude::*;
use tower::ServiceExt;
use variate::axum::{Experiments, ExperimentsLayer, LayerError};
use variate::{
    Config, Forcing, Identity, MemoryTracker, Privacy, Published, Variant, always_candidate,
    context, experiment, publish,
};

use crate::support::build;

const SECRET: &str = "sixteen bytes or more";

fn layer(config: &Config) -> ExperimentsLayer {
    ExperimentsLayer::new(Identity::new("visitor_id"), SECRET)
        .unwrap()
        .config(config.clone())
}

fn candidates() -> (Config, MemoryTracker) {
    build(
        Config::builder()
            .resolver(always_candidate())
            .forcing(Forcing::new(SECRET).unwrap()),
    )
}

/// A page with one experiment, for somebody without an account.
async fn page(experiments: Experiments) -> Html<String> {
    let exp = experiments.experiment("pill", context! { visitor_id: None::<u64> });
    let pill = exp.use_(|| "grey").variant("candidate", || "red").run();
    Html(format!("<body>{pill} {}</body>", exp.key()))
}

fn app(layer: ExperimentsLayer) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/plain", get(async || "plain"))
        .layer(layer)
}

struct Answer {
    response: Response<()>,
    body: String,
}

impl Answer {
    fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        Some(self.response.headers().get(name)?.to_str().unwrap())
    }

    /// The pair of the n-th cookie that is set.
    fn cookie(&self, n: usize) -> &str {
        let all = self.response.headers().get_all(SET_COOKIE);
        let set = all.iter().nth(n).unwrap().to_str().unwrap();
        set.split_once(';').unwrap().0
    }

    fn cookies(&self) -> usize {
        self.response.headers().get_all(SET_COOKIE).iter().count()
    }
}

fn ask(app: &Router, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(app, request.body(Body::empty()).unwrap())
}

fn send(app: &Router, request: Request<Body>) -> Answer {
    pollster::block_on(async {
        let response = app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            response: Response::from_parts(parts, ()),
            body: String::from_utf8(body.into()).unwrap(),
        }
    })
}

#[test]
fn a_visitor_is_known_again_by_a_signed_cookie() {
    let (config, tracker) = candidates();
    let app = app(layer(&config));
    let first = ask(&app, "/", &[]);
    let set = first.header(SET_COOKIE).unwrap();
    for attribute in [
        "variate_id=v1.",
        "; Path=/",
        "; Max-Age=31536000",
        "; HttpOnly",
        "; Secure",
        "; SameSite=Lax",
    ] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!set.contains("Domain"), "{set}");

    // Another cookie of ours, under another name, is no identity.
    let other = ask(&app, "/", &[])
        .cookie(0)
        .replace("variate_id", "variate_id2");
    tracker.take();
    ask(&app, "/", &[("cookie", first.cookie(0))]);
    let cookie = format!("theme=dark; {other}; {}", first.cookie(0));
    let again = ask(&app, "/", &[("cookie", &cookie)]);
    assert_eq!(again.body, first.body);
    assert_eq!(again.cookies(), 0);
    let keys: Vec<_> = tracker
        .events()
        .into_iter()
        .map(|event| event.key)
        .collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert_ne!(ask(&app, "/", &[]).body, first.body);
}

#[test]
fn a_cookie_that_is_not_ours_is_replaced() {
    let (config, _) = candidates();
    let app = app(layer(&config));
    let first = ask(&app, "/", &[]);
    let elsewhere = ExperimentsLayer::new(Identity::new("visitor_id"), "another secret of QA")
        .unwrap()
        .config(config.clone());
    let foreign = ask(&self::app(elsewhere), "/", &[]);
    let id = first.cookie(0).split('.').nth(1).unwrap();
    for cookie in [
        foreign.cookie(0),
        &format!("variate_id={id}"),
        &first.cookie(0).replace("v1.", "v1.0"),
        "variate_id=",
        // The token of a forced assignment under the same secret.
        &format!(
            "variate_id={}",
            Forcing::new(SECRET)
                .unwrap()
                .token(id, "x", SystemTime::now())
        ),
    ] {
        let answer = ask(&app, "/", &[("cookie", cookie)]);
        assert_ne!(answer.body, first.body);
        assert_eq!(answer.cookies(), 1, "{cookie}");
        // Who asks not to be tracked loses it.
        let untracked = ask(&app, "/", &[("cookie", cookie), ("sec-gpc", "1")]);
        assert!(untracked.header(SET_COOKIE).unwrap().contains("Max-Age=0"));
    }
    // Of several cookies of this name the good one counts.
    let both = format!("variate_id=x; {}", first.cookie(0));
    assert_eq!(ask(&app, "/", &[("cookie", &both)]).body, first.body);
}

#[test]
fn cookies_of_a_former_secret_are_good_and_signed_anew() {
    let (config, _) = candidates();
    let old = ask(&app(layer(&config)), "/", &[]);
    let renewed = ExperimentsLayer::new(Identity::new("visitor_id"), "this year's secret")
        .unwrap()
        .config(config.clone())
        .former_secret(SECRET)
        .unwrap();
    let app = app(renewed);
    let answer = ask(&app, "/", &[("cookie", old.cookie(0))]);
    assert_eq!(answer.body, old.body);
    assert_ne!(answer.cookie(0), old.cookie(0));
    let again = ask(&app, "/", &[("cookie", answer.cookie(0))]);
    assert_eq!(
        (again.body, again.response.headers().get(SET_COOKIE)),
        (old.body, None)
    );
}

#[test]
fn the_cookie_is_as_the_layer_says() {
    let (config, _) = candidates();
    let identity = Identity::new("visitor_id").cookie_name("__Secure-shop");
    let layer = ExperimentsLayer::new(identity, SECRET)
        .unwrap()
        .config(config.clone())
        .cookie_lifetime(Duration::from_mins(1))
        .cookie_domain("shop.example")
        .unwrap()
        .allow_http();
    let answer = ask(&app(layer), "/", &[]);
    let set = answer.header(SET_COOKIE).unwrap();
    assert!(set.starts_with("__Secure-shop=v1."), "{set}");
    assert!(
        set.ends_with("; Path=/; Domain=shop.example; Max-Age=60; HttpOnly; SameSite=Lax"),
        "{set}"
    );
}

#[test]
fn what_cannot_be_a_cookie_is_told_at_once() {
    let layer =
        |name: &'static str| ExperimentsLayer::new(Identity::new("id").cookie_name(name), SECRET);
    for name in ["", "a b", "a;b", "a=b", "ü"] {
        let name = Box::from(name);
        let leaked = Box::leak(Box::<str>::clone(&name));
        assert_eq!(layer(leaked).unwrap_err(), LayerError::CookieName { name });
    }
    for domain in ["", "a;b", "a..b", ".shop.example", "shop.example/"] {
        let error = layer("id").unwrap().cookie_domain(domain).unwrap_err();
        assert_eq!(
            error,
            LayerError::Domain {
                domain: domain.into()
            }
        );
    }
    let short = ExperimentsLayer::new(Identity::new("id"), "short");
    assert!(matches!(short.unwrap_err(), LayerError::Secret(_)));
    assert!(layer("id").unwrap().former_secret("short").is_err());
}

#[test]
fn who_asks_not_to_be_tracked_is_not() {
    for header in ["dnt", "sec-gpc"] {
        let (config, tracker) = candidates();
        let app = app(layer(&config).inject());
        let cookie = ask(&app, "/", &[]).cookie(0).to_owned();
        let before = tracker.events().len();
        let first = ask(&app, "/", &[(header, "1")]);
        assert_eq!(first.cookies(), 0);
        assert!(!first.body.contains("\"key\""), "{}", first.body);
        let again = ask(&app, "/", &[(header, "1"), ("cookie", &cookie)]);
        assert_eq!(again.cookie(0), "variate_id=");
        assert!(again.header(SET_COOKIE).unwrap().contains("; Max-Age=0;"));
        assert_eq!(tracker.events().len(), before);
    }
}

#[test]
fn sign_in_takes_the_variant_along_and_the_cookie_away() {
    let (config, tracker) = candidates();
    let app = Router::new()
        .route("/", get(page))
        .route(
            "/user",
            get(async |experiments: Experiments| {
                let exp = experiments.experiment("pill", context! { visitor_id: 42 });
                exp.expose().to_string()
            }),
        )
        .layer(layer(&config));
    let anonymous = ask(&app, "/", &[]);
    let user = ask(&app, "/user", &[("cookie", anonymous.cookie(0))]);
    assert_eq!(user.cookie(0), "variate_id=");
    let events = tracker.events();
    assert_eq!(events[1].migration_keys, [events[0].key.clone()]);
}

#[test]
fn a_request_forces_by_header_and_by_query() {
    let (config, tracker) = candidates();
    let app = app(layer(&config));
    let token = config
        .forcing_token("pill", "control", Duration::from_hours(1))
        .unwrap();
    let by_header = ask(&app, "/", &[("variate-force", &token)]);
    let by_query = ask(&app, &format!("/?page=2&variate_force={token}"), &[]);
    for answer in [by_header, by_query] {
        assert!(answer.body.contains("grey"), "{}", answer.body);
        assert_eq!(answer.header(CACHE_CONTROL), Some("private, no-cache"));
        assert_eq!(answer.cookies(), 1, "that of the identity");
    }
    assert!(tracker.events().is_empty());
    assert!(
        ask(&app, "/?variate_force=forged", &[])
            .body
            .contains("red")
    );
}

#[test]
fn forced_variants_are_kept_for_the_session_if_wanted() {
    let (config, _) = candidates();
    let app = app(layer(&config).keep_forced());
    let token =
        |variant: &'static str, lasts| config.forcing_token("pill", variant, lasts).unwrap();
    let hour = Duration::from_hours(1);
    let (grey, unknown) = (token("control", hour), token("none", hour));
    let first = ask(
        &app,
        &format!("/?variate_force={unknown}&variate_force={grey}"),
        &[],
    );
    let kept = first.cookie(1).to_owned();
    assert_eq!(kept, format!("variate_force={unknown}|{grey}"));
    let all = first.response.headers().get_all(SET_COOKIE);
    let set = all.iter().nth(1).unwrap().to_str().unwrap();
    assert!(
        set.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"),
        "{set}"
    );

    let visitor = first.cookie(0).to_owned();
    let cookies = format!("{visitor}; {kept}");
    let second = ask(&app, "/", &[("cookie", &cookies)]);
    assert!(second.body.contains("grey"), "{}", second.body);
    assert_eq!(second.cookies(), 0);

    let end = ask(&app, "/?variate_force=", &[("cookie", &cookies)]);
    assert!(end.body.contains("red"), "{}", end.body);
    assert_eq!(end.cookie(0), "variate_force=");

    // What has expired is no longer sent.
    let expired = token("control", Duration::ZERO);
    let cookies = format!("{visitor}; variate_force={expired}");
    let after = ask(&app, "/", &[("cookie", &cookies)]);
    assert!(after.body.contains("red"), "{}", after.body);
    assert_eq!(after.cookie(0), "variate_force=");
    // And what never was good is not kept.
    let forged = ask(&app, "/?variate_force=forged", &[("cookie", &visitor)]);
    assert_eq!(forged.cookies(), 0);
}

#[test]
fn a_clock_that_panics_forces_nothing() {
    let config = Config::builder()
        .forcing(Forcing::new(SECRET).unwrap())
        .resolver(always_candidate())
        .clock(|| panic!("on purpose"))
        .tracker(MemoryTracker::new())
        .build()
        .unwrap();
    let token = Forcing::new(SECRET).unwrap().token(
        "pill",
        "control",
        SystemTime::now() + Duration::from_hours(1),
    );
    let answer = ask(
        &app(layer(&config)),
        &format!("/?variate_force={token}"),
        &[],
    );
    assert!(answer.body.contains("red"), "{}", answer.body);
}

#[test]
fn shared_caches_keep_nobodys_page() {
    let (config, _) = candidates();
    let routes = Router::new()
        .route("/", get(page))
        .route("/plain", get(async || "plain"))
        .route(
            "/own",
            get(async |experiments: Experiments| {
                ([(CACHE_CONTROL, "no-store")], page(experiments).await)
            }),
        );
    let app = routes
        .route(
            "/asks",
            get(async |experiments: Experiments| {
                let exp = experiments.experiment("pill", context! { user_id: 42 });
                exp.variant().to_string()
            }),
        )
        .layer(layer(&config));
    let token = config
        .forcing_token("pill", "control", Duration::from_hours(1))
        .unwrap();
    let forced = ask(&app, "/asks", &[("variate-force", &token)]);
    assert_eq!(forced.header(CACHE_CONTROL), Some("private, no-cache"));
    let cached = |path| {
        let answer = ask(&app, path, &[]);
        answer.header(CACHE_CONTROL).map(str::to_owned)
    };
    assert_eq!(cached("/").as_deref(), Some("private, no-cache"));
    assert_eq!(cached("/plain"), None);
    assert_eq!(cached("/own").as_deref(), Some("no-store"));
}

#[test]
fn pages_know_their_assignments() {
    let (config, tracker) = candidates();
    let answer = ask(&app(layer(&config).inject()), "/", &[]);
    let key = &tracker.events()[0].key;
    let json = format!(
        r#"{{"pill":{{"variant":"candidate","key":"{key}","experiment":"pill","excluded":false}}}}"#
    );
    assert_eq!(
        answer.body,
        format!(
            r#"<body>red {key}<script type="application/json" id="variate-experiments">{json}</script></body>"#
        )
    );
    assert_eq!(answer.header(CONTENT_LENGTH), None);
}

#[test]
fn what_goes_into_a_page_is_the_hosts_to_say() {
    let (config, _) = candidates();
    let without = ask(
        &app(layer(&config).inject_with(Published::without_keys)),
        "/",
        &[],
    );
    assert!(
        without
            .body
            .contains(r#"{"variant":"candidate","experiment""#),
        "{}",
        without.body
    );
    let nothing = layer(&config).inject_with(|mut published| {
        published.retain(|_| false);
        published
    });
    let panicking = layer(&config).inject_with(|_| panic!("on purpose"));
    for layer in [nothing, panicking] {
        let answer = ask(&app(layer), "/", &[]);
        assert!(!answer.body.contains("<script"), "{}", answer.body);
    }
}

/// An answer of this kind and body, with an experiment in it.
fn answered(kind: &'static str, body: Body) -> impl IntoResponse {
    experiment("answered", context! {}).expose();
    let mut response = ([(CONTENT_TYPE, kind), (ETAG, "\"1\"")], body).into_response();
    let length = response.body().size_hint().exact().unwrap();
    response.headers_mut().insert(CONTENT_LENGTH, length.into());
    response
}

#[test]
fn only_whole_html_pages_are_written_into() {
    let (config, _) = candidates();
    let html = "<body></body>";
    let app = Router::new()
        .route(
            "/upper",
            get(async || answered("Text/HTML;charset=utf-8", "<BODY></BODY>".into())),
        )
        .route(
            "/fragment",
            get(async || answered("text/html", "<p></p>".into())),
        )
        .route(
            "/text",
            get(async move || answered("text/plain", html.into())),
        )
        .route(
            "/encoded",
            get(async move || {
                (
                    [("content-encoding", "br")],
                    answered("text/html", html.into()),
                )
            }),
        )
        .route(
            "/part",
            get(async move || {
                let range = [("content-range", "bytes 0-12/99")];
                (
                    StatusCode::PARTIAL_CONTENT,
                    range,
                    answered("text/html", html.into()),
                )
            }),
        )
        .route(
            "/redirect",
            get(async || {
                (
                    StatusCode::SEE_OTHER,
                    [("location", "/")],
                    answered("text/html", Body::empty()),
                )
            }),
        )
        .layer(layer(&config).inject());
    let upper = ask(&app, "/upper", &[]);
    assert!(upper.body.starts_with("<BODY><script"), "{}", upper.body);
    assert_eq!(
        (upper.header(ETAG), upper.header(CONTENT_LENGTH)),
        (None, None)
    );
    assert_eq!(ask(&app, "/fragment", &[]).body, "<p></p>");
    for path in ["/text", "/encoded", "/part"] {
        let answer = ask(&app, path, &[]);
        assert_eq!(answer.body, html, "{path}");
        assert_eq!(answer.header(ETAG), Some("\"1\""), "{path}");
    }
    assert_eq!(ask(&app, "/redirect", &[]).body, "");
    let head = Request::head("/upper").body(Body::empty()).unwrap();
    let head = send(&app, head);
    assert_eq!((&*head.body, head.header(CONTENT_LENGTH)), ("", None));
}

/// A page in these pieces; with each, an experiment of its own is exposed.
fn streamed(pieces: Vec<Vec<u8>>) -> Html<Body> {
    let pieces = pieces.into_iter().enumerate().map(|(at, piece)| {
        experiment(format!("piece_{at}"), context! {}).expose();
        Ok::<_, Infallible>(Bytes::from(piece))
    });
    Html(Body::from_stream(futures_of(pieces)))
}

/// A stream that is always ready.
fn futures_of<T: 'static>(
    items: impl Iterator<Item = T> + Send + 'static,
) -> impl futures_core::Stream<Item = T> + Send + 'static {
    struct Ready<I>(I);
    impl<I: Iterator> futures_core::Stream for Ready<I>
    where
        Self: Unpin,
    {
        type Item = I::Item;

        fn poll_next(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<I::Item>> {
            std::task::Poll::Ready(self.0.next())
        }
    }
    Ready(Box::new(items) as Box<dyn Iterator<Item = T> + Send>)
}

#[test]
fn what_a_streamed_page_exposes_while_it_is_sent_is_in_it() {
    let (config, tracker) = candidates();
    let app = Router::new()
        .route(
            "/",
            get(async || streamed(vec![b"<body>".into(), b"</bo".into(), b"dy></html>".into()])),
        )
        .layer(layer(&config).inject());
    let answer = ask(&app, "/", &[]);
    for name in ["piece_0", "piece_1", "piece_2"] {
        assert!(answer.body.contains(name), "{}", answer.body);
    }
    assert!(
        answer.body.ends_with("</script></body></html>"),
        "{}",
        answer.body
    );
    assert_eq!(tracker.events().len(), 3, "under the layer's configuration");
}

#[test]
fn a_page_that_goes_on_after_its_end_is_not_held_back() {
    let (config, _) = candidates();
    let long = "x".repeat(70_000);
    let page = format!("<body></body>{long}<body></body>");
    let (app_page, expected) = (page.clone(), page);
    let app = Router::new()
        .route(
            "/",
            get(async move || {
                streamed(
                    app_page
                        .as_bytes()
                        .chunks(1_000)
                        .map(<[u8]>::to_vec)
                        .collect(),
                )
            }),
        )
        .layer(layer(&config).inject());
    let body = ask(&app, "/", &[]).body;
    assert_eq!(body.matches("<script").count(), 1);
    assert!(body.starts_with("<body><script"), "before what is held");
    let (before, after) = body.split_once("<script").unwrap();
    let rest = after.split_once("</script>").unwrap().1;
    assert_eq!(format!("{before}{rest}"), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_page_is_the_same_in_any_pieces(
        parts in prop::collection::vec(prop::sample::select(vec!["</body", "</", "<", "bo", "dy>", "</BODY>", "x", ""]), 0..12),
        cuts in prop::collection::vec(1..7_usize, 0..20),
    ) {
        let (config, _) = candidates();
        let page: String = parts.concat();
        let mut rest = page.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts {
            let (piece, others) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece.to_vec());
            rest = others;
        }
        pieces.push(rest.to_vec());
        let app = Router::new()
            .route("/", get(async move || streamed(pieces)))
            .layer(layer(&config).inject());
        let body = ask(&app, "/", &[]).body;
        match page.to_ascii_lowercase().rfind("</body") {
            None => prop_assert_eq!(body, page),
            Some(end) => {
                let (before, after) = page.split_at(end);
                let script = body.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                prop_assert!(script.is_some_and(|script| script.starts_with("<script type=\"application/json\"")), "{}", body);
            }
        }
    }
}

#[test]
fn experiments_of_spawned_work_belong_to_the_request() {
    let (config, tracker) = candidates();
    let app = Router::new()
        .route(
            "/",
            get(async |experiments: Experiments| {
                let request = experiments.clone();
                let work = || experiment("thread", context! {}).expose().to_string();
                std::thread::spawn(move || request.join(work))
                    .join()
                    .unwrap();
                let request = experiments.clone();
                let task = async || experiment("task", context! {}).expose().to_string();
                std::thread::spawn(move || pollster::block_on(request.join_async(task())))
                    .join()
                    .unwrap();
                let published = experiments.published();
                published
                    .iter()
                    .map(|known| known.experiment.clone() + " ")
                    .collect::<String>()
            }),
        )
        .layer(layer(&config));
    let (answer, around) = publish(|| ask(&app, "/", &[]));
    assert_eq!(answer.body, "thread task ");
    assert_eq!(tracker.events().len(), 2);
    assert!(around.is_empty(), "each request publishes for itself");
}

#[test]
fn requests_at_once_do_not_mix() {
    let (config, _) = candidates();
    let app = app(layer(&config).inject());
    let bodies: Vec<_> = std::thread::scope(|scope| {
        let asking = || ask(&app, "/", &[]).body;
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(asking)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for body in bodies {
        let key = body
            .split_once("red ")
            .unwrap()
            .1
            .split_once('<')
            .unwrap()
            .0;
        assert_eq!(body.matches(key).count(), 2, "{body}");
    }
}

#[test]
fn without_the_layer_the_route_says_what_is_missing() {
    let app = Router::new().route("/", get(page)).route(
        "/optional",
        get(async |experiments: Option<Experiments>| experiments.is_some().to_string()),
    );
    let answer = ask(&app, "/", &[]);
    assert_eq!(answer.response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer.body.contains("`ExperimentsLayer`"),
        "{}",
        answer.body
    );
    assert_eq!(ask(&app, "/optional", &[]).body, "false");
    let (config, _) = candidates();
    let app = app.layer(layer(&config));
    assert_eq!(ask(&app, "/optional", &[]).body, "true");
}

#[test]
fn privacy_is_an_extractor_of_its_own() {
    let app = Router::new().route("/", get(async |privacy: Privacy| format!("{privacy:?}")));
    assert_eq!(ask(&app, "/", &[]).body, "Unrestricted");
    assert_eq!(ask(&app, "/", &[("dnt", "1")]).body, "DoNotTrack");
}

#[test]
fn it_goes_around_any_tower_service() {
    let (config, _) = candidates();
    let service = tower::service_fn(async |request: Request<()>| {
        let experiments = request.extensions().get::<Experiments>().unwrap();
        let exp = experiments.experiment("pill", context! { visitor_id: None::<u64> });
        let variant: Variant = exp.expose().clone();
        Ok::<_, Infallible>(Response::new(Body::from(variant.to_string())))
    });
    let service = tower::ServiceBuilder::new()
        .layer(layer(&config))
        .service(service);
    let response = pollster::block_on(service.oneshot(Request::new(()))).unwrap();
    assert!(response.headers().contains_key(SET_COOKIE));
}
