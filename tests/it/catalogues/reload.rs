//! Files that change while experiments run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use variate::{CatalogueError, Config, ConfigBuilder, Declaration, NoTracker, context};

struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, text: &str) {
        std::fs::write(self.path("catalogue.toml"), text).unwrap();
    }

    fn builder(&self) -> ConfigBuilder {
        Config::builder()
            .tracker(NoTracker::new())
            .catalogue_file(self.path("catalogue.toml"))
    }
}

/// Everybody gets `variant`, which is one of two.
fn always(variant: &str) -> String {
    format!(
        "[experiments.pill]\nvariants = [\"one\", \"two\"]\nrollout = {{ always = \"{variant}\" }}\n\
         [experiments.pill.payloads]\n{variant} = \"{variant}\"\n"
    )
}

fn variant(config: &Config) -> String {
    config
        .experiment("pill", context! { id: 1 })
        .variant()
        .to_string()
}

#[test]
fn a_file_is_read_again_when_it_is_asked_for() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files.builder().build().unwrap();
    let decided = config.experiment("pill", context! { id: 1 });
    assert_eq!(*decided.variant(), "one");
    let undecided = config.experiment("pill", context! { id: 1 });
    files.write(&always("two"));
    assert_eq!(variant(&config), "one");
    config.clone().reload().unwrap();
    assert_eq!(variant(&config), "two");
    assert_eq!(*decided.variant(), "one");
    assert_eq!(*undecided.variant(), "two");
    files.write("experiments = {}");
    config.reload().unwrap();
    assert!(!config.is_declared("pill"));
}

#[test]
fn a_broken_file_keeps_what_was_and_tells_once() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files.builder().build().unwrap();
    let file = files.path("catalogue.toml");
    let failures = || config.diagnostics().catalogue_failures;
    let breaks: [&dyn Fn(); 6] = [
        // As a file is between being emptied and being written.
        &|| files.write(""),
        &|| files.write("# soon\n"),
        &|| files.write("[experiments.pill"),
        &|| files.write("[experiments.pill]\ntrafic = 1"),
        &|| std::fs::write(&file, b"\xff").unwrap(),
        &|| std::fs::remove_file(&file).unwrap(),
    ];
    for (place, break_it) in breaks.iter().enumerate() {
        break_it();
        assert!(config.reload_if_changed().is_err());
        assert!(!config.reload_if_changed().unwrap(), "told of twice");
        assert_eq!(failures(), place as u64 + 1);
        assert_eq!(variant(&config), "one");
    }
    let error = config.reload().unwrap_err();
    assert!(matches!(error, CatalogueError::Read { .. }), "{error}");
    assert_eq!(failures(), 7);
    files.write(&always("two"));
    assert!(config.reload_if_changed().unwrap());
    assert_eq!(variant(&config), "two");
    assert_eq!(failures(), 7);
}

#[test]
fn what_does_not_fit_the_configuration_keeps_what_was() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files
        .builder()
        .declare(Declaration::new("in_code"))
        .build()
        .unwrap();
    files.write("[experiments.pill]\nsticky = true");
    let error = config.reload().unwrap_err().to_string();
    assert!(
        error.contains("catalogue.toml:1:14: experiments.pill: ")
            && error.contains("needs a store"),
        "{error}"
    );
    files.write("[experiments.in_code]");
    assert!(
        config
            .reload()
            .unwrap_err()
            .to_string()
            .contains("declared twice")
    );
    files.write("[experiments.pill]\nlayer = { name = \"in_code\", range = [0, 1] }");
    assert!(
        config
            .reload()
            .unwrap_err()
            .to_string()
            .contains("there is no layer `in_code`")
    );
    assert_eq!(variant(&config), "one");
    assert!(config.is_declared("in_code"));
}

#[test]
fn code_may_take_ranges_of_a_layer_of_a_file() {
    let files = Files::new();
    let file = |start: u8| {
        format!(
            "[layers.shared]\nunit = \"id\"\n[experiments.pill]\n\
             layer = {{ name = \"shared\", range = [{start}, 100] }}"
        )
    };
    files.write(&file(60));
    let in_code = Declaration::new("in_code").layer("shared", 0..50);
    let config = files.builder().declare(in_code).build().unwrap();
    files.write(&file(50));
    config.reload().unwrap();
    for id in 0..100 {
        let takes_part = |name: &str| {
            let exp = config.experiment(name, context! { id: id });
            exp.assignment().is_tracked()
        };
        assert_ne!(takes_part("in_code"), takes_part("pill"), "{id}");
    }
    files.write(&file(49));
    let error = config.reload().unwrap_err().to_string();
    assert!(
        error.contains("catalogue.toml:3:14: ") && error.contains("overlap"),
        "{error}"
    );
    files.write("experiments = {}");
    assert!(matches!(config.reload(), Err(CatalogueError::Rejected(_))));
}

