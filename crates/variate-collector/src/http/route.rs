use axum::http::HeaderValue;

/// What can be asked of a collector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Track,
    Results,
    Forget,
    Events,
    Namespaces,
    Experiments,
    Experiment,
    Days,
    Evaluation,
    Archive,
    Unarchive,
    Reset,
    Control,
    Winner,
    Pairs,
    Backup,
    EvaluateCorrected,
    Evaluate,
    SampleSize,
    EpStatsHealth,
    Health,
    Ready,
    Metrics,
    OpenApi,
    Docs,
    DocsScript,
    DocsStyle,
    Dashboard,
    DashboardExperiment,
    DashboardTrace,
    DashboardChange,
    DashboardLogin,
    DashboardLogout,
    DashboardStyle,
    DashboardScript,
    DashboardChart,
    /// Anything else.
    Unknown,
}

impl Route {
    pub(super) const ALL: [Self; 37] = [
        Self::Track,
        Self::Results,
        Self::Forget,
        Self::Events,
        Self::Namespaces,
        Self::Experiments,
        Self::Experiment,
        Self::Days,
        Self::Evaluation,
        Self::Archive,
        Self::Unarchive,
        Self::Reset,
        Self::Control,
        Self::Winner,
        Self::Pairs,
        Self::Backup,
        Self::EvaluateCorrected,
        Self::Evaluate,
        Self::SampleSize,
        Self::EpStatsHealth,
        Self::Health,
        Self::Ready,
        Self::Metrics,
        Self::OpenApi,
        Self::Docs,
        Self::DocsScript,
        Self::DocsStyle,
        Self::Dashboard,
        Self::DashboardExperiment,
        Self::DashboardTrace,
        Self::DashboardChange,
        Self::DashboardLogin,
        Self::DashboardLogout,
        Self::DashboardStyle,
        Self::DashboardScript,
        Self::DashboardChart,
        Self::Unknown,
    ];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Track => "/track",
            Self::Results => "/experiments",
            Self::Forget => "/delete",
            Self::Events => "/v1/events",
            Self::Namespaces => "/v1/namespaces",
            Self::Experiments => "/v1/experiments",
            Self::Experiment => "/v1/experiments/{name}",
            Self::Days => "/v1/experiments/{name}/days",
            Self::Evaluation => "/v1/experiments/{name}/evaluation",
            Self::Archive => "/v1/experiments/{name}/archive",
            Self::Unarchive => "/v1/experiments/{name}/unarchive",
            Self::Reset => "/v1/experiments/{name}/reset",
            Self::Control => "/v1/experiments/{name}/control",
            Self::Winner => "/v1/experiments/{name}/winner",
            Self::Pairs => "/v1/experiments/{name}/pairs",
            Self::Backup => "/v1/backup",
            Self::EvaluateCorrected => "/v1/evaluate",
            Self::Evaluate => "/evaluate",
            Self::SampleSize => "/sample-size-calculation",
            Self::EpStatsHealth => "/health",
            Self::Health => "/healthz",
            Self::Ready => "/readyz",
            Self::Metrics => "/metrics",
            Self::OpenApi => "/openapi.json",
            Self::Docs => "/docs",
            Self::DocsScript => "/docs.js",
            Self::DocsStyle => "/docs.css",
            Self::Dashboard => "/dashboard",
            Self::DashboardExperiment => "/dashboard/experiment",
            Self::DashboardTrace => "/dashboard/trace",
            Self::DashboardChange => "/dashboard/change",
            Self::DashboardLogin => "/dashboard/login",
            Self::DashboardLogout => "/dashboard/logout",
            Self::DashboardStyle => "/dashboard/style.css",
            Self::DashboardScript => "/dashboard/script.js",
            Self::DashboardChart => "/dashboard/uplot.js",
            Self::Unknown => "",
        }
    }

    /// Whether it takes events.
    pub(super) const fn takes_events(self) -> bool {
        matches!(self, Self::Track | Self::Events)
    }

    /// Whether those ask who look after the collector, however often.
    pub(super) const fn is_probe(self) -> bool {
        matches!(
            self,
            Self::EpStatsHealth | Self::Health | Self::Ready | Self::Metrics
        )
    }

    /// Whether it is a page for people who are logged in, which other pages have no business with.
    pub(super) fn is_of_dashboard(self) -> bool {
        self.path().starts_with(Self::Dashboard.path())
    }

    /// What a page may send, beyond what Gimel's and Lámed's gateway says: they forgot DELETE.
    pub(super) fn methods(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Track | Self::Results | Self::Forget => "GET, DELETE, OPTIONS",
            _ => "GET, POST, DELETE, OPTIONS",
        })
    }
}

/// A path without what is before a route: the stage of a gateway. `None` where it ends in no route, or has nothing before it.
pub(super) fn without_stage<'p>(path: &'p str, aliases: &[String]) -> Option<&'p str> {
    let starts = path
        .match_indices('/')
        .map(|(start, _)| path.split_at(start).1);
    // A name behind `/v1/` may be that of another route.
    let own = |rest: &&str| {
        let names = ["/v1/events", "/v1/experiments", "/v1/evaluate"];
        names.iter().any(|name| rest.starts_with(name))
    };
    let rest = starts.clone().find(own).or_else(|| {
        starts.clone().skip(1).find(|rest| {
            let is_route = |route: &Route| route.path() == *rest;
            Route::ALL.iter().any(is_route) || aliases.iter().any(|alias| alias == rest)
        })
    });
    rest.filter(|rest| rest.len() < path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_before_a_route_is_left_out() {
        let aliases = ["/kcart".to_owned(), "/a/b".to_owned()];
        for (path, expected) in [
            ("/prod/track", Some("/track")),
            ("/x/y/track", Some("/track")),
            ("//track", Some("/track")),
            ("/track", None),
            ("/track/", None),
            ("/backtrack", None),
            ("/prod/backtrack", None),
            ("/prod/kcart", Some("/kcart")),
            ("/prod/a/b", Some("/a/b")),
            ("/prod/experiments", Some("/experiments")),
            ("/v1/experiments", None),
            ("/v1/experiments/track", None),
            ("/v1/experiments/x/delete", None),
            ("/prod/v1/experiments", Some("/v1/experiments")),
            ("/prod/v1/experiments/track", Some("/v1/experiments/track")),
            (
                "/prod/v1/experiments/v1/days",
                Some("/v1/experiments/v1/days"),
            ),
            ("/prod/v1/backup", Some("/v1/backup")),
            ("/v1/experiments/v1/backup", None),
            ("/v1/evaluate", None),
            ("/prod/v1/evaluate", Some("/v1/evaluate")),
            ("/prod/evaluate", Some("/evaluate")),
            ("/v1/experiments/evaluate", None),
            ("/prod/docs.js", Some("/docs.js")),
            ("/prod/dashboard", Some("/dashboard")),
            ("/dashboard/experiment", None),
            ("/prod/dashboard/experiment", Some("/dashboard/experiment")),
            ("/prod/", None),
            ("/", None),
            ("*", None),
        ] {
            assert_eq!(without_stage(path, &aliases), expected, "{path}");
        }
    }

    #[test]
    fn all_routes_are_listed() {
        for (index, route) in Route::ALL.into_iter().enumerate() {
            assert_eq!(route as usize, index);
        }
        assert_eq!(Route::Unknown as usize + 1, Route::ALL.len());
    }
}
