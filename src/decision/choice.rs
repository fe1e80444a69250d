//! Which variant a unit gets that takes part: by a segment, or by the resolver.

use super::{Question, told};
use crate::resolver::{Choice, Resolution};
use crate::variant::CONTROL;
use crate::{Assignment, Reason, Variant};

const ENDLESS: &str = "resolvers or rules ask each other without end: a resolver that asks an \
                       experiment under its own configuration is asked for that one, too";

impl Question<'_> {
    /// The variant of the segment that the unit is in.
    #[inline]
    pub(super) fn segment(&self) -> Option<Variant> {
        let declared = self.declared?;
        if declared.segments.is_empty() {
            return None;
        }
        let mut failed = false;
        let segment = declared.segment(&self.unit, &mut failed);
        if failed {
            told::rule_failed(self.experiment);
        }
        self.among
            .variants
            .get(segment?.0)
            .map(|variant| (*variant).clone())
    }

    /// The answer of a host's code that lies too deep in itself to be asked.
    #[cold]
    pub(super) fn endless(&self) -> Assignment {
        told::failed(self.experiment, &ENDLESS.into(), self.among)
    }

    /// What the resolver says.
    #[inline(always)]
    pub(super) fn resolved(&self) -> Assignment {
        let among = self.among;
        if !among.known {
            told::assumed(self.experiment);
        }
        let resolver = self.experiment.config().resolver_of(self.declared);
        match resolver.resolve(&self.unit) {
            Ok(Resolution(Choice::Index(index))) if index < among.count() => {
                let variant = among
                    .variants
                    .get(index)
                    .map_or(&CONTROL, |variant| *variant);
                Assignment::new(variant.clone(), among.reason(), among.count())
            }
            Ok(resolution) => self.chosen(resolution),
            Err(error) => told::failed(self.experiment, &error, among),
        }
    }

    fn chosen(&self, resolution: Resolution) -> Assignment {
        let count = self.among.count();
        match resolution.0 {
            Choice::Index(index) => {
                told::unknown(self.experiment, &Variant::from(format!("#{index}")), count)
            }
            Choice::Named(named) => match self.among.find(&named) {
                Some(variant) => Assignment::new(variant, self.among.reason(), count),
                None => told::unknown(self.experiment, &named, count),
            },
            Choice::Abstain => Assignment::fallback(Reason::Abstained, count),
        }
    }
}
