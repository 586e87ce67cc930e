//! Tells whether a recording has what a reward reads.

use meed_core::{Description, Field, Kind};

use crate::schema::Layout;
use crate::{Dataset, Problem, SampleSchema, Schema, TrajectoryError};

impl Dataset {
    /// Checks that the file holds the kind of data that a reward takes, has every column that it reads, and that sizes agree,
    /// and names where both name their fields.
    ///
    /// # Errors
    /// The first column or field that does not fit.
    pub fn check_against(&self, description: &Description) -> Result<(), TrajectoryError> {
        match self {
            Dataset::Transitions(reader) => reader.schema().check_against(description),
            Dataset::Samples(reader) => reader.schema().check_against(description),
        }
        .map_err(|problem| problem.at(self.file()))
    }
}

impl Schema {
    /// Checks that a reward can be asked about such rows.
    ///
    /// # Errors
    /// The first column or field that does not fit.
    pub fn check_against(&self, description: &Description) -> Result<(), Problem> {
        if description.kind == Kind::Text {
            return Err(Problem::Contents { observed: "transitions", expected: "text samples" });
        }
        let next = description.reads_next_observation();
        if next || description.reads_observation() {
            check_fields("observation", &self.observation, &description.observation)?;
        }
        if description.reads_action() {
            check_fields("action", &self.action, &description.action)?;
        }
        if description.reads_task() {
            check_fields("task", &self.task, &description.task)?;
        }
        let inputs = &description.inputs;
        check_columns(
            description,
            &[
                ("next_observation", next, self.next_observation),
                ("reward", inputs.reward, self.reward),
                ("agent", inputs.agent, self.agent),
            ],
        )
    }
}

impl SampleSchema {
    /// Checks that a reward can be asked about such samples.
    ///
    /// # Errors
    /// The first column that is missing.
    pub fn check_against(&self, description: &Description) -> Result<(), Problem> {
        if description.kind != Kind::Text {
            return Err(Problem::Contents { observed: "text samples", expected: "transitions" });
        }
        let inputs = &description.inputs;
        check_columns(
            description,
            &[
                ("prompt", inputs.prompt, self.prompt),
                ("reference", inputs.reference, self.reference),
                ("tokens", inputs.tokens, self.tokens),
                ("group", inputs.group, self.group),
            ],
        )?;
        let columns = description.columns.iter();
        let columns: Vec<_> = columns.map(|name| (name.as_str(), true, self.columns.contains(name))).collect();
        check_columns(description, &columns)
    }
}

fn check_columns(description: &Description, columns: &[(&str, bool, bool)]) -> Result<(), Problem> {
    match columns.iter().find(|(_, read, recorded)| *read && !*recorded) {
        Some((column, ..)) => Err(Problem::MissingColumn {
            column: (*column).to_owned(),
            expected: format!("one, because {} reads it", description.name),
        }),
        None => Ok(()),
    }
}

fn check_fields(column: &'static str, file: &Layout, reward: &[Field]) -> Result<(), Problem> {
    let numbers = |size: usize| if size == 1 { "1 number".to_owned() } else { format!("{size} numbers") };
    let mismatch = |field: &str, observed: String, expected: String| {
        Err(Problem::Field { column, field: field.to_owned(), observed, expected })
    };
    if file.fields.is_empty() {
        let mut end = 0;
        for field in reward {
            end += field.size;
            if end > file.size {
                let expected = format!("{} up to number {end} of the row", numbers(field.size));
                return mismatch(&field.name, format!("a row of {}", numbers(file.size)), expected);
            }
        }
        if end < file.size {
            let last = reward.last().map_or("", |field| field.name.as_str());
            return mismatch(
                last,
                format!("a row of {}", numbers(file.size)),
                format!("the row to end with it, after {end}"),
            );
        }
        return Ok(());
    }
    for (index, field) in reward.iter().enumerate() {
        let expected = format!("{:?} of {}", field.name, numbers(field.size));
        match file.fields.get(index) {
            Some(own) if own.name == field.name && own.size == field.size => {}
            Some(own) => return mismatch(&field.name, format!("{:?} of {}", own.name, numbers(own.size)), expected),
            None => return mismatch(&field.name, "no more fields".into(), expected),
        }
    }
    match file.fields.get(reward.len()) {
        Some(own) => mismatch(&own.name, format!("{:?} of {}", own.name, numbers(own.size)), "no more fields".into()),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::NamedField;
    use meed_core::{Inputs, Reads};

    fn description(reads: Reads) -> Description {
        Description::transition("p", "0.1.0").observation([
            Field::new("angle", 2, "1", -1.0, 1.0).reads(reads),
            Field::new("speed", 1, "rad/s", -8.0, 8.0).reads(Reads::NONE),
        ])
    }

    fn named(fields: &[(&str, usize)]) -> Layout {
        let field =
            |(name, size): &(&str, usize)| NamedField { name: (*name).into(), size: *size, unit: String::new() };
        fields.iter().map(field).collect::<Vec<_>>().into()
    }

    fn message(schema: &Schema, description: &Description) -> String {
        schema.check_against(description).unwrap_err().to_string()
    }

    #[test]
    fn a_recording_with_the_fields_fits() {
        let description = description(Reads::CURRENT);
        assert!(Schema::new(3, 1).check_against(&description).is_ok());
        assert!(Schema::new(named(&[("angle", 2), ("speed", 1)]), 1).check_against(&description).is_ok());
    }

    #[test]
    fn the_field_that_does_not_fit_is_named() {
        let description = description(Reads::CURRENT);
        assert_eq!(
            message(&Schema::new(2, 1), &description),
            "column observation, field \"speed\": the file has a row of 2 numbers, \
             the reward expects 1 number up to number 3 of the row"
        );
        assert_eq!(
            message(&Schema::new(4, 1), &description),
            "column observation, field \"speed\": the file has a row of 4 numbers, \
             the reward expects the row to end with it, after 3"
        );
        assert_eq!(
            message(&Schema::new(named(&[("angle", 2), ("velocity", 1)]), 1), &description),
            "column observation, field \"speed\": the file has \"velocity\" of 1 number, \
             the reward expects \"speed\" of 1 number"
        );
        assert_eq!(
            message(&Schema::new(named(&[("angle", 2), ("speed", 1), ("x", 1)]), 1), &description),
            "column observation, field \"x\": the file has \"x\" of 1 number, the reward expects no more fields"
        );
    }

    #[test]
    fn a_column_that_is_read_must_be_recorded() {
        let mut description = description(Reads::NEXT);
        assert_eq!(
            message(&Schema::new(3, 1), &description),
            "column next_observation is missing, expected is one, because p reads it"
        );
        description.inputs = Inputs { reward: true, ..Inputs::default() };
        let schema = Schema::new(3, 1).with_next_observation();
        assert!(message(&schema, &description).starts_with("column reward is missing"));
        assert!(schema.with_reward().check_against(&description).is_ok());
    }

    #[test]
    fn texts_and_transitions_are_not_taken_for_each_other() {
        let text = Description::new(Kind::Text, "t", "0.1.0");
        assert_eq!(message(&Schema::new(1, 1), &text), "the file holds transitions, expected are text samples");
        let mut text = text;
        text.columns = vec!["style".into()];
        let error = SampleSchema::default().check_against(&text).unwrap_err();
        assert_eq!(error.to_string(), "column style is missing, expected is one, because t reads it");
    }
}
