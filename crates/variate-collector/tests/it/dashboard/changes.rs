//! What can be done with an experiment, and by whom.

use super::site::{ADMIN, BLOG, READ, Site};

const CHANGE: &str = "/dashboard/change";

fn fields<'f>(token: &'f str, action: &'f str) -> Vec<(&'f str, &'f str)> {
    vec![
        ("token", token),
        ("namespace", "shop"),
        ("name", "pill_color"),
        ("action", action),
    ]
}

#[test]
fn a_key_that_may_only_read_changes_nothing() {
    let site = Site::open();
    let cookie = site.log_in(READ);
    let page = site.get("/dashboard/experiment?name=pill_color", &cookie);
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("action=archive"));
    let before = site.info("pill_color");
    for action in ["archive", "reset", "delete", "winner", "control"] {
        let form = site.get(
            &format!("{CHANGE}?name=pill_color&action={action}"),
            &cookie,
        );
        assert_eq!(form.status, 403);
        let mut fields = fields(page.token(), action);
        fields.extend([("confirm", "pill_color"), ("variant", "red")]);
        assert_eq!(site.post(CHANGE, &cookie, &fields).status, 403);
    }
    assert_eq!(site.info("pill_color"), before);
    // A key of another namespace is none here.
    let cookie = site.log_in(BLOG);
    let other = site.get("/dashboard", &cookie);
    assert!(other.text.contains("headline") && !other.text.contains("pill_color"));
    assert_eq!(site.get("/dashboard?namespace=shop", &cookie).status, 403);
    let page = site.get(
        "/dashboard/experiment?name=pill_color&namespace=shop",
        &cookie,
    );
    assert_eq!(page.status, 403);
    let archive = fields(page.token(), "archive");
    assert_eq!(site.post(CHANGE, &cookie, &archive).status, 403);
    assert_eq!(site.info("pill_color"), before);
}

#[test]
fn a_form_that_is_not_of_this_session_changes_nothing() {
    let site = Site::open();
    let cookie = site.log_in(ADMIN);
    let page = site.get("/dashboard/experiment?name=pill_color", &cookie);
    let other = site.log_in(ADMIN);
    let others = site.get("/dashboard/experiment?name=pill_color", &other);
    for token in ["", "0", others.token()] {
        let answer = site.post(CHANGE, &cookie, &fields(token, "archive"));
        assert_eq!(answer.status, 403);
        assert!(answer.text.contains("not from this session"));
    }
    let without = [
        ("namespace", "shop"),
        ("name", "pill_color"),
        ("action", "archive"),
    ];
    assert_eq!(site.post(CHANGE, &cookie, &without).status, 403);
    for stranger in ["cross-site", "same-site"] {
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", stranger)];
        let answer = site.post_with(CHANGE, &headers, &fields(page.token(), "archive"));
        assert_eq!(answer.status, 403);
    }
    assert_eq!(
        site.post(CHANGE, "", &fields(page.token(), "archive"))
            .status,
        303
    );
    assert!(!site.info("pill_color").unwrap().archived);
    assert_eq!(
        site.post(CHANGE, &cookie, &fields(page.token(), "archive"))
            .status,
        303
    );
    assert!(site.info("pill_color").unwrap().archived);
}

#[test]
fn what_is_done_is_done_after_a_page_that_says_what_it_means() {
    let site = Site::open();
    let cookie = site.log_in(ADMIN);
    let link = |action| format!("{CHANGE}?namespace=shop&name=pill_color&action={action}");
    let form = |action| site.get(&link(action), &cookie);
    let done = |fields: &[(&str, &str)]| {
        let answer = site.post(CHANGE, &cookie, fields);
        assert_eq!(answer.status, 303, "{}", answer.text);
        let to = answer.header("location").to_owned();
        site.get(&format!("/dashboard/{to}"), &cookie).text
    };

    let page = form("archive");
    assert!(page.text.contains("no longer counted"));
    assert!(!site.info("pill_color").unwrap().archived);
    let page = done(&fields(page.token(), "archive"));
    assert!(page.contains("The experiment is archived."));
    assert!(page.contains("action=unarchive") && !page.contains("action=archive"));
    done(&fields(form("unarchive").token(), "unarchive"));
    assert!(!site.info("pill_color").unwrap().archived);

    let page = form("winner");
    let mut winner = fields(page.token(), "winner");
    assert_eq!(site.post(CHANGE, &cookie, &winner).status, 422);
    winner.push(("variant", "green"));
    assert_eq!(site.post(CHANGE, &cookie, &winner).status, 422);
    winner.pop();
    winner.push(("variant", "red"));
    assert!(done(&winner).contains("the winner is <strong>red</strong>"));
    assert_eq!(site.info("pill_color").unwrap().winner.unwrap(), "red");
    winner.pop();
    winner.push(("variant", ""));
    done(&winner);
    assert_eq!(site.info("pill_color").unwrap().winner, None);

    let page = form("control");
    assert!(
        page.text
            .contains("All other variants are compared with it")
    );
    let mut control = fields(page.token(), "control");
    assert_eq!(site.post(CHANGE, &cookie, &control).status, 422);
    control.push(("variant", "green"));
    assert_eq!(site.post(CHANGE, &cookie, &control).status, 422);
    assert_eq!(site.info("pill_color").unwrap().control, None);
    control.pop();
    control.push(("variant", "red"));
    let page = done(&control);
    assert!(page.contains("The choice of the control is written down."));
    assert!(page.contains("red<span class=\"small\"> (control)"));
    assert!(page.contains("beside red"));
    assert_eq!(site.info("pill_color").unwrap().control.unwrap(), "red");
    assert!(
        form("control")
            .text
            .contains("value=\"red\" required checked")
    );
    control.pop();
    control.push(("variant", ""));
    done(&control);
    assert_eq!(site.info("pill_color").unwrap().control, None);

    let list = || site.get("/dashboard", &cookie).text;
    assert!(list().contains("<td>6,000</td>"));
    for action in ["reset", "delete"] {
        let page = form(action);
        assert!(page.text.contains("cannot be undone"));
        let mut sure = fields(page.token(), action);
        sure.push(("confirm", "pill"));
        let refused = site.post(CHANGE, &cookie, &sure);
        assert_eq!(refused.status, 422);
        assert!(
            refused.text.contains("not the experiment&#39;s name")
                || refused.text.contains("not the experiment's name")
        );
        assert!(!site.info("pill_color").unwrap().variants.is_empty());
        sure.pop();
        sure.push(("confirm", "pill_color"));
        let answer = site.post(CHANGE, &cookie, &sure);
        assert_eq!(answer.status, 303);
        if action == "reset" {
            let info = site.info("pill_color").unwrap();
            assert_eq!(info.first_event_at, None);
            // At once, though what was found out is good for a minute.
            let list = list();
            assert!(list.contains(">pill_color<") && !list.contains("<td>6,000</td>"));
            super::site::fill(&site.store);
        } else {
            assert_eq!(
                answer.header("location"),
                "../dashboard?namespace=shop&done=delete"
            );
        }
    }
    assert_eq!(site.info("pill_color"), None);
    let list = site.get("/dashboard?namespace=shop&done=delete", &cookie);
    assert!(list.text.contains("The experiment is deleted."));
    assert_eq!(site.get(&link("nothing"), &cookie).status, 400);
}
