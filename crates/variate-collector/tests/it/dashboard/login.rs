//! Who gets in.

use variate_collector::EventStore;
use variate_collector::http::{ApiKeys, Role};

use super::site::{ADMIN, BLOG, READ, Site, WRITE, fill, keys};

const EXPERIMENT: &str = "/dashboard/experiment?namespace=shop&name=pill_color";

#[test]
fn without_a_login_every_page_leads_to_it_and_back() {
    let site = Site::open();
    assert_eq!(site.get("/", "").header("location"), "dashboard");
    let list = site.get("/dashboard", "");
    assert_eq!(
        (list.status, list.header("location")),
        (303, "dashboard/login")
    );
    assert_eq!(list.text, "");
    for page in ["experiment", "trace", "change"] {
        let answer = site.get(&format!("/dashboard/{page}?name=a%26b"), "");
        let to = format!("login?to={page}%3Fname%3Da%2526b");
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, to.as_str())
        );
    }
    let form = site.get("/dashboard/login?to=experiment%3Fname%3Da%2526b", "");
    let fields = [
        ("token", form.token()),
        ("key", READ),
        ("to", "experiment?name=a%26b"),
    ];
    let answer = site.post("/dashboard/login", &form.cookie(), &fields);
    assert_eq!(answer.header("location"), "experiment?name=a%26b");
    let elsewhere = [
        ("token", form.token()),
        ("key", READ),
        ("to", "https://evil.example/"),
    ];
    let answer = site.post("/dashboard/login", &form.cookie(), &elsewhere);
    assert_eq!(answer.header("location"), "../dashboard");
}

#[test]
fn a_key_that_may_read_opens_the_pages_and_no_other_one() {
    let site = Site::open();
    let form = site.get("/dashboard/login", "");
    for (key, told) in [
        ("", "no such key"),
        ("guessed", "no such key"),
        (WRITE, "for sending events only"),
    ] {
        let fields = [("token", form.token()), ("key", key)];
        let answer = site.post("/dashboard/login", &form.cookie(), &fields);
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains(told), "{}", answer.text);
        assert_eq!(answer.header("set-cookie"), "");
        assert_eq!(site.get("/dashboard", &form.cookie()).status, 303);
    }
    for key in [READ, ADMIN] {
        let cookie = site.log_in(key);
        assert_ne!(cookie, form.cookie());
        let list = site.get("/dashboard", &cookie);
        assert_eq!(list.status, 200);
        assert!(list.text.contains("pill_color"));
        // Who is in needs no form.
        let form = site.get("/dashboard/login", &cookie);
        assert_eq!(
            (form.status, form.header("location")),
            (303, "../dashboard")
        );
    }
}

#[test]
fn a_key_of_some_namespaces_opens_one_of_them_also_where_nothing_is_counted() {
    const NEWS: &str = "news-key-4mJrSfUtqPzW0bXN8yAg2c";
    let site = Site::open();
    assert!(site.store.delete("blog", "headline").unwrap());
    let list = site.get("/dashboard", &site.log_in(BLOG));
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(list.text.contains("No experiment of this namespace"));
    assert!(list.text.contains("name=\"namespace\" value=\"blog\""));

    let both = keys().with(NEWS, Role::Read, &["news", "blog"]);
    site.keys.replace(both);
    let cookie = site.log_in(NEWS);
    let list = site.get("/dashboard", &cookie).text;
    assert!(list.contains("aria-current=\"page\">news<"), "{list}");
    assert!(list.contains("namespace=blog\">blog<"), "{list}");
    assert!(!list.contains("namespace=shop"), "{list}");
    // What has experiments comes before what has none.
    fill(&site.store);
    let list = site.get("/dashboard", &cookie).text;
    assert!(list.contains("headline"), "{list}");
    assert_eq!(site.get("/dashboard?namespace=shop", &cookie).status, 403);
}

#[test]
fn a_session_is_kept_from_scripts_and_other_sites_and_tells_no_key() {
    let site = Site::open();
    let form = site.get("/dashboard/login", "");
    let fields = [("token", form.token()), ("key", ADMIN)];
    let headers = [("cookie", form.cookie())];
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let answer = site.post_with("/dashboard/login", &headers, &fields);
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains(ADMIN));
    let https = [headers.as_slice(), &[("x-forwarded-proto", "https")]].concat();
    let answer = site.post_with("/dashboard/login", &https, &fields);
    assert!(answer.header("set-cookie").ends_with("; Secure"));
}

