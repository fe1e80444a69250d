//! `variate store`.

use std::path::Path;
use std::process::Command;

use variate_collector::{EmbeddedStore, EventStore as _, NewEvent, Outcome, RedisStore};

use super::redis_server::RedisProcess;
use super::{Answered, variate};

/// One experiment with one baseline and one day of events.
const EXPORT: &str = concat!(
    r#"{"variate_tallies":{"version":1}}"#,
    "\n",
    r#"{"experiment":{"namespace":"shop","name":"pill","variants":["red"],"actions":["seen"]}}"#,
    "\n",
    r#"{"tally":{"action":"seen","variant":"red","day":"2026-11-21","class":"counted","events":3,"units":2,"sum":0,"sum_of_squares":0,"events_squared":5,"events_by_total":0}}"#,
    "\n",
    r#"{"crossovers":{"day":"2026-11-21","units":1}}"#,
    "\n",
    r#"{"end":{"experiments":1,"lines":4}}"#,
    "\n",
);

fn store(arguments: &[&str], input: &str) -> Answered {
    variate(&[&["store"], arguments].concat(), input)
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_directory_is_named_as_for_serve() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events");
    let named = format!("dir:{}", path.display());
    let answered = store(&["import", &named], EXPORT);
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    assert!(answered.out.starts_with("imported: 1 experiment, archived"));
    assert!(
        answered.out.contains("/v1/experiments/NAME/unarchive"),
        "{}",
        answered.out
    );
    assert!(path.join("variate.json").exists());
    let answered = store(&["verify", &named], "");
    assert_eq!(answered.code, 0, "{}", answered.err);
    assert!(
        answered.out.starts_with("1 experiment, "),
        "{}",
        answered.out
    );
    let exported = store(&["export", &named], "").out;
    assert_eq!(store(&["export", shown(&path)], "").out, exported);
    assert!(exported.contains(r#""name":"pill""#));
}

#[test]
fn an_export_that_is_not_whole_or_has_a_line_twice_makes_no_store() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events");
    let lines: Vec<&str> = EXPORT.lines().collect();
    for (input, words) in [
        (lines[..4].join("\n"), "is not whole"),
        ([&lines[..3], &lines[2..]].concat().join("\n"), "twice"),
    ] {
        let answered = store(&["import", shown(&path)], &input);
        assert_eq!(answered.code, 1, "{}", answered.err);
        assert!(answered.err.contains(words), "{}", answered.err);
        assert!(!path.exists());
    }
}

#[test]
fn numbers_that_no_store_has_are_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events");
    for (number, with, field) in [
        (r#""units":2"#, r#""units":4"#, "`units`"),
        (r#""events":3"#, r#""events":-3"#, "`events`"),
        (r#""events":3"#, r#""events":"3""#, "`events`"),
    ] {
        let input = EXPORT.replacen(number, with, 1);
        assert_ne!(input, EXPORT);
        let answered = store(&["import", shown(&path)], &input);
        assert_eq!((answered.out.as_str(), answered.code), ("", 1));
        assert!(
            answered.err.starts_with("variate: line 3 is none") && answered.err.contains(field),
            "{}",
            answered.err
        );
        assert!(!path.exists());
    }
}

#[test]
fn what_is_for_directories_takes_no_address() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [
        &["verify", "redis://host:6379"][..],
        &["repair", "memory:"],
        &["export", "rediss://host:6379"],
        &["backup", "memory:", "copy"],
        &["backup", shown(place.path()), "redis://host:6379"],
    ] {
        let answered = store(arguments, "");
        assert_eq!(answered.code, 2, "{arguments:?}");
        assert!(answered.err.contains("for directories"), "{}", answered.err);
    }
    let answered = store(&["import", "redis://host:6379"], EXPORT);
    assert_eq!(answered.code, 2);
    assert!(
        answered.err.contains("imported into a directory"),
        "{}",
        answered.err
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_written_into_the_store_that_it_comes_from() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let path = at("events");
    assert_eq!(store(&["import", shown(&path)], EXPORT).code, 0);
    let exported = store(&["export", shown(&path)], "").out;
    std::os::unix::fs::symlink(&path, at("link")).unwrap();
    std::os::unix::fs::symlink(path.join("variate.json"), at("file")).unwrap();
    std::os::unix::fs::symlink("events/new", at("open")).unwrap();
    std::fs::create_dir(at("beside")).unwrap();
    for to in [
        "events/variate.json",
        "events/new.jsonl",
        "beside/../events/secret",
        "link/closed.json",
        "file",
        "open",
        "events",
    ] {
        for from in ["events", "link"] {
            let answered = store(
                &["export", shown(&at(from)), "--output", shown(&at(to))],
                "",
            );
            assert_eq!(answered.code, 2, "{to}: {}", answered.err);
            let told = format!("within the store's own directory {}", at(from).display());
            assert!(answered.err.contains(&told), "{}", answered.err);
        }
    }
    for to in ["events/copy", "link/copies/first", "beside/../events/copy"] {
        let answered = store(&["backup", shown(&path), shown(&at(to))], "");
        assert_eq!(answered.code, 2, "{to}: {}", answered.err);
        assert!(
            answered.err.contains("within the store's own directory"),
            "{}",
            answered.err
        );
    }
    let names = ["closed.json", "data", "lock", "secret", "variate.json"];
    let mut there: Vec<_> = path
        .read_dir()
        .unwrap()
        .map(|of| of.unwrap().file_name())
        .collect();
    there.sort();
    assert_eq!(there, names);
    assert_eq!(store(&["export", shown(&path)], "").out, exported);
    // What only begins alike is elsewhere.
    let beside = at("events.jsonl");
    let answered = store(&["export", shown(&path), "-o", shown(&beside)], "");
    assert_eq!((answered.err.as_str(), answered.code), ("", 0));
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), exported);
}

#[test]
fn a_backup_writes_over_nothing_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let (path, copy) = (place.path().join("events"), place.path().join("copy"));
    assert_eq!(store(&["import", shown(&path)], EXPORT).code, 0);
    let backup = ["backup", shown(&path), shown(&copy)];
    assert_eq!(store(&backup, "").code, 0);
    let answered = store(&backup, "");
    assert_eq!(answered.code, 2);
    let expected = format!(
        "variate: the directory {} is not empty: a backup needs one of its own, and writes over nothing\n",
        copy.display()
    );
    assert_eq!(answered.err, expected);
}

