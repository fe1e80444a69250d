//! What pages say, and what comes with them.

use super::site::{ADMIN, BLOG, READ, Site};

const PAGES: [&str; 5] = [
    "/dashboard",
    "/dashboard/experiment?name=pill_color",
    "/dashboard/experiment?name=checkout",
    "/dashboard/trace?name=pill_color",
    "/dashboard/change?name=pill_color&action=delete",
];

#[test]
fn pages_load_nothing_from_elsewhere_and_carry_neither_script_nor_style() {
    let site = Site::with(|routes| routes.allow_origin("https://shop.example").unwrap());
    let cookie = site.log_in(ADMIN);
    let login = site.get("/dashboard/login", "");
    let missing = site.get("/dashboard/experiment?name=missing", &cookie);
    assert_eq!(missing.status, 404);
    let pages = PAGES.map(|path| {
        let origin = ("origin", "https://shop.example");
        let page = site.get_with(path, &[("cookie", &cookie), origin]);
        assert_eq!(page.status, 200, "{path}");
        page
    });
    for page in pages.iter().chain([&login, &missing]) {
        assert_eq!(
            page.header("content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        );
        assert_eq!(page.header("x-frame-options"), "DENY");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert!(page.header("cache-control").contains("no-store"));
        // No page of another origin has any business here.
        assert_eq!(page.header("access-control-allow-origin"), "");
        for forbidden in [
            "<style",
            " style=",
            " onclick=",
            "<script>",
            "src=\"http",
            "src=\"//",
        ] {
            assert!(!page.text.contains(forbidden), "{forbidden}");
        }
        assert!(page.text.contains("<html lang=\"en\">"));
    }
    for file in ["style.css", "script.js", "uplot.js"] {
        let path = format!("/dashboard/{file}");
        let asset = site.get(&path, "");
        assert_eq!(asset.status, 200);
        assert!(asset.header("cache-control").contains("immutable"));
    }
}

#[test]
fn the_list_says_how_each_experiment_does_and_what_is_urgent_first() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let list = site.get("/dashboard", &cookie).text;
    let place = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text}: {list}"));
    // What can be decided, then what is broken; then healthy; then what does not run.
    let order = ["pill_color", "checkout", "silent", "soon"].map(|of| place(&format!(">{of}<")));
    assert!(order.is_sorted(), "{order:?}");
    for text in [
        "ship red",
        "repair",
        "overdue",
        "growth",
        "payments",
        "broken",
        "healthy",
        "planned",
        "running",
        "no events",
        "it began 20 days ago",
    ] {
        place(text);
    }
    let blog = site.get("/dashboard?namespace=blog", &cookie).text;
    assert!(blog.contains("too early"), "{blog}");
    // As its page says.
    place("<td>14 days</td>");
    let page = site.get("/dashboard/experiment?name=pill_color", &cookie);
    assert!(page.text.contains("6,000 units in 14 days"));
    // 2,000 units of each variant.
    place("<td>6,000</td>");
    place("&lt;b&gt;old &amp; &quot;quoted&quot;&lt;/b&gt;");
    assert!(!list.contains("<b>"));
    let some = site.get("/dashboard?q=GROWTH", &cookie).text;
    assert!(some.contains("pill_color") && !some.contains(">checkout<"));
    let none = site.get("/dashboard?state=archived", &cookie).text;
    assert!(none.contains("0 of 5 experiments in shop"), "{none}");
    let sorted = site.get("/dashboard?sort=name", &cookie).text;
    assert!(sorted.contains("aria-sort=\"ascending\""));
    assert!(sorted.find(">checkout<") < sorted.find(">pill_color<"));
    assert!(list.contains("Namespaces") && list.contains("namespace=blog"));
}

#[test]
fn a_page_says_what_to_conclude_first_and_shows_all_that_leads_there() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let page = site
        .get("/dashboard/experiment?name=pill_color", &cookie)
        .text;
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    let parts = [
        "class=\"conclusion",
        "Whether a red pill sells better.",
        "owned by growth",
        "Sample ratio: the split is as planned",
        "aria-label=\"Effects on purchases.",
        "red up to each day, with its confidence sequence",
        "New units of each variant from",
        "beside control",
        "Abba's table of purchases",
        "Why does somebody get a variant?",
    ];
    let places = parts.map(place);
    assert!(places.is_sorted(), "{places:?}");
    assert!(place("href=\"https://issues.example/42\"") > 0);
    let broken = site
        .get("/dashboard/experiment?name=checkout", &cookie)
        .text;
    assert!(broken.contains("Sample ratio mismatch"));
    assert!(broken.contains("conclusion bad"));
    // One pair is no number of them.
    assert!(page.contains("all 3 pairs together with 95 % certainty"));
    assert!(broken.contains("and where it is: with 95 % certainty"));
}