#[test]
fn a_file_can_switch_everything_off_and_on_again() {
    let files = Files::new();
    files.write("experiments = {}");
    let config = files.builder().build().unwrap();
    let reason = || {
        let exp = config.experiment("ad_hoc", context! { id: 1 });
        exp.use_(|| ()).try_(|| ()).run();
        exp.assignment().reason().code()
    };
    assert_eq!(reason(), "resolved");
    files.write("enabled = false");
    config.reload().unwrap();
    assert_eq!(reason(), "disabled");
    files.write("enabled = true");
    config.reload().unwrap();
    assert_eq!(reason(), "resolved");
}

#[test]
fn content_counts_and_not_times() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files.builder().build().unwrap();
    assert!(!config.reload_if_changed().unwrap());
    let file = files.path("catalogue.toml");
    let modified = std::fs::metadata(&file).unwrap().modified().unwrap();
    // As long as before, and as old.
    files.write(&always("two"));
    std::fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    assert!(config.reload_if_changed().unwrap());
    assert_eq!(variant(&config), "two");
    // Younger, and the same.
    files.write(&always("two"));
    assert!(!config.reload_if_changed().unwrap());
}

#[cfg(unix)]
#[test]
fn a_link_that_is_put_in_place_of_another_is_followed() {
    use std::os::unix::fs::symlink;

    // As Kubernetes changes a config map: the file is a link through a link to a folder, which is swapped.
    let files = Files::new();
    for (version, variant) in [("v1", "one"), ("v2", "two")] {
        std::fs::create_dir(files.path(version)).unwrap();
        std::fs::write(files.path(version).join("catalogue.toml"), always(variant)).unwrap();
    }
    symlink("v1", files.path("..data")).unwrap();
    symlink("..data/catalogue.toml", files.path("catalogue.toml")).unwrap();
    let config = files.builder().build().unwrap();
    assert_eq!(variant(&config), "one");
    symlink("v2", files.path("..data_tmp")).unwrap();
    std::fs::rename(files.path("..data_tmp"), files.path("..data")).unwrap();
    assert!(config.reload_if_changed().unwrap());
    assert_eq!(variant(&config), "two");
}

#[test]
fn a_configuration_without_files_says_so() {
    let config = Config::builder()
        .catalogue(super::toml("experiments = {}"))
        .build()
        .unwrap();
    assert!(matches!(config.reload(), Err(CatalogueError::NoFile)));
    let error = config.watch(Duration::from_secs(1)).unwrap_err();
    assert!(error.to_string().contains("there is no file"), "{error}");
    let files = Files::new();
    let error = files.builder().build().unwrap_err().to_string();
    assert!(error.contains("catalogue.toml: cannot be read"), "{error}");
}

#[test]
fn decisions_under_load_are_each_of_one_file_and_none_is_lost() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files.builder().build().unwrap();
    let stop = AtomicBool::new(false);
    let (ones, twos) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut id = 0;
                while !stop.load(Ordering::Relaxed) {
                    id += 1;
                    let exp = config.experiment("pill", context! { id: id });
                    let ran = exp
                        .use_(|| "control")
                        .variant("one", || "one")
                        .variant("two", || "two")
                        .run();
                    // Under neither file does anybody get the control, or one file's variant with the other's payload.
                    let payload = exp.variant().payload::<String>().unwrap();
                    assert_eq!(payload, ran);
                    let count = if ran == "one" { &ones } else { &twos };
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Until both have been seen after a change, over and over.
        for round in 0..50 {
            let (next, seen) = [("two", &twos), ("one", &ones)][round % 2];
            files.write(&always(next));
            config.reload().unwrap();
            let before = seen.load(Ordering::Relaxed);
            while seen.load(Ordering::Relaxed) == before {
                std::thread::yield_now();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(config.diagnostics(), variate::Diagnostics::default());
}

#[test]
fn a_watch_looks_until_it_is_dropped() {
    let files = Files::new();
    files.write(&always("one"));
    let config = files.builder().build().unwrap();
    let watch = config.watch(Duration::ZERO).unwrap();
    files.write(&always("two"));
    while variant(&config) != "two" {
        std::thread::yield_now();
    }
    drop(watch);
    files.write(&always("one"));
    // Its thread has ended: nobody but us can see the change.
    assert!(config.reload_if_changed().unwrap());
    // One that waits long ends at once.
    drop(config.watch(Duration::from_hours(1)).unwrap());
}

#[test]
fn a_handle_that_was_asked_for_its_key_keeps_the_keys_of_that_moment() {
    let files = Files::new();
    let schemes = |key: &str, former: &str| {
        files.write(&format!(
            "[experiments.pill]\nkey = \"{key}\"\nformer_keys = [\"{former}\"]\n"
        ));
    };
    schemes("gitlab-v0", "canonical");
    let config = files.builder().build().unwrap();
    let exp = config.experiment("pill", context! { id: 1 });
    let canonical = Config::default()
        .experiment("pill", context! { id: 1 })
        .key()
        .clone();
    let key = exp.key().clone();
    schemes("canonical", "gitlab-com");
    config.reload().unwrap();
    exp.variant();
    assert_eq!(*exp.key(), key);
    assert_eq!(exp.migration_keys(), [canonical]);
}
