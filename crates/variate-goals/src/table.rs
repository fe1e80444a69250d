use variate_stats::ep_stats::{
    Aggregation, Day, Experiment, GoalError, GoalRow, GoalSource, GoalTable, UnitId, UnitRow,
};

use crate::cell::Cell;

/// Why goals cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoalsError {
    /// The source cannot be opened or asked.
    #[error("goals cannot be read from {place}: {problem}")]
    Source {
        /// Which one.
        place: String,
        /// What it says.
        problem: String,
    },
    /// A column that must be there is missing.
    #[error("goals from {place} have no column {column:?}; they have {found}")]
    Column {
        /// From where.
        place: String,
        /// Which one.
        column: &'static str,
        /// Those that are there.
        found: String,
    },
    /// A column is there twice.
    #[error("goals from {place} have two columns {column:?}; keep one")]
    Twice {
        /// From where.
        place: String,
        /// Which one.
        column: String,
    },
    /// A cell makes no sense.
    #[error("goals from {place}, row {row}: {text:?} in column {column:?} is no {wanted}")]
    Cell {
        /// From where.
        place: String,
        /// Which row, from 1 on.
        row: u64,
        /// Which column.
        column: String,
        /// What stands there.
        text: String,
        /// What should.
        wanted: &'static str,
    },
    /// A query has a parameter that requests do not have.
    #[error(
        "the query has the parameter :{0}; there are :experiment_id, :unit_type, :control_variant, :variants, :goals, :date_from, :date_to, :date_for, and :parameter_NAME for query_parameters"
    )]
    Parameter(String),
    /// The address asks for an encrypted connection, which needs the feature `postgres-tls`.
    #[error(
        "the address of Postgres asks for TLS (`sslmode`), which this program is built without: turn on the feature `postgres-tls` of variate-goals"
    )]
    WithoutTls,
    /// The certificates that an encrypted connection is verified by cannot be read.
    #[error(
        "the certificates to trust cannot be read: {0}; `sslrootcert=FILE` in the address of Postgres names others"
    )]
    Certificates(String),
}

/// Rows as they come, on their way to a [`GoalTable`].
pub(crate) struct Table<'a> {
    place: &'a str,
    experiment: &'a Experiment,
    columns: Vec<Column>,
    names: Vec<String>,
    kind: Kind,
    sums: Vec<GoalRow>,
    units: Vec<UnitRow>,
    rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Sums,
    Units,
    /// A column for each goal.
    Wide,
}

#[derive(Debug, Clone, PartialEq)]
enum Column {
    Experiment,
    Date,
    Variant,
    UnitType,
    Aggregation,
    Unit,
    Goal,
    Count,
    CountSquares,
    Value,
    ValueSquares,
    Unique,
    /// Of count and value.
    Product,
    Dimension,
    /// The sum of a global goal, and where the column of its squares is.
    Wide(Option<usize>),
    /// Read with another one.
    Skipped,
}

impl<'a> Table<'a> {
    pub(crate) fn new(
        place: &'a str,
        experiment: &'a Experiment,
        names: Vec<String>,
    ) -> Result<Self, GoalsError> {
        let has = |name: &str| names.iter().any(|other| other == name);
        let mut columns = names.iter().enumerate();
        if let Some((_, column)) =
            columns.find(|(at, name)| names.iter().take(*at).any(|of| of == *name))
        {
            return Err(GoalsError::Twice {
                place: place.to_owned(),
                column: column.clone(),
            });
        }
        let kind = match (has("goal"), has("unit_id")) {
            (_, true) => Kind::Units,
            (false, false) if !has("exp_variant_id") && names.len() > 2 => Kind::Wide,
            _ => Kind::Sums,
        };
        let required: &[&'static str] = match kind {
            Kind::Sums => &["exp_variant_id", "unit_type", "agg_type", "goal"],
            Kind::Units => &["exp_variant_id", "unit_type", "goal"],
            Kind::Wide => &[],
        };
        // Squares of a sum are none without it.
        let summed = [("sum_sqr_count", "count"), ("sum_sqr_value", "sum_value")];
        let summed = summed
            .iter()
            .filter(|(squares, _)| kind == Kind::Sums && has(squares));
        let required: Vec<&'static str> = required
            .iter()
            .copied()
            .chain(summed.map(|of| of.1))
            .collect();
        if let Some(column) = required.into_iter().find(|name| !has(name)) {
            return Err(GoalsError::Column {
                place: place.to_owned(),
                column,
                found: names.join(", "),
            });
        }
        let columns = match kind {
            Kind::Wide => wide(&names),
            _ => names.iter().map(|name| Column::named(name)).collect(),
        };
        Ok(Self {
            place,
            experiment,
            columns,
            names,
            kind,
            sums: Vec::new(),
            units: Vec::new(),
            rows: 0,
        })
    }

