//! `variate`: experience keys, assignments and explanations on the command line, JSON lines in and out; checks of
//! catalogues, and simulations of what they declare; access logs as events; and the collector as a server.

mod answer;
mod api_key;
mod arguments;
mod catalogue_options;
mod check;
mod configure;
mod deploy;
mod environment;
mod evaluate;
mod experiment_report;
#[cfg(feature = "lambda")]
mod function;
mod goal_options;
mod json_value;
mod key_options;
mod lines;
mod power;
mod preflight;
mod replay;
mod report;
mod request;
mod sample_size;
mod sent_key;
mod serve;
mod simulate;
mod spinner;
mod split_options;
mod stale;
mod store_commands;
mod store_url;
mod trace;

use std::env;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::answer::Answers;
use self::arguments::{Arguments, Work};
use self::lines::LinesError;

/// The exit code when a line was bad or the options were; clap's too.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    // Which is how AWS Lambda starts a function, and nobody else.
    if env::args_os().len() < 2 && env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return match answer_invocations() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                lines::tell(&error);
                ExitCode::FAILURE
            }
        };
    }
    let work = environment::without_empty_variables(Arguments::command())
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches))
        .and_then(|arguments| arguments.work())
        .map_err(|error| environment::naming_variables(error, env::args_os()));
    let work = match work {
        Ok(work) => work,
        Err(error) => {
            // Help and version come here too. Where even this cannot be written, nobody is there to be told.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(BAD_INPUT));
        }
    };
    match work {
        Work::Lines(file, answers) => match run(file.as_deref(), answers) {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(BAD_INPUT),
            Err(error) => {
                lines::tell(&error);
                ExitCode::FAILURE
            }
        },
        Work::Report(report) => match report.write() {
            Ok(()) if report.is_good => ExitCode::SUCCESS,
            Ok(()) => ExitCode::FAILURE,
            Err(error) => {
                lines::tell(&LinesError::Write(error));
                ExitCode::FAILURE
            }
        },
        // Whose options or input were wrong, and not a finding.
        Work::Answer(report) => match report.write() {
            Ok(()) if report.is_good => ExitCode::SUCCESS,
            Ok(()) => ExitCode::from(BAD_INPUT),
            Err(error) => {
                lines::tell(&LinesError::Write(error));
                ExitCode::FAILURE
            }
        },
        Work::Unanswered(error) => {
            lines::tell(&error);
            ExitCode::from(if error.is_of_options() { BAD_INPUT } else { 1 })
        }
        Work::Done(Ok(())) => ExitCode::SUCCESS,
        Work::Done(Err(error)) => {
            lines::tell(&error);
            ExitCode::FAILURE
        }
        Work::Serve(arguments) => match arguments.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                lines::tell(&error);
                ExitCode::from(if error.is_of_options() { BAD_INPUT } else { 1 })
            }
        },
        Work::Replay(replay) => replay.run(),
        Work::Store(store) => store.run(),
        Work::Failed(error) => {
            lines::tell(&error);
            ExitCode::from(BAD_INPUT)
        }
    }
}

#[cfg(feature = "lambda")]
fn answer_invocations() -> Result<(), function::FunctionError> {
    function::run()
}

#[cfg(not(feature = "lambda"))]
const fn answer_invocations() -> Result<(), &'static str> {
    Err(
        "this is no function of AWS Lambda: build it with the feature `lambda`, as `variate preflight` says",
    )
}

/// Answers every line of the file, or of the standard input, and says how many were bad.
fn run(file: Option<&Path>, mut answers: Answers) -> Result<u64, LinesError> {
    let input: Box<dyn Read> = match file {
        Some(path) => Box::new(File::open(path).map_err(|error| LinesError::Open {
            path: path.to_owned(),
            error,
        })?),
        None => Box::new(io::stdin().lock()),
    };
    let output: Box<dyn Write> = if answers.are_styled() {
        Box::new(anstream::stdout().lock())
    } else {
        Box::new(io::stdout().lock())
    };
    lines::answer(input, output, |line, answer| answers.answer(line, answer))
}
