use std::io::Write;
use std::sync::Arc;

use ::parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::parser::parse_message_type;

use super::table::{TableRow, table};
use super::{ExportError, each};
use crate::EventStore;

const SCHEMA: &str = "message tallies {
    required binary namespace (UTF8);
    required binary experiment (UTF8);
    required binary action (UTF8);
    required binary variant (UTF8);
    optional int32 day (DATE);
    required binary class (UTF8);
    required int64 events;
    required int64 units;
    required double sum;
    required double sum_of_squares;
    required double events_squared;
    required double events_by_total;
}";

/// How many rows a group has, about.
const GROUP: usize = 100_000;

/// The columns of a group of rows.
#[derive(Default)]
struct Group {
    texts: [Vec<ByteArray>; 4],
    days: Vec<i32>,
    /// For each row 1 where it has a day, or 0.
    has_day: Vec<i16>,
    classes: Vec<ByteArray>,
    counts: [Vec<i64>; 2],
    sums: [Vec<f64>; 4],
}

/// Writes the tallies of all experiments as a Parquet file, uncompressed, with the columns of [`csv`](super::csv).
///
/// # Errors
///
/// The store could not be read, or `out` not written.
pub fn parquet(store: &dyn EventStore, out: &mut (dyn Write + Send)) -> Result<(), ExportError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(out, schema, properties)?;
    let mut group = Group::default();
    each(store, |tallies| {
        for row in table(tallies) {
            group.add(&row);
        }
        if group.has_day.len() >= GROUP {
            let mut columns = writer.next_row_group()?;
            std::mem::take(&mut group).write(&mut columns)?;
            columns.close()?;
        }
        Ok(())
    })?;
    if !group.has_day.is_empty() {
        let mut columns = writer.next_row_group()?;
        group.write(&mut columns)?;
        columns.close()?;
    }
    writer.close()?;
    Ok(())
}

impl Group {
    fn add(&mut self, row: &TableRow<'_>) {
        let texts = [row.namespace, row.experiment, row.action, row.variant];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text.into());
        }
        self.has_day.push(i16::from(row.day.is_some()));
        self.days
            .extend(row.day.map(|day| day.days().cast_signed()));
        self.classes.push(row.class.into());
        let tally = row.tally;
        for (column, count) in self.counts.iter_mut().zip([tally.events, tally.units]) {
            column.push(count);
        }
        let sums = [
            tally.sum,
            tally.sum_of_squares,
            tally.events_squared,
            tally.events_by_total,
        ];
        for (column, sum) in self.sums.iter_mut().zip(sums) {
            column.push(sum.value());
        }
    }

    fn write<W: Write + Send>(
        &self,
        out: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        for texts in &self.texts {
            column::<ByteArrayType, W>(out, texts, None)?;
        }
        column::<Int32Type, W>(out, &self.days, Some(&self.has_day))?;
        column::<ByteArrayType, W>(out, &self.classes, None)?;
        for counts in &self.counts {
            column::<Int64Type, W>(out, counts, None)?;
        }
        for sums in &self.sums {
            column::<DoubleType, W>(out, sums, None)?;
        }
        Ok(())
    }
}

fn column<T: DataType, W: Write + Send>(
    out: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<(), ParquetError> {
    if let Some(mut column) = out.next_column()? {
        column.typed::<T>().write_batch(values, levels, None)?;
        column.close()?;
    }
    Ok(())
}
