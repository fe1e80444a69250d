//! What is peculiar to TOML, JSON and YAML, and to files as such.

use std::fmt::Write;

use variate::{Catalogue, CatalogueError, Config, Format};

fn told(text: &str, format: Format) -> String {
    Catalogue::parse(text, format, "file")
        .expect_err(text)
        .to_string()
}

fn names(text: &str, format: Format) -> Vec<String> {
    let catalogue =
        Catalogue::parse(text, format, "file").unwrap_or_else(|error| panic!("{error}"));
    catalogue
        .experiments()
        .map(|experiment| experiment.name().to_owned())
        .collect()
}

#[test]
fn syntax_errors_have_their_place() {
    for (text, format, expected) in [
        (
            "[experiments.one\nowner = \"x\"",
            Format::Toml,
            "file:1:17: unclosed table, expected `]`",
        ),
        ("a = 1\nb = \nc = 2", Format::Toml, "file:2:"),
        ("a = 2026-13-45", Format::Toml, "file:1:5: "),
        ("{\n  \"experiments\": {,}\n}", Format::Json, "file:2:19: "),
        (
            "{\n  \"experiments\": {} // a comment\n}",
            Format::Json,
            "file:2:21: ",
        ),
        (
            "{\"experiments\": \"a\tb\"}",
            Format::Json,
            "file:1:19: a control character",
        ),
        ("{'a': 1}", Format::Json, "file:1:2: "),
        ("{\"a\": 1,}", Format::Json, "file:1:"),
        ("{} {}", Format::Json, "file:1:4: "),
        ("a: b: c", Format::Yaml, "file:1:5: "),
        ("a:\n\t- b", Format::Yaml, "file:2:2: "),
        ("[a", Format::Yaml, "file:"),
        ("a: \"x", Format::Yaml, "file:"),
    ] {
        let told = told(text, format);
        assert!(told.starts_with(expected), "{text}\nis told: {told}");
    }
}

#[test]
fn a_key_that_comes_twice_is_told_with_both_lines() {
    let toml = told(
        "[experiments.one]\nowner = \"a\"\nowner = \"b\"",
        Format::Toml,
    );
    assert!(
        toml == "file:3:1: the key `owner` stands in this table already: keep one",
        "{toml}"
    );
    let json = told(
        "{\"experiments\": {\n\"one\": {},\n\"one\": {}}}",
        Format::Json,
    );
    assert_eq!(
        json,
        "file:3:1: the key `one` stands here already, on line 2: keep one"
    );
    let yaml = told(
        "experiments:\n  one: {}\n  two: {}\n  one: {}",
        Format::Yaml,
    );
    assert_eq!(
        yaml,
        "file:4:3: the key `one` stands here already, on line 2: keep one"
    );
}

