use super::Mode;
use super::day::Day;
use super::expression::Aggregation;
use super::goal_row::GoalRow;
use super::json::Json;
use super::request::{Invalid, Place};
use super::unit_row::{UnitId, UnitRow};

/// Goals that stand in a request.
pub(crate) enum Goals {
    Sums(Vec<GoalRow>),
    Units(Vec<UnitRow>),
}

/// Reads the rows: by unit, if they name units.
pub(crate) fn goals(list: &[Json<'_>], mode: Mode, faults: &mut Vec<Invalid>) -> Goals {
    if list.first().is_some_and(|row| row.get("unit_id").is_some()) {
        let units = list
            .iter()
            .enumerate()
            .filter_map(|(at, json)| Row::new(json, at, mode, faults).of_unit());
        return Goals::Units(units.collect());
    }
    Goals::Sums(
        list.iter()
            .enumerate()
            .filter_map(|(at, json)| Row::new(json, at, mode, faults).sums())
            .collect(),
    )
}

struct Row<'f, 'a> {
    json: &'f Json<'a>,
    /// Which of the rows.
    at: usize,
    /// What stands in the columns.
    columns: [Option<&'f Json<'a>>; 13],
    mode: Mode,
    faults: &'f mut Vec<Invalid>,
}

/// What is no dimension.
const COLUMNS: [&str; 13] = [
    "exp_id",
    "date",
    "exp_variant_id",
    "unit_type",
    "agg_type",
    "unit_id",
    "goal",
    "count",
    "sum_sqr_count",
    "sum_value",
    "sum_sqr_value",
    "count_unique",
    "sum_count_value",
];

/// Which column that is.
fn column(name: &str) -> Option<usize> {
    COLUMNS.iter().position(|column| *column == name)
}

/// What rows by unit and others have in common.
struct Head {
    exp_id: Option<String>,
    date: Option<Day>,
    variant: String,
    unit_type: String,
    goal: String,
    dimensions: Vec<(String, String)>,
}

impl<'f, 'a> Row<'f, 'a> {
    fn new(json: &'f Json<'a>, at: usize, mode: Mode, faults: &'f mut Vec<Invalid>) -> Self {
        let mut columns = [None; 13];
        if let Json::Object(fields) = json {
            for (name, value) in fields {
                // Of several of one name the last.
                if let Some(column) = column(name).and_then(|at| columns.get_mut(at)) {
                    *column = Some(value);
                }
            }
        }
        Self {
            json,
            at,
            columns,
            mode,
            faults,
        }
    }

    fn get(&self, name: &str) -> Option<&'f Json<'a>> {
        self.columns.get(column(name)?).copied().flatten()
    }

    fn head(&mut self) -> Option<Head> {
        let (variant, unit_type, goal) = (
            self.text("exp_variant_id"),
            self.text("unit_type"),
            self.text("goal"),
        );
        let exp_id = self.get("exp_id").and_then(Json::text);
        Some(Head {
            exp_id: exp_id.map(str::to_owned),
            date: self.date(),
            variant: variant?,
            unit_type: unit_type?,
            goal: goal?,
            dimensions: self.dimensions(),
        })
    }

    fn sums(mut self) -> Option<GoalRow> {
        let before = self.faults.len();
        let head = self.head();
        let named = self.get("agg_type").and_then(Json::text);
        let aggregation = match named.and_then(Aggregation::named) {
            Some(aggregation) => Some(aggregation),
            None => self.refuse("agg_type", "enum", "Input should be 'unit' or 'global'"),
        };
        let [count, sum_sqr_count, sum_value, sum_sqr_value, count_unique] = [
            "count",
            "sum_sqr_count",
            "sum_value",
            "sum_sqr_value",
            "count_unique",
        ]
        .map(|name| self.number(name));
        if self.mode == Mode::Corrected {
            self.summed("count", sum_sqr_count);
            self.summed("sum_value", sum_sqr_value);
        }
        let product = self
            .get("sum_count_value")
            .is_some_and(|json| !json.is_null());
        let sum_count_value = product.then(|| self.number("sum_count_value"));
        if self.faults.len() > before {
            return None;
        }
        let head = head?;
        Some(GoalRow {
            exp_id: head.exp_id,
            date: head.date,
            exp_variant_id: head.variant,
            unit_type: head.unit_type,
            agg_type: aggregation?,
            goal: head.goal,
            dimensions: head.dimensions,
            count,
            sum_sqr_count,
            sum_value,
            sum_sqr_value,
            count_unique,
            sum_count_value,
        })
    }

    fn of_unit(mut self) -> Option<UnitRow> {
        let before = self.faults.len();
        let head = self.head();
        let unit_id = match self.get("unit_id") {
            Some(Json::Integer(text)) => Some(UnitId::from(*text)),
            Some(Json::String(text)) => Some(UnitId::Text(text.to_string())),
            _ => self.refuse(
                "unit_id",
                "string_type",
                "Input should be a text or a whole number",
            ),
        };
        let (count, sum_value) = (self.number("count"), self.number("sum_value"));
        if self.faults.len() > before {
            return None;
        }
        let head = head?;
        Some(UnitRow {
            exp_id: head.exp_id,
            date: head.date,
            exp_variant_id: head.variant,
            unit_type: head.unit_type,
            unit_id: unit_id?,
            goal: head.goal,
            dimensions: head.dimensions,
            count,
            sum_value,
        })
    }

    /// Squares of a sum are none without it.
    fn summed(&mut self, name: &'static str, square: f64) {
        if square != 0.0 && self.get(name).is_none() {
            self.refuse::<()>(name, "missing", "Field required, as there are its squares");
        }
    }

    fn refuse<T>(&mut self, name: &'static str, kind: &'static str, message: &str) -> Option<T> {
        let place = vec![
            Place::Name("body"),
            Place::Name("goals"),
            Place::At(self.at),
            Place::Name(name),
        ];
        let sent = self.get(name).unwrap_or(self.json);
        self.faults.push(Invalid::new(kind, place, message, sent));
        None
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.get(name) {
            Some(Json::String(text)) if text.is_empty() && self.mode == Mode::Corrected => {
                self.refuse(name, "value_error", "Input should not be empty")
            }
            // It would be another name.
            Some(Json::String(text)) if text.trim() != text && self.mode == Mode::Corrected => {
                self.refuse(name, "value_error", "Input should have no blanks around it")
            }
            Some(Json::String(text)) => Some(text.to_string()),
            Some(Json::Integer(text)) => Some((*text).to_owned()),
            Some(_) => self.refuse(name, "string_type", "Input should be a valid string"),
            None => self.refuse(name, "missing", "Field required"),
        }
    }

    /// A sum; what is missing counts as 0, and `null` is not a number, which compat mode takes for 0.
    fn number(&mut self, name: &'static str) -> f64 {
        match self.get(name) {
            None => 0.0,
            Some(Json::Null) => f64::NAN,
            Some(Json::Integer(text)) => text.parse().unwrap_or(f64::NAN),
            Some(Json::Float(value)) => *value,
            Some(_) => self
                .refuse(name, "float_type", "Input should be a valid number")
                .unwrap_or(0.0),
        }
    }

    fn date(&mut self) -> Option<Day> {
        match self.get("date") {
            None | Some(Json::Null) => None,
            Some(json) => match json.text().and_then(|text| text.parse().ok()) {
                Some(day) => Some(day),
                None => self.refuse(
                    "date",
                    "value_error",
                    "we expect date to be in `2020-06-15` format",
                ),
            },
        }
    }

    fn dimensions(&self) -> Vec<(String, String)> {
        let Json::Object(fields) = self.json else {
            return Vec::new();
        };
        let dimensions = fields.iter().filter(|(name, _)| column(name).is_none());
        dimensions
            .map(|(name, value)| (name.to_string(), super::request::as_text(value)))
            .collect()
    }
}
