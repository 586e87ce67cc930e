//! What all strategies share: asking within the budget, having candidates built and judged, training, choosing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use super::tools::{Draft, Tools, sha256, side_by_side};
use super::{Design, DesignError, Ended, Fate, Outcome, Part, Strategy, Summary, Verdict};
use crate::design_dir::Timing;
use crate::form::Form;
use crate::provenance::{Parent, Provenance};
use crate::training::Training;
use crate::{Answer, Message, Recorded, Request, prompt};

/// Why a strategy goes no further.
pub(super) enum Stop {
    /// The next question could cost more than is left.
    Budget(Ended),
    /// Something other than a candidate failed.
    Failed(DesignError),
}

impl<E: Into<DesignError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(error.into())
    }
}

/// An attempt that is to be made.
pub(super) struct Plan {
    pub(super) id: String,
    /// The attempts that the prompt shows.
    pub(super) parents: Vec<String>,
    pub(super) messages: Vec<Message>,
    /// For the model's chance: other attempts at the same prompt have others.
    pub(super) seed: u32,
    /// Whether the critic reads the draft before it is built.
    pub(super) reviewed: bool,
}

/// A design that is under way.
pub(super) struct Run<'a> {
    pub(super) design: Design<'a>,
    pub(super) form: Form,
    /// All attempts so far.
    log: Vec<Outcome>,
    /// What came of trainings, by the attempt's name.
    trained: BTreeMap<String, Training>,
}

/// What the front of an attempt came to: done, or to be built.
enum Asked {
    Done(Outcome),
    Draft(Draft),
}

impl<'a> Run<'a> {
    pub(super) fn new(design: Design<'a>) -> Self {
        let form = Form::of(design.task);
        Run { design, form, log: Vec::new(), trained: BTreeMap::new() }
    }

    /// Names an attempt.
    pub(super) fn id(candidate: u32, round: u32) -> String {
        format!("c{candidate}-{round}")
    }

    /// Gives what came of a training.
    pub(super) fn training(&self, id: &str) -> Option<&Training> {
        self.trained.get(id)
    }

    /// Shows an attempt's draft as its author wrote it; `None` where its answer holds none.
    pub(super) fn draft(&self, id: &str) -> Option<String> {
        let answer = self.design.dir.answer(id)?.answer;
        self.form.draft(self.design.task, &answer).ok().map(|draft| draft.said)
    }

    /// Plans a first draft.
    pub(super) fn first(&self, candidate: u32) -> Plan {
        let messages = prompt::first(self.design.task, self.form, candidate);
        Plan { id: Self::id(candidate, 0), parents: Vec::new(), messages, seed: candidate, reviewed: false }
    }

    /// Plans the repair of an attempt.
    pub(super) fn repair(&self, candidate: u32, round: u32, last: &Outcome) -> Plan {
        let draft = self.draft(&last.id);
        let messages = prompt::repair(self.design.task, self.form, candidate, last, draft.as_deref());
        let seed = candidate.wrapping_add(round.wrapping_mul(64));
        Plan { id: Self::id(candidate, round), parents: vec![last.id.clone()], messages, seed, reviewed: false }
    }

    /// Makes one attempt.
    pub(super) fn attempt(&mut self, plan: Plan) -> Result<Outcome, Stop> {
        let made = self.attempts(vec![plan])?;
        made.into_iter().next().ok_or(Stop::Budget(Ended::Rounds))
    }

