//! `kill -9` under load, again and again. This test binary is the process that is killed as well.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use variate_collector::{EmbeddedStore, EventStore, Outcome};

use super::{events, in_memory, open, units};

/// The engine reads its journal again at each opening and begins a new one late, so that one store would be read for ever longer.
const STORES: u64 = 20;
const KILLS: u32 = 10;
const DIRECTORY: &str = "VARIATE_TEST_KILLED_DIRECTORY";

/// Each line that it reads is a range of ids, or asks that journals become tables; each that it writes says how many of them are counted and how many were before.
#[test]
fn the_process_that_is_killed() {
    let Some(directory) = std::env::var_os(DIRECTORY) else {
        return;
    };
    let store = open(Path::new(&directory));
    println!("\nopen {}", units(&store));
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        if line == "flush" {
            store.flush().unwrap();
            println!("flushed");
            continue;
        }
        let (from, to) = line.split_once(' ').unwrap();
        let outcomes = store.ingest(&events(from.parse().unwrap()..to.parse().unwrap()));
        let outcomes = outcomes.unwrap();
        let of = |outcome| outcomes.iter().filter(|of| **of == outcome).count();
        println!(
            "done {to} {} {}",
            of(Outcome::Counted),
            of(Outcome::Duplicate)
        );
    }
}

struct Killed {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The units that it had when it opened.
    opened: i64,
}

impl Killed {
    fn start(directory: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "embedded::killing::the_process_that_is_killed"])
            .args(["--nocapture", "--test-threads=1"])
            .env(DIRECTORY, directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut killed = Self {
            process,
            input,
            output,
            opened: 0,
        };
        let [units] = killed.read("open ");
        killed.opened = units.into();
        killed
    }

    fn send(&mut self, ids: &std::ops::Range<u32>) {
        writeln!(self.input, "{} {}", ids.start, ids.end).unwrap();
    }

    fn read<const N: usize>(&mut self, start: &str) -> [u32; N] {
        self.next(start).expect("it is alive")
    }

    fn next<const N: usize>(&mut self, start: &str) -> Option<[u32; N]> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.output.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
                return None;
            }
            if let Some(numbers) = line.strip_prefix(start) {
                let numbers = numbers.split_whitespace();
                let numbers: Vec<u32> = numbers.map(|of| of.parse().unwrap()).collect();
                return Some(numbers.try_into().unwrap());
            }
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_counts_twice() {
    let torn: u32 = (0..STORES).map(kill_again_and_again).sum();
    let kills = u32::try_from(STORES).unwrap() * KILLS;
    assert!(
        torn > kills / 10,
        "only {torn} kills came while something was on its way"
    );
}

/// Answers how many of the kills lost something that was on its way.
fn kill_again_and_again(seed: u64) -> u32 {
    let directory = in_memory();
    let mut random = StdRng::seed_from_u64(seed);
    let mut sent: u32 = 0;
    let mut acknowledged: u32 = 0;
    let mut torn = 0;
    for kill in 0..KILLS {
        let mut killed = Killed::start(directory.path());
        let opened = u32::try_from(killed.opened).unwrap();
        assert!(
            opened >= acknowledged && opened <= sent,
            "after {kill} kills {opened} are counted; {acknowledged} were acknowledged, {sent} sent"
        );
        torn += u32::from(opened < sent);
        // All that was sent since the last acknowledgement, and some before, comes again.
        let again = acknowledged.saturating_sub(100)..sent;
        killed.send(&again);
        let [_, counted, before] = killed.read("done ");
        assert_eq!(counted, sent - opened, "after {kill} kills");
        assert_eq!(before, opened - again.start, "after {kill} kills");
        acknowledged = sent;
        // Tables as well as journals are there when it ends, and journals stay short enough to be read again each time.
        if kill % 4 == 3 {
            writeln!(killed.input, "flush").unwrap();
            let [] = killed.read("flushed");
        }

        // Several batches are on their way when it ends.
        let batches = random.random_range(2..12);
        let read = random.random_range(0..batches);
        for _ in 0..batches {
            let next = sent..sent + random.random_range(1..60);
            sent = next.end;
            killed.send(&next);
        }
        for _ in 0..read {
            let [to, _, _] = killed.read("done ");
            acknowledged = to;
        }
        killed.process.kill().unwrap();
        killed.process.wait().unwrap();
        // What it said before it ended counts as said.
        while let Some([to, _, _]) = killed.next("done ") {
            acknowledged = to;
        }
    }
    let store = open(directory.path());
    let outcomes = store.ingest(&events(0..sent)).unwrap();
    let known = outcomes
        .iter()
        .filter(|of| **of == Outcome::Duplicate)
        .count();
    assert!(known >= acknowledged as usize);
    assert_eq!(units(&store), i64::from(sent));
    drop(store);
    let report = EmbeddedStore::verify(directory.path(), |_| {}).unwrap();
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.units, u64::from(sent));
    torn
}
