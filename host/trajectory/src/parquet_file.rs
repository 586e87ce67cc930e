//! Opens Parquet files and turns their columns into the types of a table.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Fields};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use crate::Problem;
use crate::convert::Cell;
use crate::guarded::guarded;
use crate::schema::SCHEMA_KEY;

/// A Parquet file whose footer is read.
pub(crate) struct ParquetFile {
    file: File,
    metadata: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    pub(crate) fn open(path: &Path) -> Result<ParquetFile, Problem> {
        let file = File::open(path)?;
        // Without the writer's own Arrow types a column has the plain type of its storage: a fixed-size list is a list, a
        // dictionary of texts is a column of texts.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded("Parquet", 0, || ArrowReaderMetadata::load(&file, options))?;
        Ok(ParquetFile { file, metadata })
    }

    /// Lists the columns.
    pub(crate) fn columns(&self) -> &Fields {
        self.metadata.schema().fields()
    }

    /// Finds a column's type.
    pub(crate) fn column_type(&self, name: &str) -> Option<&DataType> {
        self.columns().iter().find(|field| field.name() == name).map(|field| field.data_type())
    }

    /// Counts the rows.
    pub(crate) fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Finds the schema that Meed wrote.
    pub(crate) fn schema_json(&self) -> Option<&str> {
        let pairs = self.metadata.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == SCHEMA_KEY)?.value.as_deref()
    }

    /// Begins to read the columns for which `read` holds.
    pub(crate) fn batches(&self, rows: usize, read: impl Fn(&str) -> bool) -> Result<Batches, Problem> {
        let file = self.file.try_clone()?;
        let roots = self.columns().iter().enumerate().filter(|(_, field)| read(field.name())).map(|(index, _)| index);
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let reader = guarded("Parquet", 0, || builder.with_projection(mask).with_batch_size(rows).build())?;
        Ok(Batches { reader, row: 0 })
    }
}

/// The rows of a Parquet file, some at a time.
pub(crate) struct Batches {
    reader: ParquetRecordBatchReader,
    row: u64,
}

impl Batches {
    /// Gives the number of the first row and the next rows; `None` at the end.
    pub(crate) fn next_batch(&mut self) -> Result<Option<(u64, RecordBatch)>, Problem> {
        let row = self.row;
        let batch = guarded("Parquet", row, || self.reader.next().transpose())?;
        self.row += batch.as_ref().map_or(0, |batch| batch.num_rows() as u64);
        Ok(batch.map(|batch| (row, batch)))
    }
}

/// Names a column of a batch, and the batch's first row in the file.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) row: u64,
    pub(crate) column: &'a str,
}

impl Place<'_> {
    fn value(self, index: usize, observed: impl Into<String>, expected: &str) -> Problem {
        let (row, column) = (self.row + index as u64, self.column.to_owned());
        Problem::Value { row, column, observed: observed.into(), expected: expected.into() }
    }

    fn column_type(self, observed: &DataType, expected: &str) -> Problem {
        let (column, observed) = (self.column.to_owned(), observed.to_string());
        Problem::ColumnType { column, observed, expected: expected.into() }
    }
}

/// Adds one number or flag a row to `out`.
pub(crate) fn cells<T: Cell>(place: Place<'_>, array: &dyn Array, out: &mut Vec<T>) -> Result<(), Problem> {
    let (values, whole) = numbers(array).ok_or_else(|| place.column_type(array.data_type(), T::EXPECTED))?;
    for (index, value) in values.into_iter().enumerate() {
        if array.is_null(index) {
            return Err(place.value(index, "null", T::EXPECTED));
        }
        out.push(T::from_number(value, whole).map_err(|error| place.value(index, error.observed, error.expected))?);
    }
    Ok(())
}

