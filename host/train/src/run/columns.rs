//! The metrics as a Parquet file: the same names and numbers as in `metrics.csv`, a column each.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, UInt64Array};
use parquet::arrow::ArrowWriter;

/// Columns that count something; all others hold numbers of any size, or nothing.
const COUNTS: [&str; 3] = ["step", "episodes", "abstained"];

/// Makes a Parquet file of the lines of a CSV file. Of no lines there is none, because nobody knows its columns.
pub(crate) fn parquet(csv: &str) -> Result<Option<Vec<u8>>, String> {
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let names = table.headers().map_err(|error| error.to_string())?.clone();
    let rows = table.records().collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if names.is_empty() {
        return Ok(None);
    }
    let columns = names.iter().enumerate().map(|(index, name)| {
        let cells = rows.iter().map(|row| row.get(index).unwrap_or_default());
        let column: ArrayRef = if COUNTS.contains(&name) {
            Arc::new(UInt64Array::from_iter_values(cells.map(|cell| cell.parse().unwrap_or_default())))
        } else {
            Arc::new(cells.map(|cell| cell.parse::<f64>().ok()).collect::<Float64Array>())
        };
        (name.to_owned(), column)
    });
    let batch = RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).map_err(|error| error.to_string())?;
    writer.write(&batch).and_then(|()| writer.close()).map_err(|error| error.to_string())?;
    Ok(Some(bytes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, UInt64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

    use super::*;

    #[test]
    fn every_number_is_the_one_in_the_csv_and_nothing_stays_nothing() {
        let csv = "step,mean_return,factor.\"a\"\n1,,0.1\n18446744073709551615,-1e-300,NaN\n";
        let bytes = parquet(csv).unwrap().unwrap();
        let mut reader = ParquetRecordBatchReader::try_new(bytes::Bytes::from(bytes), 10).unwrap();
        let rows = reader.next().unwrap().unwrap();
        assert!(reader.next().is_none());
        assert_eq!(rows.schema().fields().iter().map(|field| field.name()).collect::<Vec<_>>().len(), 3);
        assert_eq!(rows["step"].as_primitive::<UInt64Type>().values().to_vec(), [1, u64::MAX]);
        let returns = rows["mean_return"].as_primitive::<Float64Type>();
        assert_eq!(returns.iter().collect::<Vec<_>>(), [None, Some(-1e-300)]);
        let factor = rows.column(2).as_primitive::<Float64Type>();
        assert!(factor.value(0) == 0.1 && factor.value(1).is_nan());
        assert!(parquet("").unwrap().is_none());
    }
}