#[test]
fn a_day_that_is_not_over_stands_apart_from_those_before() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let path = "/dashboard/experiment?name=pill_color";
    let page = site.get(path, &cookie).text;
    let drawing = page.split("New units of each variant from").nth(1).unwrap();
    let drawing = drawing.split("</svg>").next().unwrap();
    // From 8 to 21 November; the last of them is today.
    for variant in ["v0", "v1", "v2"] {
        let line = format!("<polyline class=\"units {variant}\" points=\"");
        let points = drawing.split(&line).nth(1).unwrap();
        let points = points.split('"').next().unwrap();
        assert_eq!(points.split(' ').count(), 13, "{points}");
        let today = format!("<circle class=\"today {variant}\" cx=\"710.0\"");
        assert!(drawing.contains(&today), "{drawing}");
    }
    assert!(page.contains("today, which is not over"));
    assert!(page.contains("2026-11-21 (not over)"));
    assert!(page.contains("&quot;ends_today&quot;:true"));
    let names: Vec<&str> = drawing
        .split("class=\"tick")
        .skip(1)
        .map(|of| of.split(['>', '<']).nth(1).unwrap())
        .collect();
    let sundays = ["9 Nov", "11 Nov", "13 Nov", "15 Nov", "17 Nov", "19 Nov"];
    assert_eq!(names[..names.len() - 1], sundays);
    assert_eq!(names.last(), Some(&"21 Nov"));
    site.pass_hours(24);
    let page = site.get(path, &site.log_in(READ)).text;
    assert!(!page.contains("not over") && !page.contains("class=\"today"));
    assert!(page.contains("&quot;ends_today&quot;:false"));
}

#[test]
fn a_decision_is_explained_and_its_context_stands_in_no_address() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let form = site.get("/dashboard/trace?name=pill_color", &cookie);
    let explain = |context| {
        let fields = [
            ("token", form.token()),
            ("name", "pill_color"),
            ("context", context),
        ];
        site.post("/dashboard/trace", &cookie, &fields)
    };
    let trace = explain(r#"{"user_id": 42}"#);
    assert_eq!(trace.status, 200);
    let key = {
        use variate::{Config, NoTracker, context};
        let config = Config::builder().tracker(NoTracker::new()).build().unwrap();
        let exp = config.experiment("pill_color", context! { user_id: 42 });
        exp.signature().key.to_string()
    };
    assert!(trace.text.contains(&key), "{}", trace.text);
    assert!(trace.text.contains("(decided)"));
    for (context, told) in [("{", "no JSON"), ("[1]", "a list")] {
        let answer = explain(context);
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains(told), "{}", answer.text);
    }
    assert_eq!(site.post("/dashboard/trace", &cookie, &[]).status, 403);
    assert_eq!(
        site.get("/dashboard/trace?name=checkout", &cookie).status,
        404
    );
    // It is declared for another namespace than that of this key.
    let blog = site.log_in(BLOG);
    let path = "/dashboard/trace?namespace=blog&name=pill_color";
    assert_eq!(site.get(path, &blog).status, 404);
}

#[test]
fn a_page_that_there_is_not_leads_back_to_those_that_there_are() {
    let site = Site::open();
    for path in ["/dashboard/nope", "/prod/dashboard/nope"] {
        let page = site.get(path, "");
        assert_eq!(page.status, 404);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(
            page.text
                .contains("<a href=\"../dashboard\">All experiments</a>")
        );
    }
    let routes = ["/nope", "/v1/experiments/dashboard/nope"];
    for path in routes {
        let answer = site.get(path, "");
        assert_eq!(answer.status, 404);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let off = Site::with(|routes| routes.dashboard(false));
    let answer = off.get("/dashboard/nope", "");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[test]
fn pages_are_found_behind_whatever_is_before_them() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let list = site.get("/prod/dashboard", &cookie);
    assert_eq!(list.status, 200);
    assert!(
        list.text
            .contains("href=\"dashboard/experiment?namespace=shop&amp;name=pill_color\"")
    );
    let page = site.get("/prod/dashboard/experiment?name=pill_color", &cookie);
    assert!(page.text.contains("href=\"../dashboard\""));
    let off = Site::with(|routes| routes.dashboard(false));
    assert_eq!(off.get("/", "").header("location"), "docs");
    assert_eq!(off.get("/dashboard", "").status, 404);
}
