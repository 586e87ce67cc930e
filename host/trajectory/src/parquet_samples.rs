//! Reads text samples from Parquet.

use arrow_array::Array;
use arrow_schema::DataType;

use crate::Problem;
use crate::parquet_file::{Batches, ParquetFile, Place, cells, needed_texts, texts};
use crate::samples::{SampleSchema, SampleSource, SampleTable};

/// Rows decoded at a time: few, because a completion may be long.
const CHUNK_ROWS: usize = 256;

const KNOWN: [&str; 5] = ["completion", "prompt", "reference", "tokens", "group"];

/// A Parquet file of text samples.
pub(crate) struct ParquetSamples {
    batches: Batches,
    rows: u64,
    schema: SampleSchema,
}

impl ParquetSamples {
    /// Takes the columns from the file's own schema; other columns than texts are left alone.
    pub(crate) fn open(file: &ParquetFile) -> Result<ParquetSamples, Problem> {
        if file.rows() == 0 {
            return Err(Problem::Empty);
        }
        let has = |name: &str| file.column_type(name).is_some();
        let other = |name: &str| !KNOWN.contains(&name) && file.column_type(name) == Some(&DataType::Utf8);
        let names = file.columns().iter().map(|field| field.name());
        let schema = SampleSchema {
            prompt: has("prompt"),
            reference: has("reference"),
            tokens: has("tokens"),
            group: has("group"),
            columns: names.filter(|name| other(name)).cloned().collect(),
        };
        let batches = file.batches(CHUNK_ROWS, |name| KNOWN.contains(&name) || other(name))?;
        Ok(ParquetSamples { batches, rows: file.rows(), schema })
    }

    /// Says which columns there are.
    pub(crate) fn schema(&self) -> &SampleSchema {
        &self.schema
    }
}

impl SampleSource for ParquetSamples {
    fn next_chunk(&mut self) -> Result<Option<SampleTable>, Problem> {
        let Some((row, batch)) = self.batches.next_batch()? else { return Ok(None) };
        let mut table = SampleTable::of(&self.schema);
        table.rows = batch.num_rows();
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let place = Place { row, column: field.name() };
            let array: &dyn Array = array;
            match field.name().as_str() {
                "completion" => needed_texts(place, array, &mut table.completion)?,
                "prompt" => needed_texts(place, array, &mut table.prompt)?,
                "reference" => texts(place, array, &mut table.reference)?,
                "tokens" => cells(place, array, &mut table.tokens)?,
                "group" if *array.data_type() == DataType::Utf8 => needed_texts(place, array, &mut table.group)?,
                "group" => {
                    let mut groups: Vec<u32> = Vec::new();
                    cells(place, array, &mut groups)?;
                    table.group.extend(groups.iter().map(u32::to_string));
                }
                name => {
                    if let Some((_, values)) = table.columns.iter_mut().find(|(column, _)| column == name) {
                        texts(place, array, values)?;
                    }
                }
            }
        }
        Ok(Some(table))
    }

    fn rows_hint(&self) -> Option<u64> {
        Some(self.rows)
    }
}
