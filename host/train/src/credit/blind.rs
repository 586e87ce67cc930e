//! A reward that is not shown the actions: the ablation in which the state alone must do.

use meed_core::{Batch, Cost, Description, RewardError, RewardSource, Scores, Transitions};

/// A reward that sees zeros for actions.
pub(crate) struct Blind {
    source: Box<dyn RewardSource>,
    zeros: Vec<f32>,
}

impl Blind {
    pub(crate) fn new(source: Box<dyn RewardSource>) -> Self {
        Blind { source, zeros: Vec::new() }
    }
}

impl RewardSource for Blind {
    fn description(&self) -> &Description {
        self.source.description()
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let Batch::Transitions(rows) = batch else { return self.source.evaluate(batch, scores) };
        self.zeros.resize(rows.action.len(), 0.0);
        self.source.evaluate(Batch::Transitions(&Transitions { action: &self.zeros, ..*rows }), scores)
    }

    fn observe(&mut self, rows: &Transitions<'_>) -> Result<(), RewardError> {
        self.zeros.resize(rows.action.len(), 0.0);
        self.source.observe(&Transitions { action: &self.zeros, ..*rows })
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        self.source.snapshot()
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        self.source.restore(snapshot)
    }

    fn cost(&self) -> Cost {
        self.source.cost()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_core::{Factor, Field, NativeReward};

    use super::*;

    #[test]
    fn the_actions_are_hidden_and_nothing_else() {
        let description = Description::transition("p", "0.1.0")
            .observation([Field::new("x", 1, "1", 0.0, 9.0)])
            .action([Field::new("a", 1, "1", 0.0, 9.0)])
            .factors([Factor::new("both", 0.0, 100.0, 1.0, "")]);
        let native = NativeReward::per_row(description, |row, out| out[0] = row.observation[0] + 10.0 * row.action[0]);
        let rows = Transitions { rows: 2, observation: &[1.0, 2.0], action: &[3.0, 4.0], ..Transitions::default() };
        let mut scores = Scores::default();
        let mut blind = Blind::new(Box::new(native));
        blind.evaluate(Batch::Transitions(&rows), &mut scores).unwrap();
        assert_eq!(scores.values, [1.0, 2.0]);
    }
}
