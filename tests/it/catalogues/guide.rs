//! The catalogues of the guide load.

use variate::{Catalogue, Config, Format, NoTracker};

const GUIDE: &str = include_str!("../../../docs/catalogue.md");

/// The blocks of the guide in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = GUIDE.split(fence.as_str()).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn every_catalogue_of_the_guide_loads_and_can_be_built() {
    let mut count = 0;
    for (language, format) in [
        ("toml", Format::Toml),
        ("yaml", Format::Yaml),
        ("json", Format::Json),
    ] {
        for text in blocks(language)
            .into_iter()
            .filter(|text| !text.contains("[dependencies]"))
        {
            let catalogue = Catalogue::parse(text, format, "guide")
                .unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(catalogue.experiments().len() > 0);
            assert_eq!(
                catalogue.lints(super::at(super::NOVEMBER_21)),
                [],
                "{language}"
            );
            Config::builder()
                .tracker(NoTracker::new())
                .catalogue(catalogue)
                .build()
                .unwrap();
            count += 1;
        }
    }
    assert_eq!(count, 3);
}

#[test]
fn the_catalogue_of_the_guide_to_live_evaluation_loads() {
    let guide = include_str!("../../../docs/live-evaluation.md");
    let text = guide.split("```toml\n").nth(1).unwrap();
    let text = text.split("```").next().unwrap();
    let catalogue = Catalogue::parse(text, Format::Toml, "guide").unwrap();
    assert_eq!(catalogue.lints(super::at(super::NOVEMBER_21)), []);
    let pill = catalogue.experiments().next().unwrap();
    assert_eq!(pill.metrics().len(), 3);
    assert_eq!(pill.plan().days, Some(28));
}

#[test]
fn the_guide_names_every_key_that_there_is() {
    let schema: serde_json::Value = serde_json::from_str(Catalogue::SCHEMA).unwrap();
    for part in [
        "layer",
        "holdout",
        "slice",
        "experiment",
        "segment",
        "condition",
        "metric",
        "plan",
    ] {
        for key in schema["$defs"][part]["properties"]
            .as_object()
            .unwrap()
            .keys()
        {
            let is_named = [
                format!("{key} ="),
                format!("`{key}`"),
                format!("{key}:"),
                format!("when.{key}"),
                format!(".{key}"),
            ]
            .iter()
            .any(|text| GUIDE.contains(text));
            assert!(is_named, "{part}.{key}");
        }
    }
}
