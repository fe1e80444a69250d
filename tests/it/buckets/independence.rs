//! Two experiments on one population have nothing to do with each other.

use variate::{
    Canonical, Config, Context, Experiment, GitlabCom, GitlabV0, GitlabV2, KeyScheme, KeySource,
    Keyed, Percent, Value, context,
};

/// `scipy.stats.chi2.ppf(1 - 1e-6, df)` for the tables' 1 and 4 degrees of freedom.
const CRITICAL_2_BY_2: f64 = 23.928_127_0;
const CRITICAL_3_BY_3: f64 = 33.376_841_6;

const UNITS: u32 = 20_000;

const OTHERS: [&str; 2] = ["a", "b"];

/// Pearson's statistic of how the variants of two experiments meet.
fn chi_square<const N: usize>(table: [[u32; N]; N]) -> f64 {
    let sum = |cells: &mut dyn Iterator<Item = u32>| f64::from(cells.sum::<u32>());
    let row = |r: usize| sum(&mut table[r].into_iter());
    let column = |c: usize| sum(&mut table.iter().map(|row| row[c]));
    let all = sum(&mut table.iter().flatten().copied());
    let cells = (0..N).flat_map(|r| (0..N).map(move |c| (r, c)));
    cells
        .map(|(r, c)| {
            let expected = row(r) * column(c) / all;
            assert!(expected > 100.0, "a variant is missing: {table:?}");
            (f64::from(table[r][c]) - expected).powi(2) / expected
        })
        .sum()
}

/// How the units meet the variants of two experiments, each with `N` of them.
fn table<const N: usize>(
    config: &Config,
    names: [&str; 2],
    unit: impl for<'a> Fn(Experiment<'a>, u32) -> Experiment<'a>,
) -> [[u32; N]; N] {
    let mut table = [[0; N]; N];
    for id in 0..UNITS {
        let [r, c] = names.map(|name| {
            let exp = unit(config.experiment(name, Context::new()), id);
            let exp = exp.with_variants(OTHERS.into_iter().take(N - 1));
            OTHERS
                .iter()
                .position(|other| exp.variant() == other)
                .map_or(0, |place| place + 1)
        });
        table[r][c] += 1;
    }
    table
}

fn schemes() -> Vec<(&'static str, Box<dyn KeyScheme>)> {
    vec![
        ("canonical", Box::new(Canonical)),
        ("keyed", Box::new(Keyed::new("sixteen bytes ok").unwrap())),
        ("gitlab v0", Box::new(GitlabV0)),
        ("gitlab v2", Box::new(GitlabV2::new())),
        ("gitlab.com", Box::new(GitlabCom)),
        (
            "closure over the context alone",
            Box::new(|source: &KeySource<'_>| {
                let user = source.context().get("user_id").or(source.sticky_value());
                user.map(ToString::to_string).unwrap_or_default()
            }),
        ),
    ]
}

struct Boxed(Box<dyn KeyScheme>);

impl KeyScheme for Boxed {
    fn key(&self, source: &KeySource<'_>) -> variate::Key {
        self.0.key(source)
    }

    fn separates_experiments(&self) -> bool {
        self.0.separates_experiments()
    }
}

const NAMES: [[&str; 2]; 4] = [
    ["pill_color", "checkout_button"],
    ["pill_a", "pill_b"],
    ["a", "b"],
    ["pill", "pill_2"],
];

fn by_context(exp: Experiment<'_>, id: u32) -> Experiment<'_> {
    exp.context(context! { user_id: id })
}

fn by_sticky_text(exp: Experiment<'_>, id: u32) -> Experiment<'_> {
    exp.sticky_to(Value::from(format!("user {id}")))
}

#[test]
fn experiments_are_independent_under_every_key_scheme() {
    for (scheme_name, scheme) in schemes() {
        let config = Config::builder().key_scheme(Boxed(scheme)).build().unwrap();
        for names in NAMES {
            for unit in [by_context, by_sticky_text] {
                let two = chi_square(table::<2>(&config, names, unit));
                assert!(two < CRITICAL_2_BY_2, "{scheme_name} {names:?}: {two}");
            }
        }
        let three = chi_square(table::<3>(&config, NAMES[1], by_context));
        assert!(three < CRITICAL_3_BY_3, "{scheme_name}: {three}");
    }
}

#[test]
fn splits_by_percent_are_independent_too() {
    let split = Percent::new([50, 25, 25]).unwrap();
    for (scheme_name, scheme) in schemes() {
        let config = Config::builder()
            .key_scheme(Boxed(scheme))
            .resolver(split.clone())
            .build()
            .unwrap();
        let three = chi_square(table::<3>(&config, NAMES[1], by_sticky_text));
        assert!(three < CRITICAL_3_BY_3, "{scheme_name}: {three}");
    }
}

/// The statistic finds what it is there to find.
#[test]
fn one_experiment_depends_on_itself() {
    let statistic = chi_square(table::<2>(&Config::default(), ["same", "same"], by_context));
    assert!(statistic > 10_000.0);
}
