//! Robots, by what they say of themselves.

/// In lower case.
const MARKS: [&str; 16] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "headless",
    "preview",
    "monitor",
    "pingdom",
    "curl/",
    "wget/",
    "python-",
    "java/",
    "go-http-client",
    "okhttp",
    "libwww",
    "facebookexternalhit",
];

/// Whether a user agent is a robot's, or says nothing. Of a log without user agents nothing is known.
pub(super) fn is_bot(user_agent: Option<&str>) -> bool {
    user_agent.is_some_and(|user_agent| {
        let user_agent = user_agent.to_lowercase();
        matches!(user_agent.trim(), "" | "-") || MARKS.iter().any(|mark| user_agent.contains(mark))
    })
}
