//! A page that knows its visitor's variants: what a server sends to it, and what comes back from it.
//!
//! `cargo run --example published --features links`

use variate::{
    Config, Declaration, Event, JAVASCRIPT, Keyed, Links, Resolution, Unit, context, publish,
};

/// What runs on the page.
const PAGE_SCRIPT: &str = r#"
import { configure, run, track } from "/variate.js";

configure({ endpoint: "/events" });
const title = document.querySelector("h1");
run("pill_color", {
  control: () => {},
  red: () => { title.style.color = "crimson"; },
  blue: () => { title.style.color = "royalblue"; },
});
title.addEventListener("click", () => track("pill_color", "title_clicked", { value: 1 }));
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::builder()
        // The page is public: nobody may find the user id by trying all numbers.
        .key_scheme(Keyed::new("the secret of all keys")?)
        .declare(Declaration::new("pill_color").variants(["red", "blue"]))
        .declare(Declaration::new("next_pricing").variants(["lower"]))
        .resolver(|_: &Unit<'_>| Resolution::index(1))
        .tracker(|event: &Event<'_>| {
            println!("tracked: {} {}", event.experiment(), event.action());
        })
        .build()?;
    let links = Links::new("the secret of all links")?.allow_host("partner.example")?;

    // A handler of the page:
    let (body, mut published) = publish(|| {
        let pill = config.experiment("pill_color", context! { user_id: 42 });
        let shown = pill
            .use_(|| "grey")
            .variant("red", || "red")
            .variant("blue", || "blue")
            .run();
        config
            .experiment("next_pricing", context! { user_id: 42 })
            .expose();
        let href = links.link(&pill, "partner_clicked", "https://partner.example/pills")?;
        Ok::<_, variate::LinkError>(format!(
            "<h1>The {shown} pill</h1>\n<a href=\"/go/{href}\">Our partner</a>"
        ))
    });
    let body = body?;
    // What is not for everybody's eyes stays on the server.
    published.retain(|assignment| assignment.experiment != "next_pricing");
    println!(
        "{body}\n{}\n<script type=\"module\" src=\"/page.js\"></script>",
        published.to_script()
    );

    // Two files that the page asks for, both answered as `text/javascript`:
    println!(
        "/variate.js has {} bytes, /page.js has {}",
        JAVASCRIPT.len(),
        PAGE_SCRIPT.len()
    );

    // The handler of `/go/{token}`, once the visitor has clicked:
    let token = body
        .split_once("/go/")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("", |(token, _)| token);
    match links.follow(&config, token) {
        Ok(location) => println!("302 Found, Location: {location}"),
        Err(problem) => println!("404 Not Found: {problem}"),
    }
    let forged = token.replacen("partner", "another", 1);
    match links.follow(&config, &forged) {
        Ok(location) => println!("302 Found, Location: {location}"),
        Err(problem) => println!("404 Not Found: {problem}"),
    }
    Ok(())
}
