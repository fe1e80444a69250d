//! What visitors see and do.

use crate::site::{Site, Visitor};

#[test]
fn a_visitor_keeps_cookie_and_pill() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    let first = visitor.get("/");
    let set = first.set_cookie.as_ref().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
        assert!(set.contains(attribute), "{set}");
    }
    for _ in 0..5 {
        let again = visitor.get("/");
        assert_eq!(again.set_cookie, None);
        assert_eq!(again.pill(), first.pill());
    }
}

#[test]
fn all_pills_are_shown() {
    let site = Site::open();
    let mut missing = vec!["grey", "red", "blue"];
    // That 200 visitors do not see one of three pills happens once in 10³⁴ times.
    for _ in 0..200 {
        let pill = Visitor::of(&site).get("/").pill();
        missing.retain(|name| *name != pill);
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn who_asks_not_to_be_tracked_gets_a_page_and_nothing_else() {
    let site = Site::open();
    for header in ["DNT", "Sec-GPC"] {
        let mut visitor = Visitor::of(&site);
        visitor.headers.push((header, "1".to_owned()));
        let page = visitor.get("/");
        assert_eq!((page.status, page.set_cookie), (200, None));
        let clicked = visitor.post("/click", &[]);
        assert_eq!((clicked.status, clicked.set_cookie), (303, None));
        let bought = visitor.post("/buy", &[("quantity", "1"), ("price", "2")]);
        assert_eq!((bought.status, bought.set_cookie), (303, None));
    }
    for experiment in ["pill_color", "free_delivery"] {
        assert_eq!(site.tallies(experiment), None);
    }

    let mut convert = Visitor::of(&site);
    convert.get("/");
    convert.headers.push(("DNT", "1".to_owned()));
    let deleted = convert.get("/").set_cookie.unwrap();
    assert!(
        deleted.starts_with("pill_shop=;") && deleted.contains("Max-Age=0"),
        "{deleted}"
    );
}

#[test]
fn a_forged_cookie_is_none() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    visitor.get("/");
    let genuine = visitor.cookie.clone().unwrap();
    let id = genuine.split('.').nth(1).unwrap();
    let forged_id = genuine.replace(id, "00000000-0000-4000-8000-000000000000");
    let unsigned = format!("pill_shop={id}");
    for forged in [forged_id, unsigned, "pill_shop=".to_owned()] {
        visitor.cookie = Some(forged.clone());
        let set = visitor.get("/").set_cookie.unwrap();
        assert!(
            !set.contains(id),
            "{forged} was answered with the genuine id"
        );
    }
    assert_eq!(site.counted("pill_color", "assignment"), (4, 4));
}

#[test]
fn an_order_that_makes_no_sense_is_refused() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    visitor.get("/");
    let quantity = "the quantity must be a whole number from 1 to 100";
    let price = "the price must be a number from 0.01 to 1000";
    let orders: [(&[(&str, &str)], &str); 10] = [
        (&[("quantity", "two"), ("price", "4.50")], quantity),
        (&[("quantity", "-1"), ("price", "4.50")], quantity),
        (&[("quantity", "0"), ("price", "4.50")], quantity),
        (&[("quantity", "1.5"), ("price", "4.50")], quantity),
        (&[("price", "4.50")], quantity),
        (&[("quantity", "1"), ("price", "much")], price),
        (&[("quantity", "1"), ("price", "-4.50")], price),
        (&[("quantity", "1"), ("price", "NaN")], price),
        (&[("quantity", "1"), ("price", "inf")], price),
        (&[("quantity", "1")], price),
    ];
    for (order, complaint) in orders {
        let answer = visitor.post("/buy", order);
        assert_eq!(answer.status, 400, "{order:?}");
        assert!(answer.body.contains(complaint), "{order:?}");
    }
    let script = visitor.post("/buy", &[("quantity", "<script>"), ("price", "1")]);
    assert!(script.body.contains("&lt;script&gt;") && !script.body.contains("<script>"));
    let text = visitor.post_as("text/plain", "/buy", "quantity=1&price=4.50");
    assert_eq!(text.status, 400);
    assert_eq!(site.counted("pill_color", "bought"), (0, 0));
}

#[test]
fn an_order_is_not_repeated_at_length() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    let long = "9".repeat(10_000);
    for order in [
        [("quantity", &*long), ("price", "1")],
        [("quantity", "1"), ("price", &*long)],
    ] {
        let answer = visitor.post("/buy", &order);
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains(&format!("`{}…`", "9".repeat(60))));
        assert!(!answer.body.contains(&"9".repeat(61)));
    }
    let form = "application/x-www-form-urlencoded";
    // A byte more than axum reads into memory.
    let answer = visitor.post_as(form, "/buy", &"9".repeat((2 << 20) + 1));
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("the order is too large"));
}

#[test]
fn a_wrong_address_gets_a_page() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    for (answer, status, told) in [
        (
            visitor.get("/nowhere"),
            404,
            "There is nothing at this address.",
        ),
        (
            visitor.get("/buy"),
            405,
            "does not take this kind of request",
        ),
        (
            visitor.post("/", &[]),
            405,
            "does not take this kind of request",
        ),
    ] {
        assert_eq!((answer.status, answer.set_cookie), (status, None));
        assert!(answer.body.contains(told), "{}", answer.body);
        assert!(answer.body.contains("<a href=\"/\">"));
    }
    assert_eq!(site.tallies("pill_color"), None);
}

#[test]
fn links_show_each_pill_and_are_not_counted() {
    let site = Site::open();
    let mut visitor = Visitor::of(&site);
    let page = visitor.get("/").body;
    for pill in ["grey", "red", "blue"] {
        let (before, _) = page.split_once(&format!("\">{pill}</a>")).unwrap();
        let (_, link) = before.rsplit_once("href=\"").unwrap();
        let mut tester = Visitor::of(&site);
        assert_eq!(tester.get(link).pill(), pill);
    }
    assert_eq!(site.counted("pill_color", "assignment"), (1, 1));
}