#[test]
fn empty_files_are_refused_and_empty_tables_declare_nothing() {
    for (text, format) in [
        ("", Format::Toml),
        ("\u{feff}", Format::Toml),
        ("# nothing yet\n", Format::Toml),
        (" \n", Format::Json),
        ("", Format::Json),
        ("", Format::Yaml),
        ("---\n...\n", Format::Yaml),
        ("# nothing yet\n", Format::Yaml),
    ] {
        assert_eq!(
            told(text, format),
            "file: the catalogue is empty: declare something, or write `experiments` with an empty table",
            "{text:?}"
        );
    }
    for (text, format) in [
        ("experiments = {}", Format::Toml),
        ("[experiments]", Format::Toml),
        ("{}", Format::Json),
        ("experiments: {}", Format::Yaml),
    ] {
        assert!(names(text, format).is_empty(), "{text:?}");
    }
    assert_eq!(
        told("[]", Format::Json),
        "file:1:1: expected a table, found a list"
    );
    assert_eq!(
        told("just words", Format::Yaml),
        "file:1:1: expected a table, found \"just words\""
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_are_no_matter() {
    for (text, format) in [
        (super::TOML, Format::Toml),
        (super::JSON, Format::Json),
        (super::YAML, Format::Yaml),
    ] {
        let text = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(names(&text, format).len(), 4, "{format:?}");
    }
    let windows = told("\r\n[experiments.one]\r\nownr = 1\r\n", Format::Toml);
    assert!(windows.starts_with("file:3:1: "), "{windows}");
}

#[test]
fn numbers_without_a_place_are_told() {
    let digits = "9".repeat(60);
    let payload = |number: &str| format!("[experiments.one.payloads]\ncontrol = {number}");
    assert!(told(&payload(&digits), Format::Toml).contains("is too large"));
    assert!(told(&payload("1e999"), Format::Toml).contains("is too large"));
    let json = |number: &str| {
        format!("{{\"experiments\": {{\"one\": {{\"payloads\": {{\"control\": {number}}}}}}}}}")
    };
    assert!(told(&json(&digits), Format::Json).contains("is too large"));
    assert!(told(&json("1e999"), Format::Json).contains("is too large"));
    assert!(told(&json("NaN"), Format::Json).starts_with("file:1:"));
    let yaml = |number: &str| format!("experiments: {{one: {{payloads: {{control: {number}}}}}}}");
    assert!(told(&yaml(&digits), Format::Yaml).contains("is too large"));
    for (weight, format) in [
        ("nan", Format::Toml),
        ("inf", Format::Toml),
        (".nan", Format::Yaml),
        ("-.inf", Format::Yaml),
    ] {
        let text = match format {
            Format::Toml => {
                format!("[experiments.one.rollout.weights]\ncontrol = {weight}\ncandidate = 50")
            }
            _ => format!(
                "experiments: {{one: {{rollout: {{weights: {{control: {weight}, candidate: 50}}}}}}}}"
            ),
        };
        let told = told(&text, format);
        assert!(told.contains("expected a number from 0 to 100"), "{told}");
    }
}

#[test]
fn nesting_ends_somewhere() {
    for (open, close, format) in [
        ("[", "]", Format::Json),
        ("[", "]", Format::Yaml),
        ("{\"a\":", "}", Format::Json),
        ("{a: ", "}", Format::Yaml),
    ] {
        for levels in [100, 5_000, 200_000] {
            let text = open.repeat(levels) + "1" + &close.repeat(levels);
            assert!(!told(&text, format).is_empty());
        }
    }
    let lines: Vec<_> = (0..2_000).map(|level| " ".repeat(level) + "a:").collect();
    let block = lines.join(
        "
",
    );
    assert!(told(&block, Format::Yaml).contains("nest deeper than 64 levels"));
    let toml = format!("a = {}1{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(!told(&toml, Format::Toml).is_empty());
    let dotted = format!("{}a = 1", "a.".repeat(50_000));
    assert!(!told(&dotted, Format::Toml).is_empty());
}

#[test]
fn aliases_that_stand_for_more_than_memory_holds_are_refused() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..30 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 9].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{aliases}]").unwrap();
    }
    assert!(told(&bomb, Format::Yaml).contains("there are more than"));
    assert!(told("a: &a [*a]", Format::Yaml).starts_with("file:1:"));
    assert!(told("a: *unknown", Format::Yaml).starts_with("file:1:"));
}

#[test]
fn yaml_reads_words_as_words_and_aliases_as_what_they_stand_for() {
    let text = r"
experiments:
  one: &defaults
    owner: growth
    traffic: 10
    exclude: { key: country, in: [no, on, off, yes, 0x10, 1_000] }
  two:
    <<: *defaults
    owner: data
  three:
    <<: [ *defaults ]
";
    let catalogue = Catalogue::parse(text, Format::Yaml, "file").unwrap();
    let owners: Vec<_> = catalogue
        .experiments()
        .map(|one| one.owner().unwrap())
        .collect();
    assert_eq!(owners, ["growth", "data", "growth"]);
    let config = Config::builder().catalogue(catalogue).build().unwrap();
    for (country, reason) in [
        ("no", "excluded"),
        ("off", "excluded"),
        ("16", "excluded"),
        ("1_000", "excluded"),
    ] {
        let exp = config.experiment("three", variate::context! { country: country });
        assert_eq!(exp.assignment().reason().code(), reason, "{country}");
    }
    let told = |text| told(text, Format::Yaml);
    assert!(told("a: !custom b").contains("the tag `!custom` means nothing here"));
    assert!(told("? [a]\n: b").contains("a list or map cannot be a key"));
    assert!(told("a: 1\n---\nb: 2").starts_with("file:2:1: a second document begins"));
    assert!(told("experiments: {one: {<<: 7}}").contains("`<<` takes the alias of a map"));
    assert!(told("enabled: yes").contains("expected true or false, found \"yes\""));
}

