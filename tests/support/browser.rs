//! A headless Chromium, driven over `WebDriver`.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

/// The key under which `WebDriver` hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser window; closed when dropped.
#[derive(Debug)]
pub struct Browser {
    session: String,
    agent: Agent,
    driver: Driver,
    // Held so that the browser's profile lives as long as the browser.
    _profile: TempDir,
}

/// The process between test and browser.
#[derive(Debug)]
struct Driver {
    process: Child,
    // Held so that the driver can always write.
    _output: BufReader<ChildStdout>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A rectangle of a page, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Browser {
    /// Opens a window of `width` by `height` pixels.
    pub fn open(width: u32, height: u32) -> Self {
        let missing = "install them: apt-get install chromium chromium-driver";
        let chromium = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(on_path)
            .unwrap_or_else(|| panic!("there is no chromium here; {missing}"));
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|problem| panic!("chromedriver does not start ({problem}); {missing}"));
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let port = port_of(&mut output);
        let driver = Driver {
            process,
            _output: output,
        };
        let agent: Agent = Agent::config_builder()
            .proxy(None)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_mins(1)))
            .build()
            .into();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--force-color-profile=srgb".to_owned(),
            "--hide-scrollbars".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
            format!("--window-size={width},{height}"),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let sessions = format!("http://127.0.0.1:{port}/session");
        let made = send(&agent, "POST", &sessions, Some(&wanted));
        Self {
            session: format!("{sessions}/{}", made["sessionId"].as_str().unwrap()),
            agent,
            driver,
            _profile: profile,
        }
    }

    /// Opens a page, and waits until it is loaded.
    pub fn go(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// The path of the page that is open.
    pub fn path(&self) -> String {
        let path = self.run("return location.pathname");
        path.as_str().unwrap().to_owned()
    }

    /// Runs a script in the page; answers what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The text of an element, as it is visible.
    pub fn text(&self, selector: &str) -> String {
        let text = self.get(&format!("{}/text", self.element(selector)));
        text.as_str().unwrap().to_owned()
    }

    /// The page as it is, in HTML. Unlike an element's text it can be asked for while another page comes.
    #[allow(dead_code, reason = "most tests look at what is visible")]
    pub fn source(&self) -> String {
        let source = self.get("source");
        source.as_str().unwrap().to_owned()
    }

    /// A property of an element as the style sheets make it.
    #[allow(dead_code, reason = "most tests look at pictures")]
    pub fn style(&self, selector: &str, property: &str) -> String {
        let style = self.get(&format!("{}/css/{property}", self.element(selector)));
        style.as_str().unwrap().to_owned()
    }

    /// Clicks an element, as a mouse does.
    pub fn click(&self, selector: &str) {
        self.post(&format!("{}/click", self.element(selector)), &json!({}));
    }

    /// Types a text into a field in place of what is there.
    pub fn fill(&self, selector: &str, text: &str) {
        let field = self.element(selector);
        self.post(&format!("{field}/clear"), &json!({}));
        self.post(&format!("{field}/value"), &json!({ "text": text }));
    }

    /// Presses keys one after the other, wherever the focus is: letters, or those that `WebDriver` has signs for.
    #[allow(dead_code, reason = "most tests use a mouse")]
    pub fn press(&self, keys: &str) {
        let keys = keys.chars().flat_map(|key| {
            let key = key.to_string();
            [
                json!({ "type": "keyDown", "value": key }),
                json!({ "type": "keyUp", "value": key }),
            ]
        });
        let keys: Vec<Value> = keys.collect();
        let source = json!({ "type": "key", "id": "keyboard", "actions": keys });
        self.post("actions", &json!({ "actions": [source] }));
    }

    /// Runs no script of a page from now on.
    #[allow(dead_code, reason = "most tests need them")]
    pub fn without_scripts(&self) {
        let command = json!({
            "cmd": "Emulation.setScriptExecutionDisabled",
            "params": { "value": true },
        });
        self.post("goog/cdp/execute", &command);
    }

    /// Where an element is.
    pub fn area(&self, selector: &str) -> Area {
        let area = self.get(&format!("{}/rect", self.element(selector)));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole pixels inside of the window"
        )]
        let pixels = |name: &str| area[name].as_f64().unwrap() as u32;
        Area {
            left: pixels("x"),
            top: pixels("y"),
            width: pixels("width"),
            height: pixels("height"),
        }
    }

    /// Becomes somebody who was never here.
    pub fn forget(&self) {
        let cookies = format!("{}/cookie", self.session);
        send(&self.agent, "DELETE", &cookies, None);
    }

    /// Asks pages for their dark colours.
    #[allow(dead_code, reason = "most tests look at light ones")]
    pub fn prefer_dark(&self) {
        let features = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        let command =
            json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.post("goog/cdp/execute", &command);
    }

    /// Has the screen of a phone, of `width` by `height` pixels: no window is as narrow.
    #[allow(dead_code, reason = "most tests look at wide ones")]
    pub fn become_phone(&self, width: u32, height: u32) {
        let command = json!({
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": { "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true },
        });
        self.post("goog/cdp/execute", &command);
    }

    /// Says from now on that it is this browser. Without a screen it says so otherwise, and is taken for a robot.
    #[allow(dead_code, reason = "most tests may be taken for one")]
    pub fn pretend(&self, user_agent: &str) {
        let command = json!({
            "cmd": "Emulation.setUserAgentOverride",
            "params": { "userAgent": user_agent },
        });
        self.post("goog/cdp/execute", &command);
    }

    /// What the page and the browser complained about.
    pub fn complaints(&self) -> Value {
        self.post("se/log", &json!({ "type": "browser" }))
    }

    /// What is on the screen. `file` gets it too, for people to look at.
    pub fn picture(&self, file: &Path) -> Picture {
        let encoded = self.get("screenshot");
        let bytes = STANDARD.decode(encoded.as_str().unwrap()).unwrap();
        std::fs::write(file, &bytes).unwrap();
        Picture::decode(&bytes)
    }

    fn element(&self, selector: &str) -> String {
        let wanted = json!({ "using": "css selector", "value": selector });
        let found = self.post("element", &wanted);
        format!("element/{}", found[ELEMENT].as_str().unwrap())
    }

    fn get(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.session);
        send(&self.agent, "GET", &url, None)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/{path}", self.session);
        send(&self.agent, "POST", &url, Some(body))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; without it the driver's end would leave it behind.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.process.kill();
    }
}

