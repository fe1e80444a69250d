//! Names of which a page would show nothing, or that it must not have.

use variate_collector::http::Routes;
use variate_collector::{EventStore as _, MemoryStore, NewEvent};

use super::damaged::{log_in, page};
use super::{ADMIN, collector, keys, post};

const NAMES: [&str; 3] = ["e\0f", " ", "a\u{1b}[2J"];

#[tokio::test]
async fn pages_show_what_names_are_made_of() {
    let store = MemoryStore::new();
    for name in NAMES {
        let event = NewEvent::new("alephbet", name, " red", "participate", "1");
        store.ingest(&[event]).unwrap();
    }
    let app = Routes::new(collector(store)).api_keys(keys()).router();
    let cookie = log_in(&app, ADMIN).await;
    let (status, list) = page(&app, "/dashboard", &cookie).await;
    assert_eq!(status, 200);
    for shown in [">e\\0f</a>", ">␣</a>", ">a\\u{1b}[2J</a>"] {
        assert!(list.contains(shown), "{shown}");
    }
    for (link, heading) in [
        ("experiment?namespace=alephbet&name=e%00f", "<h1>e\\0f</h1>"),
        ("experiment?namespace=alephbet&name=%20", "<h1>␣</h1>"),
        (
            "change?namespace=alephbet&name=e%00f&action=reset",
            "<strong>e\\0f</strong>",
        ),
    ] {
        let (status, text) = page(&app, &format!("/dashboard/{link}"), &cookie).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains(heading), "{text}");
        assert!(!text.contains(['\0', '\u{1b}']));
        assert!(!link.starts_with("experiment") || text.contains("␣red"));
    }
    // Who writes what the page shows means it.
    let (_, form) = page(
        &app,
        "/dashboard/change?namespace=alephbet&name=%20&action=delete",
        &cookie,
    )
    .await;
    let (_, token) = form.split_once("name=\"token\" value=\"").unwrap();
    let token = token.split('"').next().unwrap();
    let fields =
        format!("token={token}&namespace=alephbet&name=%20&action=delete&confirm=%E2%90%A3");
    let posted = post(&app, "/dashboard/change", fields).header("cookie", &cookie);
    assert_eq!(posted.answer().await.status, 303);
}
