use super::day::Day;
use super::goal_row::GoalRow;
use super::unit_row::UnitRow;

/// What rows of goals have in common, by unit or not.
pub(crate) trait Row {
    fn exp_id(&self) -> Option<&str>;
    fn date(&self) -> Option<Day>;
    fn variant(&self) -> &str;
    fn unit_type(&self) -> &str;
    fn goal(&self) -> &str;
    fn dimensions(&self) -> &[(String, String)];

    /// What the row holds in a dimension.
    fn dimension_value(&self, name: &str) -> &str {
        let mut dimensions = self.dimensions().iter();
        dimensions
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
            .unwrap_or("")
    }

    /// Whether it is about units of this type being exposed.
    fn is_exposure(&self, unit_type: &str) -> bool {
        self.goal() == EXPOSURE && self.unit_type() == unit_type
    }
}

/// The goal of being exposed.
pub(crate) const EXPOSURE: &str = "exposure";

macro_rules! row {
    ($row:ty) => {
        impl Row for $row {
            fn exp_id(&self) -> Option<&str> {
                self.exp_id.as_deref()
            }

            fn date(&self) -> Option<Day> {
                self.date
            }

            fn variant(&self) -> &str {
                &self.exp_variant_id
            }

            fn unit_type(&self) -> &str {
                &self.unit_type
            }

            fn goal(&self) -> &str {
                &self.goal
            }

            fn dimensions(&self) -> &[(String, String)] {
                &self.dimensions
            }
        }
    };
}

row!(GoalRow);
row!(UnitRow);