fn on_path(program: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| File::open(file).is_ok())
        .map(|file| file.display().to_string())
}

fn port_of(output: &mut impl BufRead) -> u16 {
    for line in output.lines() {
        let line = line.unwrap();
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return port.trim_end_matches('.').parse().unwrap();
        }
    }
    panic!("chromedriver ended before it was ready");
}

fn send(agent: &Agent, method: &str, url: &str, body: Option<&Value>) -> Value {
    let answer = match (method, body) {
        ("GET", _) => agent.get(url).call(),
        ("DELETE", _) => agent.delete(url).call(),
        (_, body) => agent
            .post(url)
            .header("content-type", "application/json")
            .send(body.map(Value::to_string).unwrap_or_default()),
    };
    let mut answer = answer.unwrap();
    // Screenshots exceed the limit that is set unless another is.
    let text = answer.body_mut().with_config().limit(64 << 20);
    let mut answered: Value = serde_json::from_str(&text.read_to_string().unwrap()).unwrap();
    let value = answered["value"].take();
    assert!(value["error"].is_null(), "{method} {url}: {value}");
    value
}

/// What a person sees.
#[derive(Debug)]
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    fn decode(png: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes
            .chunks_exact(info.color_type.samples())
            .map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        Self {
            width: info.width,
            height: info.height,
            pixels,
        }
    }

    /// All of it.
    pub fn area(&self) -> Area {
        Area {
            left: 0,
            top: 0,
            width: self.width,
            height: self.height,
        }
    }

    /// How much of `area` has `colour`, from 0 to 1.
    pub fn share(&self, area: Area, colour: [u8; 3]) -> f64 {
        let near = |pixel: &[u8; 3]| pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 4);
        let pixels = self.within(area);
        let hits = pixels.iter().filter(|pixel| near(pixel)).count();
        f64::from(u32::try_from(hits).unwrap()) / f64::from(u32::try_from(pixels.len()).unwrap())
    }

    /// The colour that most of `area` has.
    pub fn ground(&self, area: Area) -> [u8; 3] {
        let mut counts = std::collections::HashMap::new();
        for pixel in self.within(area) {
            *counts.entry(pixel).or_insert(0) += 1;
        }
        counts
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .unwrap()
            .0
    }

    /// The contrast of what stands out most in `area` to its ground, as WCAG 2 defines it: from 1,
    /// a blank area, to 21. Text that is easy to read has 4.5.
    pub fn contrast(&self, area: Area) -> f64 {
        let ground = luminance(self.ground(area));
        let contrast = |pixel| {
            let luminance = luminance(pixel);
            (luminance.max(ground) + 0.05) / (luminance.min(ground) + 0.05)
        };
        let pixels = self.within(area);
        pixels.into_iter().map(contrast).fold(1.0, f64::max)
    }

    fn within(&self, area: Area) -> Vec<[u8; 3]> {
        let rows = area.top..(area.top + area.height).min(self.height);
        let columns = area.left..(area.left + area.width).min(self.width);
        rows.flat_map(|row| {
            let columns = columns.clone();
            columns.map(move |column| self.pixels[(row * self.width + column) as usize])
        })
        .collect()
    }
}

fn luminance(pixel: [u8; 3]) -> f64 {
    let [red, green, blue] = pixel.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 {
            channel / 12.92
        } else {
            ((channel + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