#[test]
fn files_are_read_by_the_end_of_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    for (name, text) in [
        ("a.toml", super::TOML),
        ("a.JSON", super::JSON),
        ("a.yml", super::YAML),
        ("a.yaml", super::YAML),
    ] {
        let catalogue = Catalogue::from_path(write(name, text.as_bytes())).unwrap();
        assert_eq!(catalogue.experiments().len(), 4);
        assert!(catalogue.source().ends_with(name));
    }
    let latin = write("latin.toml", b"[experiments.one]\nowner = \"J\xf6rg\"\n");
    let error = Catalogue::from_path(&latin).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}:2:11: this is no UTF-8: save the file as UTF-8",
            latin.display()
        )
    );
    let utf16 = write("utf16.toml", b"\xff\xfea\x00");
    assert!(
        Catalogue::from_path(utf16)
            .unwrap_err()
            .to_string()
            .contains("no UTF-8")
    );
    assert!(matches!(
        Catalogue::from_path(write("a.ini", b"")),
        Err(CatalogueError::UnknownFormat(_))
    ));
    assert!(matches!(
        Catalogue::from_path(write("toml", b"")),
        Err(CatalogueError::UnknownFormat(_))
    ));
    let missing = folder.path().join("missing.toml");
    assert!(matches!(
        Catalogue::from_path(&missing),
        Err(CatalogueError::Read { .. })
    ));
    std::fs::create_dir(folder.path().join("folder.toml")).unwrap();
    assert!(matches!(
        Catalogue::from_path(folder.path().join("folder.toml")),
        Err(CatalogueError::Read { .. })
    ));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("device.toml");
    std::os::unix::fs::symlink("/dev/null", &device).unwrap();
    let error = Catalogue::from_path(&device).unwrap_err();
    assert!(matches!(error, CatalogueError::Read { .. }), "{error}");
    assert!(error.to_string().contains("it is no regular file"));
}

#[test]
fn ten_thousand_experiments_load_in_one_line_or_in_many() {
    let mut toml = String::from("[layers.all]\nunit = \"id\"\n[holdouts.q4]\npercent = 5\n");
    let mut entries = Vec::new();
    for number in 0..10_000 {
        let range = format!(
            "[{}, {}]",
            f64::from(number) / 100.0,
            f64::from(number + 1) / 100.0
        );
        writeln!(
            toml,
            "[experiments.e{number}]\nowner = \"o\"\nvariants = [\"a\", \"b\"]\nholdout = \"q4\"\n\
             layer = {{ name = \"all\", range = {range} }}\nexclude = {{ key = \"plan\", equals = \"staff\" }}"
        )
        .unwrap();
        entries.push(format!(
            r#""e{number}": {{"owner": "o", "variants": ["a", "b"], "layer": {{"name": "all", "range": {range}}}}}"#
        ));
    }
    let json = format!(
        r#"{{"layers": {{"all": {{}}}}, "experiments": {{{}}}}}"#,
        entries.join(",")
    );
    for (text, format) in [
        (&toml, Format::Toml),
        (&json, Format::Json),
        (&json, Format::Yaml),
    ] {
        let catalogue = Catalogue::parse(text, format, "file").unwrap();
        assert_eq!(catalogue.experiments().len(), 10_000);
        assert!(catalogue.lints(std::time::SystemTime::now()).len() <= 1);
        let config = Config::builder().catalogue(catalogue).build().unwrap();
        assert!(config.is_declared("e9999"));
    }
}
