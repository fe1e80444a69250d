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
            namespace,
            keys,
            track,
            ..
        } = self;
        let (key, shown) = match self.new_key {
            Some(key) => (
                key,
                format!("API key, shown this once: {key}\n          its hash is in {keys}"),
            ),
            None => ("YOUR_KEY", format!("API keys: {keys}")),
        };
        format!(
            r#"Listening on http://{address}
   Store: {store}
{shown}
    Docs: http://{address}/docs

In a page, with Alephbet (npm install alephbet):

  <script src="alephbet.min.js"></script>
  <script>
    const experiment = new AlephBet.Experiment({{
      name: "button color",
      variants: {{
        red: {{ activate: () => (document.getElementById("buy").style.background = "red") }},
        blue: {{ activate: () => (document.getElementById("buy").style.background = "blue") }},
      }},
      tracking_adapter: new AlephBet.LamedAdapter("http://{address}{track}", "{namespace}"),
    }});
    const clicked = new AlephBet.Goal("clicked");
    experiment.add_goal(clicked);
    document.getElementById("buy").addEventListener("click", () => clicked.complete());
  </script>

In a Rust program, with variate (and variate-collector's feature `client`):

  let sink = HttpSink::builder("http://{address}").namespace("{namespace}").build()?;
  let config = Config::builder().tracker(Background::new(sink)?).build()?;

What was counted:

  curl -H 'X-Api-Key: {key}' http://{address}/experiments

"#
        )
    }
}