#[test]
fn nobody_is_logged_in_by_somebody_elses_page() {
    let site = Site::open();
    let (mine, other) = (
        site.get("/dashboard/login", ""),
        site.get("/dashboard/login", ""),
    );
    for (cookie, token) in [
        (mine.cookie(), ""),
        (mine.cookie(), other.token()),
        (String::new(), other.token()),
    ] {
        let fields = [("token", token), ("key", READ)];
        let answer = site.post("/dashboard/login", &cookie, &fields);
        assert_eq!(answer.status, 403);
        assert!(!answer.cookie().contains("variate_session=") || cookie.is_empty());
    }
}

#[test]
fn a_session_ends_with_the_day_the_key_or_a_click() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let other = site.log_in(READ);
    assert_eq!(site.get(EXPERIMENT, &cookie).status, 200);
    site.keys.replace(ApiKeys::new());
    assert_eq!(site.get(EXPERIMENT, &cookie).status, 303);
    site.keys.replace(keys());
    let page = site.get(EXPERIMENT, &cookie);
    assert_eq!(page.status, 200);
    site.pass_hours(11);
    assert_eq!(site.get(EXPERIMENT, &cookie).status, 200);
    // Only a form of ours logs out.
    assert_eq!(site.post("/dashboard/logout", &cookie, &[]).status, 403);
    let out = site.post("/dashboard/logout", &cookie, &[("token", page.token())]);
    assert_eq!((out.status, out.header("location")), (303, "login"));
    assert!(
        out.header("set-cookie")
            .starts_with("variate_session=; Path=/; Max-Age=0")
    );
    // Also for who kept the cookie; somebody else's session goes on.
    assert_eq!(site.get(EXPERIMENT, &cookie).status, 303);
    assert_eq!(site.get(EXPERIMENT, &other).status, 200);
    let again = site.post("/dashboard/logout", &cookie, &[("token", page.token())]);
    assert_eq!((again.status, again.header("location")), (303, "login"));
    site.pass_hours(1);
    assert_eq!(site.get(EXPERIMENT, &other).status, 303);
    for forged in ["variate_session=", "variate_session=1.2.3.4", "x=y"] {
        assert_eq!(site.get(EXPERIMENT, forged).status, 303);
    }
}

#[test]
fn who_is_wrong_about_keys_again_and_again_has_to_wait() {
    let site = Site::open();
    let inside = site.log_in(READ);
    let form = site.get("/dashboard/login", "");
    let try_one = |key| {
        let fields = [("token", form.token()), ("key", key)];
        site.post("/dashboard/login", &form.cookie(), &fields)
    };
    for _ in 0..10 {
        // Right ones in between cost nothing.
        assert_eq!(try_one(READ).status, 303);
        assert_eq!(try_one("guessed").status, 403);
    }
    for key in ["guessed", READ] {
        let refused = try_one(key);
        assert_eq!((refused.status, refused.header("retry-after")), (429, "6"));
        assert!(refused.text.contains("Too many wrong keys"));
    }
    assert_eq!(site.get("/dashboard", &inside).status, 200);
    site.pass_hours(1);
    assert_eq!(try_one(READ).status, 303);
}

#[test]
fn sessions_of_one_secret_are_known_to_all_who_have_it() {
    let secret = "0123456789abcdef";
    let sites = [secret, secret, "another secret of mine"]
        .map(|secret| Site::with(|routes| routes.session_secret(secret)));
    let cookie = sites[0].log_in(READ);
    assert_eq!(sites[1].get("/dashboard", &cookie).status, 200);
    assert_eq!(sites[2].get("/dashboard", &cookie).status, 303);
}

#[test]
fn a_link_elsewhere_is_followed_once_more_from_here() {
    let site = Site::open();
    let headers = [("sec-fetch-site", "cross-site")];
    let answer = site.get_with("/dashboard", &headers);
    assert_eq!((answer.status, answer.header("refresh")), (200, "0"));
    let headers = [("sec-fetch-site", "same-origin")];
    assert_eq!(site.get_with("/dashboard", &headers).status, 303);
}
