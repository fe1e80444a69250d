use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use variate_stats::ep_stats::{Experiment, GoalError, GoalRow, GoalSource, UnitRow};

use crate::cell::Cell;
use crate::table::{GoalsError, Rows, Table};

/// Goals in a CSV file with a line of names at its beginning, separated by commas.
///
/// The file is read at each question, so what is written to it later counts. Besides the [columns of this crate](crate) it may
/// be a wide table, as Ep-Stats' `evaluate_wide_agg` takes it: experiment and variant in the first two columns, whatever they
/// are called, and a column for each goal, with its squares in one that ends in `_squared`.
///
/// ```
/// use variate_goals::CsvGoals;
/// use variate_stats::ep_stats::{Experiment, GoalSource};
///
/// let goals = CsvGoals::from_text("experiment,variant,views,clicks\nbutton,a,1000,100\nbutton,b,1000,130\n");
/// let rows = goals.aggregated(&Experiment::new("button", "a", "user"))?;
/// assert_eq!((rows[3].goal.as_str(), rows[3].sum_value), ("clicks", 130.0));
/// # Ok::<(), variate_stats::ep_stats::GoalError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CsvGoals {
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    File(PathBuf),
    Text(String),
}

impl CsvGoals {
    /// In this file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            place: Place::File(path.into()),
        }
    }

    /// In this text.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            place: Place::Text(text.into()),
        }
    }

    /// Whether the goals are by unit, which their line of names tells.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn is_by_unit(&self) -> Result<bool, GoalsError> {
        let mut reader = csv::Reader::from_reader(self.open()?);
        let names = reader.headers().map_err(|error| self.unreadable(&error))?;
        Ok(names.iter().any(|name| clean(name) == "unit_id"))
    }

    fn name(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::Text(_) => "the CSV text".to_owned(),
        }
    }

    fn unreadable(&self, problem: &dyn std::fmt::Display) -> GoalsError {
        GoalsError::Source {
            place: self.name(),
            problem: problem.to_string(),
        }
    }

    fn open(&self) -> Result<Box<dyn Read + '_>, GoalsError> {
        match &self.place {
            Place::File(path) => match File::open(path) {
                Ok(file) => Ok(Box::new(file)),
                Err(error) => Err(self.unreadable(&error)),
            },
            Place::Text(text) => Ok(Box::new(text.as_bytes())),
        }
    }

    fn read(&self, experiment: &Experiment) -> Result<Rows, GoalError> {
        let name = self.name();
        let mut reader = csv::Reader::from_reader(self.open()?);
        let unreadable = |error: csv::Error| GoalError::from(self.unreadable(&error));
        let names = reader.headers().map_err(unreadable)?;
        let names = names.iter().map(|name| clean(name).to_owned()).collect();
        let mut table = Table::new(&name, experiment, names)?;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(unreadable)? {
            let row: Vec<Cell<'_>> = record.iter().map(Cell::Text).collect();
            table.push(&row)?;
        }
        Ok(table.finish())
    }
}

/// Spreadsheets begin a file with a mark of its encoding.
fn clean(name: &str) -> &str {
    name.trim_start_matches('\u{feff}').trim()
}

impl GoalSource for CsvGoals {
    fn aggregated(&self, experiment: &Experiment) -> Result<Vec<GoalRow>, GoalError> {
        self.read(experiment)?.aggregated(experiment)
    }

    fn by_unit(&self, experiment: &Experiment) -> Result<Vec<UnitRow>, GoalError> {
        self.read(experiment)?.by_unit(experiment)
    }
}