#[test]
fn an_import_of_nothing_makes_no_store_and_says_so() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events");
    let answered = store(&["import", shown(&path)], "");
    assert_eq!(answered.code, 1);
    assert_eq!(
        answered.out,
        "nothing is imported: the standard input has no experiments\n"
    );
    assert!(!path.exists());
}

#[test]
fn a_repair_says_what_it_could_not_repair() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events");
    assert_eq!(store(&["import", shown(&path)], EXPORT).code, 0);
    let answered = store(&["repair", shown(&path)], "");
    assert_eq!(
        (answered.out.as_str(), answered.code),
        ("no journal is damaged\nthe store is good\n", 0)
    );
    let damage = |file: &str| {
        let file = path.join(file);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[3] ^= 1;
        std::fs::write(&file, bytes).unwrap();
    };
    let exported = store(&["export", shown(&path)], "").out;
    damage("data/keyspaces/0/current");
    let refused = store(&["export", shown(&path)], "");
    assert!(
        refused.err.contains("variate store repair"),
        "{}",
        refused.err
    );
    let answered = store(&["repair", shown(&path)], "");
    assert_eq!(answered.code, 0, "{}", answered.out);
    assert!(
        answered
            .out
            .starts_with("the engine's list of its tables: made anew")
    );
    assert_eq!(store(&["export", shown(&path)], "").out, exported);
    damage("data/keyspaces/1/current");
    let answered = store(&["repair", shown(&path)], "");
    assert_eq!(answered.code, 1);
    assert!(
        answered
            .out
            .contains("no journal is damaged\nnot repaired: ")
            && answered.out.contains("from a backup")
            && answered.out.ends_with("the store is not good\n"),
        "{}",
        answered.out
    );
}

