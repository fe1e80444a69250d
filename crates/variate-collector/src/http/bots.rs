use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use ipnet::IpNet;

/// Who is no visitor: crawlers, monitors, an office. Their requests are answered as any other, and not counted.
///
/// Programs that send events on a server's behalf are none: `curl`, the HTTP clients of languages. Nor is, ever, a sender
/// with a key that has the role write.
///
/// ```
/// use variate_collector::http::Bots;
///
/// let bots = Bots::known().user_agent("acme-monitor").address("192.0.2.0/24")?;
/// # Ok::<(), variate_collector::http::AddressError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Bots {
    user_agents: Vec<Vec<u8>>,
    addresses: Vec<IpNet>,
}

/// A text is neither an address nor a range of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is neither an IP address nor a range of them as in `192.0.2.0/24`")]
pub struct AddressError {
    text: String,
}

/// How a bot was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BotSign {
    UserAgent,
    Address,
}

/// Parts of the user agents of crawlers, of previews of links, of monitors, and of browsers without a screen. `bot` covers
/// Googlebot, bingbot, Applebot, `AhrefsBot`, `GPTBot`, Slackbot, `UptimeRobot`'s and hundreds more.
const KNOWN: [&str; 34] = [
    "adsbot",
    "amazon-q",
    "apis-google",
    "archiver",
    "barkrowler",
    "bot",
    "bytespider",
    "chatgpt-user",
    "chrome-lighthouse",
    "claude-user",
    "crawl",
    "duckassist",
    "embedly",
    "facebookexternalhit",
    "feedfetcher",
    "google-inspectiontool",
    "google-read-aloud",
    "googleother",
    "headless",
    "ia_archiver",
    "mediapartners-google",
    "meta-externalagent",
    "pagespeed",
    "perplexity-user",
    "phantomjs",
    "pingdom",
    "preview",
    "ptst/",
    "site24x7",
    "slurp",
    "spider",
    "statuscake",
    "synthetics",
    "whatsapp/",
];

/// Telephones that have the three letters in their name.
const NO_BOTS: [&[u8]; 1] = [b"cubot"];

impl Bots {
    /// None: everybody counts.
    pub const fn none() -> Self {
        Self {
            user_agents: Vec::new(),
            addresses: Vec::new(),
        }
    }

    /// Those who say what they are, browsers without a screen among them: a test that drives one counts nobody unless the
    /// collector is told to.
    pub fn known() -> Self {
        KNOWN
            .iter()
            .fold(Self::none(), |bots, part| bots.user_agent(part))
    }

    /// And whoever has this in the user agent, in capital letters or not.
    pub fn user_agent(mut self, part: &str) -> Self {
        let part = part.trim().to_ascii_lowercase().into_bytes();
        // An empty part would be in everybody's.
        if !part.is_empty() {
            self.user_agents.push(part);
        }
        self
    }

    /// And whoever comes from this address, or from this range of them.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn address(mut self, text: &str) -> Result<Self, AddressError> {
        let error = || AddressError {
            text: text.to_owned(),
        };
        let network = match text.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().into(),
            Err(_) => text.parse::<IpNet>().map_err(|_| error())?,
        };
        self.addresses.push(network);
        Ok(self)
    }

    pub(super) fn know(&self, headers: &HeaderMap, address: Option<IpAddr>) -> Option<BotSign> {
        let address = address.map(|address| address.to_canonical());
        if address
            .is_some_and(|address| self.addresses.iter().any(|range| range.contains(&address)))
        {
            return Some(BotSign::Address);
        }
        if self.user_agents.is_empty() {
            return None;
        }
        let agent = headers.get(USER_AGENT)?.as_bytes().to_ascii_lowercase();
        let has = |part: &[u8]| agent.windows(part.len()).any(|window| window == part);
        let is_bot =
            self.user_agents.iter().any(|part| has(part)) && !NO_BOTS.iter().any(|&part| has(part));
        is_bot.then_some(BotSign::UserAgent)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failure in a test is a panic")]
mod tests {
    use super::*;

    fn is_known(agent: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, axum::http::HeaderValue::from_static(agent));
        Bots::known().know(&headers, None).is_some()
    }

    #[test]
    fn crawlers_monitors_and_previews_are_known() {
        // As their operators document them.
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36",
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
            "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/147.0.0.0 Safari/537.36",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
            "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.1; +https://openai.com/gptbot",
            "Baiduspider+(+http://www.baidu.com/search/spider.htm)",
        ] {
            assert!(is_known(agent), "{agent}");
        }
    }

    #[test]
    fn browsers_and_servers_are_no_bots() {
        for agent in [
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "curl/8.14.1",
            "python-requests/2.32.3",
            "ureq/3.5.1",
            "Go-http-client/2.0",
            "",
        ] {
            assert!(!is_known(agent), "{agent}");
        }
        assert_eq!(Bots::known().know(&HeaderMap::new(), None), None);
    }

    #[test]
    fn addresses_and_ranges_are_known() {
        let bots = Bots::none()
            .address("192.0.2.0/24")
            .unwrap()
            .address("2001:db8::1")
            .unwrap();
        let is_known = |text: &str| {
            bots.know(&HeaderMap::new(), Some(text.parse().unwrap()))
                .is_some()
        };
        assert!(is_known("192.0.2.77") && is_known("2001:db8::1") && is_known("::ffff:192.0.2.1"));
        assert!(!is_known("192.0.3.1") && !is_known("2001:db8::2"));
        let error = Bots::none().address("192.0.2.0/33").unwrap_err();
        assert_eq!(
            error.to_string(),
            "`192.0.2.0/33` is neither an IP address nor a range of them as in `192.0.2.0/24`"
        );
    }
}