    /// Makes attempts, or takes what an earlier process made of them. The questions are put one after the other; what is answered is
    /// built and judged meanwhile, as many at a time as there are processors.
    pub(super) fn attempts(&mut self, plans: Vec<Plan>) -> Result<Vec<Outcome>, Stop> {
        let mut drafts = Vec::new();
        let mut stop = None;
        for plan in plans {
            match self.ask(plan) {
                Ok(asked) => drafts.push(asked),
                Err(reason) => {
                    stop = Some(reason);
                    break;
                }
            }
        }
        let made = self.build(drafts);
        let (mut outcomes, mut failed) = (Vec::new(), None);
        for outcome in made {
            match outcome {
                Ok(outcome) => {
                    (self.design.progress)(&outcome);
                    outcomes.push(outcome);
                }
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        self.log.extend(outcomes.iter().cloned());
        match (failed, stop) {
            (Some(error), _) => Err(Stop::Failed(error)),
            (None, Some(stop)) => Err(stop),
            (None, None) => Ok(outcomes),
        }
    }

    /// Puts an attempt's question, takes the code out of the answer and has the critic read it.
    fn ask(&mut self, plan: Plan) -> Result<Asked, Stop> {
        if let Some(outcome) = self.design.dir.outcome(&plan.id)? {
            return Ok(Asked::Done(outcome));
        }
        let request = self.request(&plan.id, plan.messages, plan.seed, true);
        let begun = Instant::now();
        let answer = self.answer(&request)?;
        let mut outcome = Outcome {
            id: plan.id,
            parents: plan.parents,
            prompt: request.hash(),
            source: None,
            component: None,
            tokens: answer.spent(&request).tokens(),
            fate: Fate::Rejected { message: String::new() },
        };
        let timing = Timing { model: begun.elapsed().as_secs_f64(), ..Timing::default() };
        let draft = match self.form.draft(self.design.task, &answer) {
            Ok(draft) => draft,
            Err(error) => {
                let (code, message, hint) = (error.code().into(), error.to_string(), error.hint().into());
                outcome.fate = Fate::NoCode { code, message, hint };
                self.design.dir.write_outcome(&outcome)?;
                return Ok(Asked::Done(outcome));
            }
        };
        self.design.dir.write_source(&outcome.id, &draft.source)?;
        outcome.source = Some(sha256(draft.source.as_bytes()));
        if plan.reviewed
            && let Some(message) = self.review(&outcome.id, &draft.said)?
        {
            outcome.fate = Fate::Rejected { message };
            self.design.dir.write_outcome(&outcome)?;
            return Ok(Asked::Done(outcome));
        }
        Ok(Asked::Draft(Draft { outcome, source: draft.source, timing }))
    }

    /// Has the critic read a draft; says what is wrong with it, where something is.
    fn review(&mut self, id: &str, draft: &str) -> Result<Option<String>, Stop> {
        let said = self.consult(&format!("{id}-critic"), prompt::review(self.design.task, self.form, draft))?;
        Ok(prompt::rejection(&said))
    }

    /// Asks for words, not for a candidate.
    pub(super) fn consult(&mut self, id: &str, messages: Vec<Message>) -> Result<String, Stop> {
        let request = self.request(id, messages, 0, false);
        Ok(self.answer(&request)?.text)
    }

    fn request(&self, id: &str, messages: Vec<Message>, seed: u32, candidate: bool) -> Request {
        Request {
            id: id.into(),
            messages,
            max_tokens: self.design.task.budget.answer_tokens,
            temperature: 0.8,
            seed,
            schema: if candidate { self.form.schema(self.design.task) } else { None },
        }
    }

    /// Asks, unless it was answered.
    fn answer(&mut self, request: &Request) -> Result<Answer, Stop> {
        let dir = &mut *self.design.dir;
        if let Some(recorded) = dir.answer(&request.id) {
            return Ok(recorded.answer);
        }
        let task = self.design.task;
        let most = dir.spent().and(request.most());
        if most.tokens() > task.budget.tokens {
            return Err(Stop::Budget(Ended::Tokens));
        }
        if let (Some(money), Some(prices)) = (task.budget.money, &task.prices)
            && prices.cost(most) > money
        {
            return Err(Stop::Budget(Ended::Money));
        }
        dir.write_prompt(request)?;
        let answer = match self.design.model.complete(request) {
            Ok(answer) => answer,
            Err(error) => match error.as_answer(request) {
                Some(answer) => answer,
                None => return Err(error.into()),
            },
        };
        let recorded = Recorded { id: request.id.clone(), prompt: Some(request.hash()), answer };
        dir.write_answer(&recorded, recorded.answer.spent(request), &self.design.model.name())?;
        Ok(recorded.answer)
    }

    /// Builds and judges what was asked for, in as many threads as there are processors.
    fn build(&self, asked: Vec<Asked>) -> Vec<Result<Outcome, DesignError>> {
        let jobs: Vec<Mutex<Option<Asked>>> = asked.into_iter().map(|asked| Mutex::new(Some(asked))).collect();
        let tools = self.tools();
        let done = side_by_side(jobs.len(), |index| {
            let asked = jobs[index].lock().ok()?.take()?;
            Some(match asked {
                Asked::Done(outcome) => Ok(outcome),
                Asked::Draft(draft) => tools.try_out(draft),
            })
        });
        done.into_iter().flatten().collect()
    }

    fn tools(&self) -> Tools<'_> {
        Tools { builder: self.design.builder, judge: self.design.judge, dir: self.design.dir }
    }

    /// Judges an attempt on the part of the data that no model hears of; `Pass` where there is no such part.
    fn hidden_verdict(&self, id: &str) -> Result<Verdict, DesignError> {
        if let Some(verdict) = self.design.dir.hidden_verdict(id)? {
            return Ok(verdict);
        }
        let judged = self.tools().judged(id, &self.design.dir.component(id), Part::Hidden)?;
        let verdict = judged.map_or(Verdict::Pass, |(verdict, _)| verdict);
        self.design.dir.write_hidden_verdict(id, verdict)?;
        Ok(verdict)
    }

    /// Trains an agent with each of these candidates, side by side, unless that was done; nothing where there is no trainer.
    pub(super) fn train(&mut self, ids: &[String]) -> Result<(), DesignError> {
        let Some(trainer) = self.design.trainer else { return Ok(()) };
        let dir = &*self.design.dir;
        let done = side_by_side(ids.len(), |index| -> Result<Training, DesignError> {
            let id = &ids[index];
            if let Some(training) = dir.training(id)? {
                return Ok(training);
            }
            let failed = |source| DesignError::Train { id: id.clone(), source };
            let training = trainer.train(&dir.component(id), &dir.training_folder(id)).map_err(failed)?;
            dir.write_training(id, &training)?;
            Ok(training)
        });
        for (id, training) in ids.iter().zip(done) {
            self.trained.insert(id.clone(), training?);
        }
        Ok(())
    }

    /// Tells whether agents can be trained.
    pub(super) fn trains(&self) -> bool {
        self.design.trainer.is_some()
    }

    /// Lists attempts that the shown data did not refute, the best first: by verdict, by what an agent learnt, by findings, by age.
    fn ranked(&self) -> Vec<&Outcome> {
        let unrefuted = |outcome: &&Outcome| outcome.verdict() > Some(Verdict::Fail);
        let mut ranked: Vec<&Outcome> = self.log.iter().filter(unrefuted).collect();
        let score = |outcome: &Outcome| self.score(&outcome.id).unwrap_or(f64::NEG_INFINITY);
        ranked.sort_by(|a, b| {
            let order = b.verdict().cmp(&a.verdict()).then(score(b).total_cmp(&score(a)));
            order.then(a.findings().cmp(&b.findings()))
        });
        ranked
    }

    /// Gives the true return that an agent reached with a candidate; `None` where none was trained.
    pub(super) fn score(&self, id: &str) -> Option<f64> {
        self.training(id)?.score
    }

    /// Gives the best attempt that passes on both parts of the data.
    pub(super) fn passing(&self) -> Result<Option<String>, DesignError> {
        for outcome in self.ranked() {
            if outcome.verdict() == Some(Verdict::Pass) && self.hidden_verdict(&outcome.id)? == Verdict::Pass {
                return Ok(Some(outcome.id.clone()));
            }
        }
        Ok(None)
    }

    /// Gives the best attempt and the worse of its verdicts, where any is unrefuted.
    fn best(&self) -> Result<Option<(String, Verdict)>, DesignError> {
        if let Some(id) = self.passing()? {
            return Ok(Some((id, Verdict::Pass)));
        }
        for outcome in self.ranked() {
            let shown = outcome.verdict().unwrap_or(Verdict::Fail);
            let verdict = shown.min(self.hidden_verdict(&outcome.id)?);
            if verdict > Verdict::Fail {
                return Ok(Some((outcome.id.clone(), verdict)));
            }
        }
        Ok(None)
    }

    /// Chooses, trains with the winner where that was not done, and writes down what the design came to.
    pub(super) fn finish(mut self, strategy: Strategy, ended: Ended) -> Result<Summary, DesignError> {
        let best = self.best()?;
        if let Some((winner, _)) = &best {
            self.train(std::slice::from_ref(winner))?;
        }
        let spent = self.design.dir.spent();
        let scores = self.trained.iter().filter_map(|(id, training)| Some((id.clone(), training.score?)));
        let summary = Summary {
            schema_version: 1,
            winner: best.as_ref().map(|(id, _)| id.clone()),
            verdict: best.as_ref().map(|(_, verdict)| *verdict),
            ended,
            tokens: spent.tokens(),
            cost: self.design.task.prices.as_ref().map(|prices| prices.cost(spent)),
            trained: scores.collect(),
            attempts: std::mem::take(&mut self.log),
        };
        let winner = best.and_then(|(id, _)| summary.attempts.iter().find(|outcome| outcome.id == id));
        let provenance = winner.map(|winner| self.provenance(strategy, winner, &summary.attempts));
        self.design.dir.write_summary(&summary, provenance.as_ref())?;
        Ok(summary)
    }

    fn provenance(&self, strategy: Strategy, winner: &Outcome, attempts: &[Outcome]) -> Provenance {
        let parent = |id: &String| {
            let outcome = attempts.iter().find(|outcome| outcome.id == *id)?;
            Some(Parent { prompt: outcome.prompt.clone(), source: outcome.source.clone() })
        };
        Provenance {
            schema_version: 1,
            model: self.design.model.name(),
            strategy: strategy.name().into(),
            task: self.design.task.hash(),
            prompt: winner.prompt.clone(),
            source: winner.source.clone().unwrap_or_default(),
            parents: winner.parents.iter().filter_map(parent).collect(),
        }
    }
}