/// Root may write whatever the modes say; somebody else may not.
#[cfg(unix)]
#[test]
fn a_directory_that_may_only_be_read_is_verified_and_exported_from_a_copy() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const NOBODY: u32 = 65534;
    fn protect(path: &Path, mode_of_directories: u32, mode_of_files: u32) {
        let mode = |mode| PermissionsExt::from_mode(mode);
        if !path.is_dir() {
            return std::fs::set_permissions(path, mode(mode_of_files)).unwrap();
        }
        std::fs::set_permissions(path, mode(0o755)).unwrap();
        for entry in path.read_dir().unwrap() {
            protect(&entry.unwrap().path(), mode_of_directories, mode_of_files);
        }
        std::fs::set_permissions(path, mode(mode_of_directories)).unwrap();
    }

    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let path = place.path().join("events");
    let temporary = place.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    std::fs::set_permissions(&temporary, PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(store(&["import", shown(&path)], EXPORT).code, 0);
    let exported = store(&["export", shown(&path)], "").out;
    protect(&path, 0o555, 0o444);
    let mut options = std::fs::OpenOptions::new();
    let is_root = options.append(true).open(path.join("secret")).is_ok();
    let program = place.path().join("variate");
    std::fs::copy(env!("CARGO_BIN_EXE_variate"), &program).unwrap();
    let run = |what: &str| {
        let mut command = Command::new(&program);
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command
            .args(["store", what, shown(&path)])
            .env("TMPDIR", &temporary)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            text(&output.stdout),
            text(&output.stderr),
            output.status.code(),
        )
    };
    let (out, err, code) = run("export");
    assert_eq!((out.as_str(), code), (exported.as_str(), Some(0)), "{err}");
    assert!(err.contains("working on a copy in "), "{err}");
    let (out, err, code) = run("verify");
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains(": good\n"), "{out}");
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
    protect(&path, 0o755, 0o644);
}

