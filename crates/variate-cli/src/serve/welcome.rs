//! What `variate serve` prints when it is there.

use std::net::SocketAddr;

pub(super) struct Welcome<'w> {
    pub(super) address: SocketAddr,
    pub(super) store: &'w str,
    pub(super) namespace: &'w str,
    /// Where the keys are.
    pub(super) keys: &'w str,
    /// One that was made just now.
    pub(super) new_key: Option<&'w str>,
    /// The path of `/track`, or the one that stands for it.
    pub(super) track: &'w str,
}

impl Welcome<'_> {
    pub(super) fn text(&self) -> String {
        let Self {
            address,
            store,
            keys,
            track,
            ..
        } = self;
        let (host, note) = if address.ip().is_unspecified() {
            let host = format!("localhost:{}", address.port());
            let note = ", on all addresses of this machine;\n          elsewhere, put its name in place of localhost below";
            (host, note)
        } else {
            (address.to_string(), "")
        };
        let namespace = quoted(self.namespace);
        let (key, shown) = match self.new_key {
            Some(key) => (
                key,
                format!("API key, shown this once: {key}\n          its hash is in {keys}"),
            ),
            None => ("YOUR_KEY", format!("API keys: {keys}")),
        };
        format!(
            r#"Listening on http://{address}{note}
   Store: {store}
{shown}
    Dashboard: http://{host}/, for who logs in with an API key
    Docs: http://{host}/docs

In a page, with Alephbet (npm install alephbet):

  <script src="alephbet.min.js"></script>
  <script>
    const experiment = new AlephBet.Experiment({{
      name: "button color",
      variants: {{
        red: {{ activate: () => (document.getElementById("buy").style.background = "red") }},
        blue: {{ activate: () => (document.getElementById("buy").style.background = "blue") }},
      }},
      tracking_adapter: new AlephBet.LamedAdapter("http://{host}{track}", {namespace}),
    }});
    const clicked = new AlephBet.Goal("clicked");
    experiment.add_goal(clicked);
    document.getElementById("buy").addEventListener("click", () => clicked.complete());
  </script>

In a Rust program, with variate (and variate-collector's feature `client`):

  let sink = HttpSink::builder("http://{host}").namespace({namespace}).build()?;
  let config = Config::builder().tracker(Background::new(sink)?).build()?;

What was counted:

  curl -H 'X-Api-Key: {key}' http://{host}/experiments

"#
        )
    }
}

/// As a string of JavaScript inside a page, and of Rust.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            // Where a page would see the end of its script.
            '<' => quoted.push_str("\\x3C"),
            character if character.is_control() => quoted.extend(character.escape_unicode()),
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn welcome(address: &str, namespace: &str) -> String {
        let welcome = Welcome {
            address: address.parse().unwrap(),
            store: "memory:",
            namespace,
            keys: "keys",
            new_key: None,
            track: "/track",
        };
        welcome.text()
    }

    #[test]
    fn what_is_to_be_pasted_names_an_address_that_can_be_asked() {
        for address in ["0.0.0.0:8080", "[::]:8080"] {
            let text = welcome(address, "shop");
            assert_eq!(text.matches(address).count(), 1, "{text}");
            assert!(text.starts_with(&format!("Listening on http://{address}, on all addresses")));
            assert_eq!(text.matches("http://localhost:8080").count(), 5, "{text}");
        }
        let text = welcome("192.0.2.1:80", "shop");
        assert_eq!(text.matches("http://192.0.2.1:80").count(), 6, "{text}");
    }

    #[test]
    fn names_are_quoted() {
        let text = welcome("127.0.0.1:80", "a\"b\\</script>\n");
        assert!(
            text.contains(r#"/track", "a\"b\\\x3C/script>\u{a}"),"#),
            "{text}"
        );
    }
}
