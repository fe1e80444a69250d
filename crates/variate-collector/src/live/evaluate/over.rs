use variate_stats::evaluation::{Decision, Evaluation};

use crate::live::State;
use crate::live::words::count;
use crate::{Day, ExperimentInfo};

/// Where people are done with an experiment, that comes first, and nothing is advised any more. `last` is the last day with an exposure.
pub(super) fn conclude(evaluation: &mut Evaluation, info: &ExperimentInfo, last: Option<Day>) {
    let archived = "it is archived, and nothing of it is counted any more";
    let record = match (&info.winner, info.archived) {
        (Some(winner), true) => format!("{winner} is the declared winner; {archived}."),
        (Some(winner), false) => format!("{winner} is the declared winner."),
        (None, true) => format!("No winner was declared; {archived}."),
        (None, false) => return,
    };
    let until = last.map_or_else(String::new, |day| format!(" until {day}"));
    let conclusion = &mut evaluation.conclusion;
    let said = match conclusion.decision {
        Decision::KeepRunning => {
            conclusion.decision = Decision::Over;
            conclusion.variant.clone_from(&info.winner);
            match evaluation.units {
                0 => "No unit was counted.".to_owned(),
                units => format!(
                    "Its data alone prove no difference: {} units{until}.",
                    count(units)
                ),
            }
        }
        _ => {
            let text = conclusion.text.as_str();
            let advice = [" Ship it.", " Ship it only if that can be borne."];
            let text = advice
                .iter()
                .find_map(|of| text.strip_suffix(of))
                .unwrap_or(text);
            format!("Its data say{until}: {text}")
        }
    };
    conclusion.text = format!("{record} {said}");
}

/// Where nobody gets into an experiment that is not read yet, nobody is told to keep it running.
pub(super) fn conclude_still(evaluation: &mut Evaluation, state: State) {
    let why = match state {
        State::Off => "It is switched off, and nobody gets into it.",
        State::Ended => "It ended today, and is read when the day is over.",
        _ => return,
    };
    let conclusion = &mut evaluation.conclusion;
    if conclusion.decision != Decision::KeepRunning || evaluation.units == 0 {
        return;
    }
    let text = conclusion.text.as_str();
    let said = text.strip_suffix(" Keep it running.").unwrap_or(text);
    conclusion.text = format!("{why} {said}");
}
