use std::fs;

use super::answered;
use super::fake_aws::{Place, chmod, mode};

const FILE: &str = "config/variate/deploy.toml";

/// An editor that does this to the file `$1`.
fn editor(place: &Place, script: &str) {
    place.program("bin/edit", &format!("#!/bin/sh\n{script}\n"));
}

fn configure(place: &Place, input: &str) -> super::Answered {
    let mut command = place.command(&["configure"]);
    answered(command.env("EDITOR", "edit"), input.as_bytes())
}

#[test]
fn a_new_file_is_for_its_owner_only_and_can_be_used_as_it_is() {
    let place = Place::new();
    editor(&place, "echo edited: \"$1\"");
    let answered = configure(&place, "");
    assert_eq!(
        (answered.err.as_str(), answered.code),
        ("", 0),
        "{}",
        answered.out
    );
    let file = place.path(FILE);
    let shown = file.display();
    assert!(answered.out.contains(&format!("created {shown}\n")));
    assert!(answered.out.contains(&format!("edited: {shown}\n")));
    assert_eq!(mode(&file), 0o600);
    // What is commented out can be used as well.
    let text = place.text(FILE);
    let uncommented: Vec<_> = text
        .lines()
        .filter(|line| !line.starts_with("# ") && !line.starts_with("#  "))
        .map(|line| line.trim_start_matches('#'))
        .collect();
    fs::write(&file, uncommented.join("\n")).unwrap();
    assert_eq!(configure(&place, "").err, "");
}

#[test]
fn an_editor_that_makes_a_new_file_leaves_it_to_its_owner() {
    let place = Place::new();
    editor(
        &place,
        "rm \"$1\"; echo 'name = \"shop\"' > \"$1\"; chmod 644 \"$1\"",
    );
    assert_eq!(configure(&place, "").code, 0);
    assert_eq!(place.text(FILE), "name = \"shop\"\n");
    assert_eq!(mode(&place.path(FILE)), 0o600);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    let place = Place::new();
    editor(&place, "touch was-here");
    let file = place.settings("");
    chmod(&file, 0o640);
    let answered = configure(&place, "");
    assert_eq!(answered.code, 1);
    assert!(answered.err.contains("its mode is 640"), "{}", answered.err);
    assert!(
        answered
            .err
            .contains(&format!("chmod 600 {}", file.display()))
    );
    assert!(!place.path("was-here").exists());
}

#[test]
fn a_mistake_is_told_with_its_line_and_edited_again_if_wanted() {
    let place = Place::new();
    editor(
        &place,
        "if [ -e second ]; then echo 'name = \"shop\"' > \"$1\"; else printf '# mine\\n\\nnmae = 1\\n' > \"$1\"; touch second; fi",
    );
    let first = configure(&place, "");
    assert_eq!(first.code, 1);
    let told = format!(
        "variate: {}:3:1: unknown field `nmae`",
        place.path(FILE).display()
    );
    assert!(first.err.starts_with(&told), "{}", first.err);

    fs::remove_file(place.path("second")).unwrap();
    let second = configure(&place, "y\n");
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("edit it again? [Y/n]"));
    assert_eq!(place.text(FILE), "name = \"shop\"\n");

    fs::remove_file(place.path("second")).unwrap();
    assert_eq!(configure(&place, "n\n").code, 1);
}

#[test]
fn visual_goes_before_editor_and_may_have_arguments() {
    let place = Place::new();
    editor(&place, "echo \"$# $1\"");
    let mut command = place.command(&["configure", "--file", "my settings.toml"]);
    command.env("EDITOR", "false").env("VISUAL", "edit --wait");
    let answered = answered(&mut command, b"");
    assert_eq!(answered.code, 0, "{}", answered.err);
    assert!(answered.out.contains("2 --wait\n"), "{}", answered.out);
}

#[test]
fn without_an_editor_and_with_one_that_fails_that_is_said() {
    let place = Place::new();
    let answered = place.variate(&["configure"]);
    assert_eq!(answered.code, 1);
    assert!(answered.err.contains("neither VISUAL nor EDITOR is set"));
    editor(&place, "exit 3");
    let answered = configure(&place, "");
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .err
            .contains("the editor `edit` ended with exit status: 3")
    );
}