/// Adds `width` numbers a row to `out`, from a column of lists or, where `width` is 1, of numbers. Where `present` is given, a
/// row may be null: it adds zeros, and `false` to `present`.
pub(crate) fn lists(
    place: Place<'_>,
    array: &dyn Array,
    width: usize,
    out: &mut Vec<f32>,
    mut present: Option<&mut Vec<bool>>,
) -> Result<(), Problem> {
    let whole_column = array.as_list_opt::<i32>();
    let values = match whole_column {
        Some(list) => list.values().slice(first(list.offsets()), last(list.offsets()) - first(list.offsets())),
        None => array.slice(0, array.len()),
    };
    let (numbers, whole) =
        numbers(&values).ok_or_else(|| place.column_type(array.data_type(), "a number or a list of numbers"))?;
    for index in 0..array.len() {
        let nullable = present.as_deref_mut();
        if array.is_null(index) {
            let Some(present) = nullable else { return Err(place.value(index, "null", "numbers")) };
            present.push(false);
            out.resize(out.len() + width, 0.0);
            continue;
        }
        let (start, end) = match whole_column {
            Some(list) => {
                let at = |offset: usize| list.offsets()[offset] as usize - first(list.offsets());
                (at(index), at(index + 1))
            }
            None => (index, index + 1),
        };
        if end - start != width {
            let (row, column) = (place.row + index as u64, place.column.to_owned());
            return Err(Problem::Width { row, column, observed: end - start, expected: width });
        }
        for (item, &number) in numbers[start..end].iter().enumerate() {
            let named = |observed: String, expected: &str| {
                let column = if width == 1 { place.column.to_owned() } else { format!("{}[{item}]", place.column) };
                Problem::Value { row: place.row + index as u64, column, observed, expected: expected.into() }
            };
            if values.is_null(start + item) {
                return Err(named("null".into(), f32::EXPECTED));
            }
            out.push(f32::from_number(number, whole).map_err(|error| named(error.observed, error.expected))?);
        }
        if let Some(present) = nullable {
            present.push(true);
        }
    }
    Ok(())
}

/// Gives the number of values in the first row of a column of lists.
pub(crate) fn list_width(array: &dyn Array) -> usize {
    array.as_list_opt::<i32>().map_or(1, |list| if list.is_empty() { 0 } else { list.value_length(0) as usize })
}

/// Adds one text a row to `out`; `None` where it is null.
pub(crate) fn texts(place: Place<'_>, array: &dyn Array, out: &mut Vec<Option<String>>) -> Result<(), Problem> {
    let Some(strings) = array.as_string_opt::<i32>() else {
        return Err(place.column_type(array.data_type(), "a text"));
    };
    out.extend(strings.iter().map(|text| text.map(str::to_owned)));
    Ok(())
}

/// Adds one text a row to `out`, none of them null.
pub(crate) fn needed_texts(place: Place<'_>, array: &dyn Array, out: &mut Vec<String>) -> Result<(), Problem> {
    let mut options = Vec::new();
    texts(place, array, &mut options)?;
    for (index, text) in options.into_iter().enumerate() {
        out.push(text.ok_or_else(|| place.value(index, "null", "a text"))?);
    }
    Ok(())
}

/// Widens a column of numbers or flags, and tells whether they are integers.
pub(crate) fn numbers(array: &dyn Array) -> Option<(Vec<f64>, bool)> {
    let wide = match array.data_type() {
        DataType::Boolean => array.as_boolean().values().iter().map(f64::from).collect(),
        DataType::Float32 => {
            return Some((array.as_primitive::<Float32Type>().values().iter().map(|v| f64::from(*v)).collect(), false));
        }
        DataType::Float64 => return Some((array.as_primitive::<Float64Type>().values().to_vec(), false)),
        DataType::Int8 => array.as_primitive::<Int8Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::Int16 => array.as_primitive::<Int16Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::Int32 => array.as_primitive::<Int32Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::Int64 => array.as_primitive::<Int64Type>().values().iter().map(|v| *v as f64).collect(),
        DataType::UInt8 => array.as_primitive::<UInt8Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::UInt16 => array.as_primitive::<UInt16Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::UInt32 => array.as_primitive::<UInt32Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().values().iter().map(|v| *v as f64).collect(),
        _ => return None,
    };
    Some((wide, true))
}

fn first(offsets: &[i32]) -> usize {
    offsets.first().map_or(0, |offset| *offset as usize)
}

fn last(offsets: &[i32]) -> usize {
    offsets.last().map_or(0, |offset| *offset as usize)
}
