//! Other processes at both ends.

use std::io::{BufRead, BufReader, Write};
use std::process::Child;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::{PILL, command};

fn lines_of(child: &mut Child) -> mpsc::Receiver<String> {
    let stdout = child.stdout.take().unwrap();
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn a_process_that_waits_for_each_answer_gets_it() {
    let mut child = command(&["key"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let answers = lines_of(&mut child);
    for _ in 0..3 {
        writeln!(stdin, "{PILL}").unwrap();
        let answer = answers.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(answer.contains("10ef0ded7137fc31695115082c9699f8"));
    }
    // Half a line behind a whole one holds nothing back.
    write!(stdin, "{PILL}\n{{\"experiment\"").unwrap();
    assert!(answers.recv_timeout(Duration::from_secs(30)).is_ok());
    writeln!(stdin, ":\"pill\"}}").unwrap();
    drop(stdin);
    assert!(answers.recv_timeout(Duration::from_secs(30)).is_ok());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = command(&["key"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let lines = format!("{PILL}\n").repeat(10_000);
    // Fails as soon as the binary has noticed.
    let _ = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
