use super::experiment::{Reader, number, one_of, refuse};
use super::field::Fields;
use super::invalid::Invalid;
use super::metric::told;
use crate::ep_stats::Mode;
use crate::ep_stats::experiment::{Check, CheckKind};
use crate::ep_stats::expression::Expression;
use crate::ep_stats::json::Json;

impl Reader {
    pub(super) fn check(&mut self, fields: &mut Fields<'_, '_>) -> Option<Check> {
        let before = fields.faults().len();
        let id = number(fields);
        let name = fields.name("name");
        let kind = fields.optional_string("type");
        let nominator = fields.optional_string("nominator");
        let denominator = fields.string("denominator");
        if fields.faults().len() > before {
            return None;
        }
        let kind = match (kind.as_deref(), self.mode) {
            (None | Some("SRM"), _) => CheckKind::Srm,
            (Some("SumRatio"), _) => CheckKind::SumRatio,
            (Some("MaxRatio"), Mode::Corrected) => CheckKind::MaxRatio,
            (Some(_), Mode::Compat) => {
                self.crash = true;
                return None;
            }
            (Some(_), Mode::Corrected) => {
                let sent = fields.optional("type").unwrap_or(&Json::Null);
                let fault = one_of("'SRM', 'SumRatio' or 'MaxRatio'", fields.at("type"), sent);
                fields.fault(fault);
                return None;
            }
        };
        let denominator = denominator?;
        let ratio = kind != CheckKind::Srm;
        if ratio && nominator.as_deref().is_none_or(str::is_empty) {
            return refuse(fields, "we expect nominator to be non-empty");
        }
        if denominator.is_empty() {
            return refuse(fields, "we expect denominator to be non-empty");
        }
        let nominator = nominator.filter(|_| ratio);
        let both = [
            ("nominator", nominator.as_ref()),
            ("denominator", Some(&denominator)),
        ];
        let mut goals = 0;
        for (name, text) in both
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)))
        {
            match Expression::parse(text, self.mode) {
                Ok(expression) => goals += expression.goals().len(),
                Err(error) => {
                    let fault = match &nominator {
                        Some(other) => {
                            self.unreadable(fields, name, text, other, &denominator, &error)
                        }
                        None if self.mode == Mode::Compat => {
                            let message = format!(
                                "Cannot parse '{text}' because of '{}'",
                                told(text, &error)
                            );
                            Invalid::value(fields.place(), &message, fields.json())
                        }
                        None => self.unreadable(fields, name, text, "", &denominator, &error),
                    };
                    fields.fault(fault);
                    return None;
                }
            }
        }
        if goals == 0 {
            return refuse(
                fields,
                "We expect the check to have at least one goal in denominator",
            );
        }
        Some(Check {
            id: id?,
            name: name?,
            kind,
            nominator,
            denominator,
        })
    }
}
