//! What runs say, beside theory (which scipy checked: the tests of variate-stats), within what Monte Carlo leaves open.

use variate::MetricRole;
use variate_simulation::{Assumption, End, Problem, Runs, Share, Simulation};

use crate::{report, simulation};

fn only_runs(simulation: Simulation) -> Runs {
    report(simulation.units(1_000))
        .experiments
        .remove(0)
        .runs
        .unwrap()
}

/// Four standard errors.
fn agrees(share: Share, expected: f64) -> bool {
    let error =
        (expected * (1.0 - expected) / f64::from(u32::try_from(share.runs).unwrap())).sqrt();
    (share.share - expected).abs() < 4.0 * error
}

fn declared(metric: &str) -> String {
    format!(
        "[experiments.pill]\nplan.days = 5\nmetrics = [{{ name = \"it\", minimum_effect = 0.3, {metric} }}]"
    )
}

#[test]
fn power_is_that_of_theory_for_every_kind_of_metric() {
    let metrics = [
        (r#"kind = "conversion", action = "a""#, "0.2"),
        (r#"kind = "count", action = "a""#, "0.5"),
        (r#"kind = "count", action = "a""#, "0.5:0.9"),
        (r#"kind = "value", action = "a""#, "20:35"),
        (r#"kind = "value", action = "a""#, "-4:9"),
        (
            r#"kind = "ratio", numerator = "a", denominator = "b""#,
            "0.4::1.5",
        ),
        (
            r#"kind = "ratio", numerator = { values = "a" }, denominator = { events = "a" }"#,
            "60:60:0.7",
        ),
    ];
    for (metric, baseline) in metrics {
        let simulation = simulation(&declared(metric));
        let simulation = simulation.baseline("it", baseline.parse().unwrap());
        let runs = only_runs(simulation.daily(120).runs(100));
        assert_eq!(
            (runs.units, runs.days, runs.end),
            (600.0, 5.0, End::Days { days: 5 })
        );
        let found = &runs.better.comparisons[0];
        let theory = found.theory.unwrap();
        assert!(
            theory.power > 0.25 && theory.power < 0.995,
            "{metric}: {theory:?}"
        );
        assert!(agrees(found.at_end, theory.power), "{metric}: {found:?}");
        assert!(found.ever.hits >= found.at_end.hits);
        // Nothing differs: so it is said.
        assert!(
            agrees(runs.alike.fixed_once, 0.05),
            "{metric}: {:?}",
            runs.alike
        );
    }
}

/// It holds at any time, and takes twice the units of a test that is read once.
#[test]
fn without_an_end_theory_is_of_the_test_that_decides() {
    let text = r#"
    [experiments.pill]
    metrics = [{ name = "it", minimum_effect = 0.3, kind = "conversion", action = "a" }]
    "#;
    let daily = |daily| {
        let simulation = simulation(text).baseline("it", "0.2".parse().unwrap());
        only_runs(simulation.daily(daily).runs(100))
    };
    let runs = daily(60);
    assert_eq!(runs.end, End::Never);
    let found = &runs.better.comparisons[0];
    let theory = found.theory.unwrap();
    // Φ((Δ − w)/s) with the width w of the sequence at 1,680 units, by hand; a test that is read once has 0.834.
    assert!((theory.power - 0.4064).abs() < 5e-4, "{theory:?}");
    assert!(agrees(found.at_end, theory.power), "{found:?}");
    assert!(found.ever.hits >= found.at_end.hits);
    assert!(theory.units_needed > theory.units_needed_once);
    assert!(theory.days_needed > theory.days_needed_once);
    let text = runs.read_once().unwrap();
    assert!(
        text.contains("Read once at a planned end it takes 1,"),
        "{text}"
    );
    // With as many as it takes it is found as often as planned, and on some day a little more often.
    let enough = &daily(theory.units_needed.div_ceil(28)).better.comparisons[0];
    assert!(agrees(enough.at_end, 0.8), "{enough:?}");
    assert!(enough.ever.share >= enough.at_end.share, "{enough:?}");
}

#[test]
fn who_looks_daily_at_the_fixed_test_is_shown_why_not() {
    let text = r#"
    [experiments.pill]
    plan.days = 10
    metrics = [{ name = "purchases", kind = "conversion", action = "bought", minimum_effect = 0.3 }]
    "#;
    let simulation = simulation(text).baseline("purchases", "0.2".parse().unwrap());
    let runs = only_runs(simulation.daily(120).runs(250));
    let alike = &runs.alike;
    assert!(alike.fixed_daily.lower > 0.08, "{alike:?}");
    assert!(alike.always_valid.share < 0.05, "{alike:?}");
    assert!(
        alike.wrong.lower <= 0.053 && alike.wrong.share < 0.11,
        "{alike:?}"
    );
    assert_eq!(runs.by_day.len(), 10);
    let last = runs.by_day.last().unwrap();
    assert_eq!(
        (last.wrong, last.fixed_daily),
        (alike.wrong.share, alike.fixed_daily.share)
    );
    assert!(runs.by_day.is_sorted_by_key(|of| of.found));
    // Whoever stops early needs fewer days than the plan has.
    let decided = &runs.better.decided;
    assert!(
        decided.mean_days < 10.0 && decided.mean_days > 3.0,
        "{decided:?}"
    );
    assert_eq!(
        decided.shipped.hits + decided.wrong.hits + decided.open.hits,
        250
    );
    assert_eq!(last.found, decided.shipped.share);
}

#[test]
fn without_an_end_the_test_for_any_time_decides_and_with_units_the_day_on_which_they_come() {
    let text = |plan: &str| {
        format!(
            "[experiments.pill]\n{plan}\ntraffic = 50\n[[experiments.pill.metrics]]\nname = \"purchases\"\nkind = \"conversion\"\naction = \"bought\"\nminimum_effect = 0.5"
        )
    };
    let open = report(simulation(&text("")).daily(20).runs(3).units(1_000));
    let runs = open.experiments[0].runs.as_ref().unwrap();
    assert_eq!((runs.end, runs.days), (End::Never, 28.0));
    assert!(
        open.assumptions
            .iter()
            .any(|of| matches!(of, Assumption::Days { days: 28, .. }))
    );

    let runs = only_runs(simulation(&text("plan.units = 500")).daily(100).runs(4));
    assert_eq!(runs.end, End::Units { units: 500 });
    // Half of a hundred a day.
    assert!((9.0..=12.0).contains(&runs.days), "{}", runs.days);
    assert!(runs.units >= 500.0 && runs.units < 560.0);

    // What `--days` says goes before.
    let runs = only_runs(
        simulation(&text("plan.units = 500"))
            .daily(100)
            .runs(2)
            .days(3),
    );
    assert_eq!((runs.end, runs.days), (End::Days { days: 3 }, 3.0));

    // Nobody said how many come: as many as bring the units in four weeks.
    let runs = only_runs(simulation(&text("plan.units = 28000")).runs(1));
    assert!((1_850..2_150).contains(&runs.daily), "{}", runs.daily);
}

#[test]
fn a_guardrail_is_not_harmed_and_less_can_be_better() {
    let text = r#"
    [experiments.pill]
    variants = ["control", "red", "blue"]
    plan.days = 3
    metrics = [
        { name = "complaints", kind = "count", action = "complained", better = "less", minimum_effect = 0.4 },
        { name = "latency", kind = "value", action = "loaded", role = "guardrail", better = "less", minimum_effect = 0.3 },
    ]
    "#;
    let simulation = simulation(text)
        .baseline("pill/complaints", "1".parse().unwrap())
        .baseline("latency", "2:1".parse().unwrap());
    let runs = only_runs(simulation.daily(400).runs(40));
    let [red, blue, red_guard, blue_guard] = runs.better.comparisons.as_slice() else {
        panic!("{runs:?}");
    };
    assert_eq!((red.effect, red.metric.as_str()), (-0.4, "complaints"));
    assert_eq!((red.at_end.runs, blue.at_end.runs), (20, 20));
    assert!(red.at_end.share > 0.9 && blue.at_end.share > 0.9);
    assert_eq!(
        (red_guard.role, red_guard.effect, red_guard.theory),
        (MetricRole::Guardrail, 0.0, None)
    );
    assert!(blue_guard.at_end.share > 0.9, "{blue_guard:?}");
    assert!(runs.alike.guardrails.unwrap().share < 0.3);
    assert!(
        runs.better.decided.shipped.share > 0.8,
        "{:?}",
        runs.better.decided
    );
}

#[test]
fn too_little_power_is_told_where_nothing_of_it_is_assumed() {
    let text = declared(r#"kind = "conversion", action = "a""#);
    let given = |simulation: Simulation| simulation.baseline("it", "0.05".parse().unwrap());
    let problems = |simulation: Simulation| report(simulation.units(1_000).runs(30)).problems;
    let told = problems(given(simulation(&text)).daily(50));
    let [
        Problem::Underpowered {
            power, days_needed, ..
        },
    ] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!(*power, 0.8);
    // `variate power --mean 0.05 --minimum-effect 0.3 --units-a-day 50` says as much.
    assert_eq!(*days_needed, Some(152));
    assert!(problems(simulation(&text).daily(50)).is_empty());
    assert!(
        problems(given(simulation(&text)))
            .iter()
            .all(|of| !matches!(of, Problem::Underpowered { .. }))
    );
}

#[test]
fn pictures_and_pages_escape_names_and_need_nothing_else() {
    let text = r#"
    [experiments."<b>&"]
    plan.days = 3
    metrics = [{ name = "\"<i>", kind = "conversion", action = "a", minimum_effect = 0.5 }]
    "#;
    let report = report(simulation(text).units(500).daily(50).runs(2));
    let (svg, html) = (report.to_svg(), report.to_html());
    for text in [&svg, &html] {
        assert!(text.contains("&lt;b&gt;&amp;") && !text.contains("<b>") && !text.contains("<i>"));
        assert!(
            !text.contains("http:")
                || text.matches("http:").count()
                    == text.matches("http://www.w3.org/2000/svg").count()
        );
        assert_eq!(text.matches("<polyline").count(), 3);
        // Thirteen letters of twelve pixels, of which few are as wide as high, end before the picture does.
        let before = text.split(">planned power<").next().unwrap();
        let x = before.rsplit("x=\"").next().unwrap();
        let x: f64 = x.split('"').next().unwrap().parse().unwrap();
        assert!(x + 13.0 * 8.0 <= 720.0, "{x}");
    }
    // What is wider than a phone scrolls sideways, by keyboard too; intervals stand below their shares rather than outside.
    let drawing = "<div class=\"scroll drawing\" tabindex=\"0\" role=\"region\" aria-label=\"Runs of &lt;b&gt;&amp; by day\"><svg";
    assert!(html.contains(drawing));
    assert!(html.contains("<table class=\"effects\">") && html.contains(".effects td,"));
    assert!(svg.starts_with("<svg ") && html.contains("default-src 'none'"));
}

#[test]
fn nothing_is_simulated_beyond_the_declared_end() {
    let dated = |plan: &str| {
        format!(
            "[experiments.pill]\nstarts = 2099-01-01\nends = 2099-01-08\nplan.{plan}\nmetrics = [{{ name = \"it\", kind = \"conversion\", action = \"a\" }}]"
        )
    };
    for (plan, end) in [
        ("days = 28", End::Days { days: 7 }),
        ("days = 5", End::Days { days: 5 }),
        ("units = 2000", End::Days { days: 7 }),
        ("units = 300", End::Units { units: 300 }),
    ] {
        let runs = only_runs(simulation(&dated(plan)).daily(100).runs(2));
        assert_eq!(runs.end, end, "{plan}");
    }
    // Who asks for more days gets them.
    let asked = simulation(&dated("units = 2000"));
    let runs = only_runs(asked.daily(100).days(9).runs(2));
    assert_eq!(runs.end, End::Days { days: 9 });
}
