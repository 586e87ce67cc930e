//! What a design may cost, and what tokens do.

use serde::{Deserialize, Serialize};

use super::TaskError;
use crate::client::Spent;

/// What a design may cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Budget {
    /// Drafts of a round, 1 to 64.
    pub candidates: u32,
    /// Rounds after the first drafts, in which failed ones are sent back with what is wrong, 0 to 32.
    pub rounds: u32,
    /// Tokens of all prompts and answers together, at least 1.
    pub tokens: u64,
    /// Tokens of one answer, 64 to 65,536.
    pub answer_tokens: u32,
    /// Money for all prompts and answers together, in the currency of the prices; `None` where it is not bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub money: Option<f64>,
    /// Environment steps of each training, 0 where nothing is to be trained, up to 1,000,000,000.
    pub training_steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { candidates: 4, rounds: 3, tokens: 200_000, answer_tokens: 4096, money: None, training_steps: 0 }
    }
}

impl Budget {
    /// Refuses a budget that cannot be meant, with these prices and in a task that has an environment or has none.
    pub(super) fn check(&self, prices: Option<&Prices>, environment: bool) -> Result<(), TaskError> {
        let wrong = |key: &str, problem: &str| Err(TaskError::Value { key: key.into(), problem: problem.into() });
        for (key, value, range) in [
            ("budget.candidates", u64::from(self.candidates), 1..=64),
            ("budget.rounds", u64::from(self.rounds), 0..=32),
            ("budget.tokens", self.tokens, 1..=u64::MAX),
            ("budget.answer-tokens", u64::from(self.answer_tokens), 64..=65_536),
            ("budget.training-steps", self.training_steps, 0..=1_000_000_000),
        ] {
            if !range.contains(&value) {
                return wrong(key, &format!("{value} is not from {} to {}", range.start(), range.end()));
            }
        }
        let sound = |amount: f64| amount.is_finite() && amount >= 0.0;
        if let Some(prices) = prices
            && !(sound(prices.prompt) && sound(prices.answer))
        {
            return wrong("prices", "a price is a number of at least 0");
        }
        if self.money.is_some_and(|money| !sound(money)) {
            return wrong("budget.money", "it is a number of at least 0");
        }
        if self.money.is_some() && prices.is_none() {
            return wrong(
                "budget.money",
                "there are no prices to count it by; say [prices] with currency, prompt, answer",
            );
        }
        if self.training_steps > 0 && !environment {
            return wrong("budget.training-steps", "there is no environment to train in");
        }
        Ok(())
    }
}

/// What a model's provider asks for a million tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Prices {
    /// The currency, for people.
    pub currency: String,
    /// A million tokens of prompts.
    pub prompt: f64,
    /// A million tokens of answers.
    pub answer: f64,
}

impl Prices {
    pub(crate) fn cost(&self, spent: Spent) -> f64 {
        (spent.prompt_tokens as f64 * self.prompt + spent.answer_tokens as f64 * self.answer) / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_counted_by_the_million() {
        let prices = Prices { currency: "USD".into(), prompt: 2.0, answer: 8.0 };
        assert_eq!(prices.cost(Spent { prompt_tokens: 1_000_000, answer_tokens: 250_000 }), 4.0);
    }
}