fn ask(server: &RedisProcess, arguments: &[&str]) -> String {
    let done = Command::new("redis-cli")
        .args(["-u", &server.url()])
        .args(arguments)
        .output()
        .expect("redis-cli is missing: apt-get install redis-tools");
    assert!(done.status.success());
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn baselines_go_into_redis_too_and_names_of_several_readings_are_told() {
    let server = RedisProcess::start();
    let url = server.url();
    let odd = "alephbet:counters:pill:sold:at:red";
    ask(&server, &["SADD", "alephbet:experiments", "pill"]);
    ask(&server, &["SADD", "alephbet:pill:counter_keys", odd]);
    ask(&server, &["SET", odd, "7"]);
    let none = "alephbet:counters:pill:sold:blue";
    ask(&server, &["SADD", "alephbet:pill:counter_keys", none]);
    let to = url.replace("/0", "/1");
    for count in ["many", "-1"] {
        ask(&server, &["SET", none, count]);
        let answered = store(&["import", &to, "--lamed", &url], "");
        assert_eq!((answered.out.as_str(), answered.code), ("", 1));
        assert!(
            answered.err.contains(&format!("`{none}` is `{count}`")),
            "{}",
            answered.err
        );
        // Nothing was begun.
        let size = ["-n", "1", "DBSIZE"];
        assert_eq!(ask(&server, &size).trim(), "0");
    }
    ask(&server, &["SREM", "alephbet:pill:counter_keys", none]);
    let answered = store(&["import", &to, "--lamed", &url], "");
    assert_eq!(
        (answered.out.as_str(), answered.code),
        ("imported: 1 baseline\n", 0),
        "{}",
        answered.err
    );
    assert!(answered.err.contains(odd), "{}", answered.err);
    let into = RedisStore::builder(&to).build().unwrap();
    let tallies = variate_collector::EventStore::tallies(&into, "alephbet", "pill");
    let tallies = tallies.unwrap().unwrap();
    let cell = tallies.cell("sold", "at:red").unwrap();
    assert_eq!(cell.baseline.unwrap().units, 7);

    let answered = store(&["import", &to, "--gimel", &url, "--namespace", "shop"], "");
    assert_eq!(answered.code, 1);
    assert!(
        answered.out.starts_with("no baselines are imported"),
        "{}",
        answered.out
    );
}

#[test]
fn lists_that_redis_lost_are_made_anew_or_forgotten() {
    let server = RedisProcess::start();
    let url = server.url();
    let at = RedisStore::builder(&url).build().unwrap();
    for namespace in ["shop", "blog"] {
        let event = NewEvent::new(namespace, "pill", "red", "participate", "1");
        at.ingest(&[event]).unwrap();
    }
    let whole = "all that experiments are found by is there\n";
    assert_eq!(store(&["repair", &url], "").out, whole);
    ask(&server, &["DEL", "variate:{directory}:namespaces"]);
    let answered = store(&["repair", &url], "");
    let listed = format!("put into the list of namespaces again: `blog`, `shop`\n{whole}");
    assert_eq!((answered.out, answered.code), (listed, 0));

    ask(&server, &["DEL", "variate:{directory}:experiments:shop"]);
    let answered = store(&["repair", &url], "");
    assert_eq!(answered.code, 1);
    assert!(
        answered.out.contains("--forget \"shop\""),
        "{}",
        answered.out
    );
    let answered = store(&["repair", &url, "--forget", "blog"], "");
    assert_eq!(answered.code, 2);
    assert!(
        answered.err.contains("nothing of it is forgotten"),
        "{}",
        answered.err
    );
    let answered = store(&["repair", &url, "--forget", "shop"], "");
    let forgotten = format!(
        "the namespace `shop` counts anew\nremoved, being on no list: 1 experiment\n{whole}"
    );
    assert_eq!((answered.out, answered.code), (forgotten, 0));
    let event = NewEvent::new("shop", "pill", "red", "participate", "1");
    assert_eq!(at.ingest(&[event]).unwrap(), [Outcome::Counted]);

    let place = tempfile::tempdir().unwrap();
    let answered = store(&["repair", shown(place.path()), "--remove-unlisted"], "");
    assert_eq!(answered.code, 2);
    assert!(
        answered.err.contains("are for redis://"),
        "{}",
        answered.err
    );
}

#[test]
fn a_backup_that_a_repair_could_not_make_whole_says_so_wherever_it_is_used() {
    let place = tempfile::tempdir().unwrap();
    let (path, copy) = (place.path().join("events"), place.path().join("copy"));
    let at = EmbeddedStore::open(&path).unwrap();
    let events: Vec<_> = (0..12_000)
        .map(|id| NewEvent::new("shop", "pill", "red", "participate", id.to_string()))
        .collect();
    at.ingest(&events).unwrap();
    drop(at);
    assert_eq!(store(&["backup", shown(&path), shown(&copy)], "").code, 0);
    let journal = copy.join("data/0.jnl");
    let mut bytes = std::fs::read(&journal).unwrap();
    // Without the 64 MiB of nothing at its end.
    while bytes.ends_with(&[0; 256]) {
        bytes.truncate(bytes.len() - 256);
    }
    let at = bytes.len() * 11 / 12;
    bytes[at] ^= 1;
    std::fs::write(&journal, bytes).unwrap();

    let answered = store(&["repair", shown(&copy)], "");
    assert_eq!(answered.code, 1);
    assert!(
        answered.out.contains("not repaired: 1 difference that")
            && answered
                .out
                .contains("until the store is taken from another backup, or they are reset"),
        "{}",
        answered.out
    );
    let answered = store(&["verify", shown(&copy)], "");
    let words = "the tally has 12000 units, and its units give ";
    assert!(answered.out.contains(words), "{}", answered.out);
    assert_eq!(answered.code, 1);
    let answered = store(&["export", shown(&copy)], "");
    assert_eq!(answered.code, 1);
    assert!(
        answered.err.contains("left out: experiment `pill`"),
        "{}",
        answered.err
    );
    assert!(!answered.out.contains("pill"));
}
