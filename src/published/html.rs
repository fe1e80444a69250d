use std::fmt::Write;

use super::Published;
use crate::Key;

/// The helper for a page's scripts, an ES module of at most 2 KB: serve it as `text/javascript`.
///
/// It finds what [`Published::to_script`] or [`Published::to_window_script`] left on the page.
///
/// ```js
/// import { configure, run, track } from "/variate.js";
///
/// configure({ endpoint: "/events" });
/// run("pill_color", { control: () => show("grey"), red: () => show("red") });
/// track("pill_color", "swallowed", { value: 9.99, currency: "EUR" });
/// ```
///
/// `run` runs the control for an experiment that is excluded or not published. `track` sends one
/// [`EventRecord`](crate::EventRecord) as JSON to the endpoint, with the reason `published`; where the browser asks for
/// Do Not Track or Global Privacy Control, and for who takes no part, it sends nothing. Anybody can send anything to
/// an endpoint: count such events for what they are. Types are in `js/variate.d.ts`.
pub const JAVASCRIPT: &str = include_str!("../../js/variate.js");

impl Published {
    /// The JSON, in which no `<`, `>`, `&`, `'`, U+2028 or U+2029 is left: it may stand inside any `<script>`, and
    /// in an attribute between single quotes.
    ///
    /// ```
    /// assert_eq!(variate::Published::new().to_json(), "{}");
    /// ```
    pub fn to_json(&self) -> String {
        let mut json = String::from("{");
        for (place, assignment) in self.iter().enumerate() {
            if place > 0 {
                json.push(',');
            }
            text(&mut json, &assignment.experiment);
            json.push_str(":{\"variant\":");
            text(&mut json, assignment.variant.as_str());
            if let Some(published) = &assignment.key {
                json.push_str(",\"key\":");
                key(&mut json, published);
            }
            json.push_str(",\"experiment\":");
            text(&mut json, &assignment.experiment);
            json.push_str(",\"excluded\":");
            json.push_str(if assignment.excluded { "true" } else { "false" });
            for (place, former) in assignment.migration_keys.iter().enumerate() {
                json.push_str(if place > 0 {
                    ","
                } else {
                    ",\"migration_keys\":["
                });
                key(&mut json, former);
            }
            if !assignment.migration_keys.is_empty() {
                json.push(']');
            }
            json.push('}');
        }
        json.push('}');
        json
    }

    /// The JSON for an attribute between quotes of either kind, as in `<body data-experiments="..">`.
    pub fn to_attribute(&self) -> String {
        self.to_json().replace('"', "&quot;")
    }

    /// A `<script type="application/json" id="variate-experiments">` with the JSON. It is data and not code, so that
    /// the strictest Content Security Policy lets it through, without a nonce.
    pub fn to_script(&self) -> String {
        let json = self.to_json();
        format!(r#"<script type="application/json" id="variate-experiments">{json}</script>"#)
    }

    /// A `<script>` that sets `window.gl.experiments`, for scripts written for GitLab's. It is code: where a Content
    /// Security Policy allows none inline, give it the response's nonce.
    ///
    /// ```
    /// let script = variate::Published::new().to_window_script(Some("r4nd0m"));
    /// assert!(script.starts_with(r#"<script nonce="r4nd0m">"#));
    /// ```
    pub fn to_window_script(&self, nonce: Option<&str>) -> String {
        // As a text that is parsed: in an object literal, a name like `__proto__` is none.
        let json = self.to_json().replace('\\', "\\\\");
        let nonce = nonce.map(|nonce| format!(" nonce=\"{}\"", escaped(nonce)));
        let nonce = nonce.unwrap_or_default();
        format!(
            "<script{nonce}>window.gl=window.gl||{{}};window.gl.experiments=JSON.parse('{json}')</script>"
        )
    }
}

fn key(json: &mut String, key: &Key) {
    key.with_text(|key| text(json, key));
}

/// A text in JSON: ASCII letters, digits and harmless marks as they are, and so is what is not ASCII.
fn text(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\x1f' | '<' | '>' | '&' | '\'' | '\x7f' | '\u{2028}' | '\u{2029}' => {
                // Writing into a `String` cannot fail.
                let _ = write!(json, "\\u{:04x}", u32::from(character));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
