//! Experiments that code and catalogues do not agree on.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Answered, answered, command};

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn stale(files: &[(&str, &str)], arguments: &[&str]) -> Answered {
    let folder = folder(files);
    let arguments = [&["stale", "--now", "2026-11-21"], arguments].concat();
    answered(command(&arguments).current_dir(folder.path()), b"")
}

/// The names that one source is found to use, and how many it hides.
fn used(source: &str) -> (Vec<String>, usize) {
    let found = stale(&[("a.rs", source)], &["--json", "a.rs"])
        .json()
        .remove(0);
    let names = found["undeclared"].as_array().unwrap().iter();
    let names = names
        .map(|at| at["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(found["unreadable"], json!([]), "{source}");
    (names, found["dynamic"].as_array().unwrap().len())
}

#[test]
fn names_are_found_wherever_code_uses_them() {
    for source in [
        "fn f() { experiment(\"pill\", context! {}); }",
        "fn f() { variate::experiment(\"pill\", &ctx).use_(|| 1).run(); }",
        "fn f() { config.experiment(\"pill\", ctx) }",
        "fn f() { config.experiment(r#\"pill\"#, ctx) }",
        "fn f() { config.experiment(\"pi\\u{6c}l\", ctx) }",
        "fn f() { config.experiment(\"pill\".to_owned(), ctx) }",
        "const PILL: &str = \"pill\"; fn f() { experiment(PILL, ctx) }",
        "mod names { pub static PILL: &'static str = \"pill\"; } fn f() { experiment(names::PILL, ctx) }",
        "fn f() { experiment(Self::PILL, ctx) } impl X { const PILL: &'static str = \"pill\"; }",
        "fn f() { html! { <p>{ experiment(\"pill\", ctx) }</p> } }",
        "fn f() { vec![experiment(\"pill\", ctx)] }",
        "macro_rules! m { () => { $crate::experiment(\"pill\", ctx) } }",
    ] {
        assert_eq!(used(source), (vec!["pill".to_owned()], 0), "{source}");
    }
}

#[test]
fn what_is_no_use_of_an_experiment_is_none() {
    for source in [
        "// experiment(\"pill\", ctx)\n/// experiment(\"pill\", ctx)\nfn f() {}",
        "fn f() { println!(\"experiment(\\\"pill\\\", ctx)\") }",
        "fn experiment(name: &str, context: Context) {}",
        "fn f() { event.experiment(); other.experiment(\"pill\") }",
        "fn f() { experiment![\"pill\", 1]; my_experiment(\"pill\", ctx) }",
    ] {
        assert_eq!(used(source), (vec![], 0), "{source}");
    }
}

#[test]
fn names_that_only_the_program_knows_are_listed_and_do_not_count() {
    for source in [
        "fn f() { experiment(name, ctx) }",
        "fn f() { experiment(format!(\"pill_{n}\"), ctx) }",
        "fn f() { experiment(UNKNOWN, ctx) }",
        "mod a { const N: &str = \"a\"; } mod b { const N: &str = \"b\"; } fn f() { experiment(N, ctx) }",
    ] {
        assert_eq!(used(source), (vec![], 1), "{source}");
        assert_eq!(stale(&[("a.rs", source)], &["a.rs"]).code, 0);
    }
}

const CATALOGUE: &str = "[experiments.pill]\n[experiments.unused]\n[experiments.over]\nends = 2026-11-01\n[experiments.gone]\nends = 2026-11-01\n";

#[test]
fn code_and_catalogue_are_compared() {
    let files = [
        ("catalogue.toml", CATALOGUE),
        (
            "src/lib.rs",
            "fn f() {\n experiment(\"pill\", c);\n experiment(\"new\", c);\n}\n",
        ),
        (
            "src/deep/er.rs",
            "fn g() { c.experiment(\"over\", c); c.experiment(\"in_code\", c); c.experiment(\"derived\", c); experiment(n, c) }",
        ),
        (
            "src/declared.rs",
            "fn h() { Declaration::new(\"in_code\").owner(\"o\"); }\n#[derive(Variants)]\n#[experiment(name = \"derived\")]\nenum D {}",
        ),
        ("src/notes.txt", "experiment(\"text\", c)"),
        (
            "src/ignored/old.rs",
            "fn o() { experiment(\"ignored\", c) }",
        ),
        (".gitignore", "ignored/"),
        ("target/CACHEDIR.TAG", ""),
        ("target/built.rs", "fn t() { experiment(\"built\", c) }"),
    ];
    let found = stale(&files, &["--catalogue", "catalogue.toml", "."]);
    let lines: Vec<_> = found.out.lines().collect();
    assert_eq!(
        lines,
        [
            "./src/lib.rs:3: `new`: named in code and not declared: declare it, or take it out",
            "catalogue.toml:2: `unused`: declared and not named in code: look whether one of the dynamic names is it",
            "catalogue.toml:5: `gone`: declared and not named in code: look whether one of the dynamic names is it",
            "catalogue.toml:3: `over`: it has ended: keep one variant in the code, and take the declaration out",
            "catalogue.toml:5: `gone`: it has ended: keep one variant in the code, and take the declaration out",
            "./src/deep/er.rs:1: `over`: it has ended: keep one variant in the code, and take the declaration out",
            "./src/deep/er.rs:1: a dynamic name, only known when it runs: look for yourself",
        ]
    );
    assert_eq!(found.code, 1);
    let json: Value = stale(&files, &["--json", "--catalogue", "catalogue.toml", "src"])
        .json()
        .remove(0);
    assert_eq!(
        json["undeclared"],
        json!([{"name": "new", "file": "src/lib.rs", "line": 3}])
    );
}

#[test]
fn without_dynamic_names_what_is_not_named_can_go() {
    let files = [("c.toml", "[experiments.pill]"), ("a.rs", "fn f() {}")];
    let found = stale(&files, &["--catalogue", "c.toml", "a.rs"]);
    assert_eq!(
        found.out,
        "c.toml:1: `pill`: declared and not named in code: take it out\n"
    );
}

#[test]
fn without_a_catalogue_it_asks_for_one() {
    let source = "fn f() { experiment(\"one\", c); experiment(\"two\", c) }";
    let found = stale(&[("a.rs", source)], &["a.rs"]);
    assert_eq!(
        (found.out.as_str(), found.code),
        (
            "no catalogue was given: name it with `--catalogue` (not declared in code: 2)\n",
            1
        )
    );
}

#[test]
fn agreement_is_passed_over_in_silence() {
    let files = [
        ("catalogue.yaml", "experiments: {pill: {}}"),
        ("src/lib.rs", "fn f() { experiment(\"pill\", c) }"),
    ];
    let found = stale(&files, &["--catalogue", "catalogue.yaml", "src"]);
    assert_eq!(
        (found.out.as_str(), found.err.as_str(), found.code),
        ("", "", 0)
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let unreadable = stale(&[("a.rs", "fn f( { \"")], &["a.rs"]);
    assert_eq!(
        (unreadable.out.as_str(), unreadable.code),
        ("a.rs: no Rust that could be read\n", 1)
    );
    let missing = stale(&[], &["nowhere"]);
    assert_eq!((missing.out.as_str(), missing.code), ("", 2));
    assert!(
        missing
            .err
            .starts_with("variate: cannot read the sources: "),
        "{}",
        missing.err
    );
    let broken = stale(
        &[("c.toml", "experiments = 1"), ("a.rs", "")],
        &["--catalogue", "c.toml", "a.rs"],
    );
    assert_eq!(broken.code, 2);
    assert!(
        broken
            .err
            .contains("c.toml:1:15: experiments: expected a table"),
        "{}",
        broken.err
    );
    let deep = format!("fn f() {{ {}{} }}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(stale(&[("a.rs", &deep)], &["a.rs"]).code < 3);
}