    /// Takes a row, a cell for each column.
    pub(crate) fn push(&mut self, cells: &[Cell<'_>]) -> Result<(), GoalsError> {
        self.rows += 1;
        match self.kind {
            Kind::Wide => self.push_wide(cells),
            Kind::Sums => {
                let mut row = GoalRow::new("", "", Aggregation::Unit, "");
                for (at, cell) in cells.iter().enumerate() {
                    match self.columns.get(at) {
                        Some(Column::Experiment) => row.exp_id = some(*cell),
                        Some(Column::Date) => row.date = self.day(at, *cell)?,
                        Some(Column::Variant) => row.exp_variant_id = cell.text(),
                        Some(Column::UnitType) => row.unit_type = cell.text(),
                        Some(Column::Goal) => row.goal = cell.text(),
                        Some(Column::Aggregation) => {
                            row.agg_type = match *cell {
                                Cell::Text("unit") => Aggregation::Unit,
                                Cell::Text("global") => Aggregation::Global,
                                cell => return Err(self.bad(at, cell, "`unit` or `global`")),
                            }
                        }
                        Some(Column::Count) => row.count = self.number(at, *cell)?,
                        Some(Column::CountSquares) => row.sum_sqr_count = self.number(at, *cell)?,
                        Some(Column::Value) => row.sum_value = self.number(at, *cell)?,
                        Some(Column::ValueSquares) => row.sum_sqr_value = self.number(at, *cell)?,
                        Some(Column::Unique) => row.count_unique = self.number(at, *cell)?,
                        Some(Column::Product) if cell.is_empty() => {}
                        Some(Column::Product) => {
                            row.sum_count_value = Some(self.number(at, *cell)?);
                        }
                        Some(Column::Dimension) => self.dimension(at, *cell, &mut row.dimensions),
                        _ => {}
                    }
                }
                let names = [&row.exp_variant_id, &row.unit_type, &row.goal];
                self.named(row.exp_id.as_deref(), names)?;
                self.sums.push(row);
                Ok(())
            }
            Kind::Units => {
                let mut row = UnitRow::new("", "", UnitId::Number(0), "", 0.0);
                for (at, cell) in cells.iter().enumerate() {
                    match self.columns.get(at) {
                        Some(Column::Experiment) => row.exp_id = some(*cell),
                        Some(Column::Date) => row.date = self.day(at, *cell)?,
                        Some(Column::Variant) => row.exp_variant_id = cell.text(),
                        Some(Column::UnitType) => row.unit_type = cell.text(),
                        Some(Column::Goal) => row.goal = cell.text(),
                        Some(Column::Unit) => {
                            row.unit_id = match *cell {
                                Cell::Integer(number) => UnitId::Number(number),
                                Cell::Null => return Err(self.bad(at, *cell, "unit")),
                                cell => UnitId::from(cell.text().as_str()),
                            }
                        }
                        Some(Column::Count) => row.count = self.number(at, *cell)?,
                        Some(Column::Value) => row.sum_value = self.number(at, *cell)?,
                        Some(Column::Dimension) => self.dimension(at, *cell, &mut row.dimensions),
                        _ => {}
                    }
                }
                let names = [&row.exp_variant_id, &row.unit_type, &row.goal];
                self.named(row.exp_id.as_deref(), names)?;
                self.units.push(row);
                Ok(())
            }
        }
    }

    /// What must have a name, in a row of this experiment.
    fn named(&self, exp_id: Option<&str>, names: [&String; 3]) -> Result<(), GoalsError> {
        if exp_id.is_some_and(|id| id != self.experiment.id) {
            return Ok(());
        }
        let of = [
            (Column::Variant, "name of a variant"),
            (Column::UnitType, "type of unit"),
            (Column::Goal, "name of a goal"),
        ];
        for ((column, wanted), name) in of.into_iter().zip(names) {
            let wanted = if name.trim().is_empty() {
                wanted
            } else if name.trim() != name && !self.experiment.is_lenient {
                "name without blanks around it"
            } else {
                continue;
            };
            let at = self.columns.iter().position(|of| *of == column);
            return Err(self.bad(at.unwrap_or_default(), Cell::Text(name), wanted));
        }
        Ok(())
    }

    /// Experiment and variant come first, whatever they are called.
    fn push_wide(&mut self, cells: &[Cell<'_>]) -> Result<(), GoalsError> {
        let [experiment, variant, ..] = cells else {
            return Ok(());
        };
        let is_of_another = some(*experiment).is_some_and(|id| id != self.experiment.id);
        if variant.is_empty() && !is_of_another {
            return Err(self.bad(1, *variant, "name of a variant"));
        }
        for (at, column) in self.columns.iter().enumerate() {
            let (Column::Wide(squares), Some(name), Some(cell)) =
                (column, self.names.get(at), cells.get(at))
            else {
                continue;
            };
            let squares = match squares.and_then(|at| Some((at, cells.get(at)?))) {
                Some((at, cell)) => Some(self.number(at, *cell)?),
                None => None,
            };
            let unit_type = &self.experiment.unit_type;
            let sum = self.number(at, *cell)?;
            let mut row = GoalRow::wide(variant.text(), unit_type, name, sum, squares);
            row.exp_id = some(*experiment);
            self.sums.push(row);
        }
        Ok(())
    }

    fn dimension(&self, at: usize, cell: Cell<'_>, dimensions: &mut Vec<(String, String)>) {
        let text = cell.text();
        if let Some(name) = self.names.get(at).filter(|_| !text.is_empty()) {
            dimensions.push((name.clone(), text));
        }
    }

    fn number(&self, at: usize, cell: Cell<'_>) -> Result<f64, GoalsError> {
        cell.number().ok_or_else(|| self.bad(at, cell, "number"))
    }

    fn day(&self, at: usize, cell: Cell<'_>) -> Result<Option<Day>, GoalsError> {
        let text = cell.text();
        if text.is_empty() {
            return Ok(None);
        }
        // What databases write of moments: the day comes first.
        let day = text.split([' ', 'T']).next().unwrap_or_default();
        let day = day
            .parse()
            .map_err(|_| self.bad(at, cell, "day as in 2026-11-21"))?;
        Ok(Some(day))
    }

    fn bad(&self, at: usize, cell: Cell<'_>, wanted: &'static str) -> GoalsError {
        GoalsError::Cell {
            place: self.place.to_owned(),
            row: self.rows,
            column: self.names.get(at).cloned().unwrap_or_default(),
            text: cell.text(),
            wanted,
        }
    }

    /// All of them.
    pub(crate) fn finish(self) -> Rows {
        let table = match self.kind {
            Kind::Units => GoalTable::of_units(self.units),
            _ => GoalTable::new(self.sums),
        };
        // Filters may name a column that is empty in all rows.
        let dimensions = self.columns.into_iter().zip(self.names);
        let table = dimensions
            .filter(|(column, _)| *column == Column::Dimension)
            .fold(table, |table, (_, name)| table.dimension(name));
        Rows {
            is_by_unit: self.kind == Kind::Units,
            is_empty: self.rows == 0,
            table,
        }
    }
}

/// What a source has.
pub(crate) struct Rows {
    is_by_unit: bool,
    is_empty: bool,
    table: GoalTable,
}

impl Rows {
    /// What it says of the experiment.
    pub(crate) fn aggregated(self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        if self.is_by_unit {
            return Err(GoalError::ByUnit);
        }
        self.some(experiment)?.table.aggregated(experiment)
    }

    /// The same by unit.
    pub(crate) fn by_unit(self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        if !self.is_by_unit {
            return Err(GoalError::NotByUnit);
        }
        self.some(experiment)?.table.by_unit(experiment)
    }

    /// Without any row nothing is known of the experiment.
    fn some(self, experiment: &Experiment) -> Result<Self, GoalError> {
        if self.is_empty {
            return Err(GoalError::Experiment(experiment.id.clone()));
        }
        Ok(self)
    }
}

impl Column {
    fn named(name: &str) -> Self {
        match name {
            "exp_id" => Self::Experiment,
            "date" => Self::Date,
            "exp_variant_id" => Self::Variant,
            "unit_type" => Self::UnitType,
            "agg_type" => Self::Aggregation,
            "unit_id" => Self::Unit,
            "goal" => Self::Goal,
            "count" => Self::Count,
            "sum_sqr_count" => Self::CountSquares,
            "sum_value" => Self::Value,
            "sum_sqr_value" => Self::ValueSquares,
            "count_unique" => Self::Unique,
            "sum_count_value" => Self::Product,
            _ => Self::Dimension,
        }
    }
}

const SQUARED: &str = "_squared";

fn wide(names: &[String]) -> Vec<Column> {
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    let column = |(at, name): (usize, &String)| {
        let of = name.strip_suffix(SQUARED).and_then(place);
        if at < 2 || of.is_some() {
            Column::Skipped
        } else {
            Column::Wide(place(&format!("{name}{SQUARED}")))
        }
    };
    names.iter().enumerate().map(column).collect()
}

fn some(cell: Cell<'_>) -> Option<String> {
    let text = cell.text();
    (!text.is_empty()).then_some(text)
}

impl From<GoalsError> for GoalError {
    fn from(error: GoalsError) -> Self {
        Self::Source(error.to_string())
    }
}
