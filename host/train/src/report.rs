//! Training runs as one page: how the true return went, how sure one may be of it, what was learnt from, what the policy does.
//!
//! [`report`] writes a page that needs nothing else: no network, no file beside it. Runs that differ only by their seed share a curve, with
//! a band for their range. The page is made from what the run directories hold, so that runs which failed, were killed or still go on
//! can be looked at, too; `meed watch` serves the same page with [`Page::live`], which then asks for its [`Page::content`] anew from time
//! to time. Everything that somebody else wrote stands escaped in the page, and only the page's own script may run.

mod chart;
mod group;
mod scene;
mod text;

use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::{Metrics, Run, State};
use chart::{Curve, chart};
use group::{Group, groups};
use text::{escape, number};

const STYLE: &str = include_str!("report/page.css");
const SCRIPT: &str = include_str!("report/page.js");
/// Groups whose policy is shown at work, for each environment.
const SCENES: usize = 6;

/// Writes the page over one run or several.
pub fn report(runs: &[Run]) -> String {
    Page::default().whole(runs, false)
}

/// Makes pages, and remembers the pictures of policies that have not changed.
#[derive(Default)]
pub struct Page {
    pictures: HashMap<PathBuf, (Option<SystemTime>, Option<String>)>,
}

impl Page {
    /// Writes the page that keeps itself up to date: it asks the server that it comes from for `content`.
    pub fn live(&mut self, runs: &[Run]) -> String {
        self.whole(runs, true)
    }

    /// Writes what changes of the page while runs go on: the inside of its `main`.
    pub fn content(&mut self, runs: &[Run]) -> String {
        let groups = groups(runs);
        let mut envs: Vec<&str> = Vec::new();
        for group in &groups {
            if !envs.contains(&group.env()) {
                envs.push(group.env());
            }
        }
        let mut page = format!("<h1>{}</h1>\n", title(runs));
        if runs.is_empty() {
            page.push_str("<p class=soft>There is no run yet.</p>");
        }
        for env in &envs {
            let groups: Vec<&Group<'_>> = groups.iter().filter(|group| group.env() == *env).collect();
            let _ = write!(page, "<section data-env='{}'>", escape(env));
            if envs.len() > 1 {
                let _ = write!(page, "<h2>{}</h2>", escape(env));
            }
            page.push_str(&legend(&groups));
            page.push_str(&charts(&groups));
            page.push_str(&self.scenes(&groups));
            page.push_str("</section>\n");
        }
        if !runs.is_empty() {
            page.push_str(&run_table(&groups));
            groups.iter().for_each(|group| page.push_str(&setting_table(group, groups.len() == 1)));
        }
        page
    }

    fn whole(&mut self, runs: &[Run], live: bool) -> String {
        let script = STANDARD.encode(Sha256::digest(SCRIPT));
        let (connect, live) = if live { ("; connect-src 'self'", " data-live") } else { ("", "") };
        format!(
            "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width, initial-scale=1'>\n\
             <meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src 'sha256-{script}'{connect}\">\n\
             <title>{}</title><style>{STYLE}</style></head>\n<body><main{live}>{}</main>\n<script>{SCRIPT}</script></body></html>\n",
            title(runs),
            self.content(runs)
        )
    }

    /// Shows what the policy of each group does.
    fn scenes(&mut self, groups: &[&Group<'_>]) -> String {
        let mut html = String::new();
        for group in groups.iter().take(SCENES) {
            let Some(run) = best(group) else { continue };
            let Some(picture) = self.picture(run) else { continue };
            let seed = run.info.config.seed;
            let _ = write!(
                html,
                "<figure><figcaption>{}, seed {seed}</figcaption>{picture}</figure>",
                escape(&group.label)
            );
        }
        if html.is_empty() {
            return html;
        }
        format!(
            "<h3>The policy at work</h3><p class=soft>Its best actions, in one episode.</p><div class=grid>{html}</div>"
        )
    }

    fn picture(&mut self, run: &Run) -> Option<String> {
        let file = run.policy.as_ref()?;
        let written = std::fs::metadata(file).and_then(|file| file.modified()).ok();
        match self.pictures.get(file) {
            Some((when, picture)) if *when == written => picture.clone(),
            _ => {
                let picture = scene::html(run);
                self.pictures.insert(file.clone(), (written, picture.clone()));
                picture
            }
        }
    }
}

/// Gives the run whose policy did best, or the first one with a policy where none was judged.
fn best<'a>(group: &Group<'a>) -> Option<&'a Run> {
    let judged = |run: &Run| run.evaluation.as_ref().map_or(f64::NEG_INFINITY, |evaluation| evaluation.mean);
    let with_policy = group.runs.iter().filter(|run| run.policy.is_some());
    with_policy.copied().reduce(|best, run| if judged(run) > judged(best) { run } else { best })
}

fn title(runs: &[Run]) -> String {
    let mut envs: Vec<&str> = runs.iter().map(|run| run.info.config.env.as_str()).collect();
    envs.sort_unstable();
    envs.dedup();
    let what = match &envs[..] {
        [] => "Training".into(),
        [env] => escape(env),
        several => format!("{} environments", several.len()),
    };
    match runs {
        [one] => format!("{what}, trained with {}", escape(&group::reward(one))),
        [] => what,
        several => format!("{what}: {} runs", several.len()),
    }
}

/// Says what each colour is, and how well it did; a click hides its curves.
fn legend(groups: &[&Group<'_>]) -> String {
    let mut html = String::from("<div class=legend>");
    for (colour, group) in groups.iter().enumerate() {
        let label = escape(&group.label);
        let seeds = match group.runs.len() {
            1 => format!("seed {}", group.runs[0].info.config.seed),
            several => format!("{several} seeds"),
        };
        let result = group.evaluation().map_or_else(String::new, |result| {
            let judged = group.runs.iter().filter(|run| run.evaluation.is_some()).count();
            match (judged, group.runs.iter().find_map(|run| run.evaluation.as_ref())) {
                (1, Some(evaluation)) => format!(
                    "<b class=big>{:.1} ± {:.1}</b><span class=soft>true return of the trained policy: mean and standard deviation \
                     over {} episodes</span>",
                    evaluation.mean,
                    evaluation.deviation,
                    evaluation.returns.len()
                ),
                _ => format!(
                    "<b class=big>{:.1}</b><span class=soft>{:.1} to {:.1}: interquartile mean of the trained policies' true returns, \
                     with its 95 % interval</span>",
                    result.value, result.low, result.high
                ),
            }
        });
        let _ = write!(
            html,
            "<button type=button class='key s{}' aria-pressed=true data-label='{label}'><i></i><span>{label}<small>{seeds}</small></span>\
             {result}</button>",
            colour % 8
        );
    }
    html + "</div>"
}

type Quantity = (&'static str, &'static str, fn(&Metrics) -> Option<f64>);

/// The first one is drawn wide.
const QUANTITIES: [Quantity; 13] = [
    ("True return", "mean of the last 100 episodes, while exploring", |row| row.mean_return),
    ("Length of an episode", "steps, mean of the last 100 episodes", |row| row.mean_length),
    ("Reward of a row", "as training saw it", |row| Some(row.mean_reward)),
    ("Rows without a score", "on which the reward abstained", |row| {
        Some(row.abstained as f64).filter(|rows| *rows > 0.0)
    }),
    ("Policy's loss", "", |row| Some(row.policy_loss)),
    ("Values' loss", "half the mean squared error", |row| Some(row.value_loss)),
    ("Explained variance", "of the returns, by the values", |row| row.explained_variance),
    ("Entropy", "of the policy", |row| row.entropy),
    ("Divergence", "of an update, after Kullback and Leibler", |row| row.kl),
    ("Clipped", "share of the rows", |row| row.clip_fraction),
    ("Temperature", "weight of the entropy", |row| row.temperature),
    ("Exploration", "share of actions drawn blindly", |row| row.exploration),
    ("Learning rate", "", |row| Some(row.learning_rate)),
];

fn charts(groups: &[&Group<'_>]) -> String {
    let draw = |title: &str, note: &str, value: &dyn Fn(&Metrics) -> Option<f64>| {
        let curves: Vec<Curve<'_>> = groups
            .iter()
            .enumerate()
            .map(|(colour, group)| Curve { colour, label: &group.label, points: group.curve(value) })
            .collect();
        chart(title, note, &curves)
    };
    let mut html = String::new();
    let mut factors: Vec<&str> = Vec::new();
    let rows = groups.iter().flat_map(|group| &group.runs).filter_map(|run| run.metrics.last());
    for (name, _) in rows.flat_map(|row| &row.factors) {
        if !factors.contains(&name.as_str()) {
            factors.push(name);
        }
    }
    let mut quantities = QUANTITIES.iter();
    if let Some((title, note, value)) = quantities.next() {
        match draw(title, note, &|row| value(row)) {
            Some(chart) => html.push_str(&chart),
            None => html.push_str("<p class=soft>No episode has ended yet.</p>"),
        }
    }
    if groups.iter().any(|group| group.runs.len() > 1) {
        html.push_str(
            "<p class=soft>A line is the mean of the seeds, its band reaches from the lowest to the highest.</p>",
        );
    }
    html.push_str("<div class=grid>");
    html.extend(quantities.by_ref().take(2).filter_map(|(title, note, value)| draw(title, note, &|row| value(row))));
    for factor in factors {
        let value = |row: &Metrics| row.factors.iter().find(|(name, _)| name == factor).and_then(|(_, value)| *value);
        html.extend(draw(factor, "factor of the reward, mean of a row", &value));
    }
    html.extend(quantities.filter_map(|(title, note, value)| draw(title, note, &|row| value(row))));
    html + "</div>"
}

/// Lists the runs: how they stand, how fast they were, what came of them.
fn run_table(groups: &[Group<'_>]) -> String {
    let mut html = String::from(
        "<h2>Runs</h2><div class=scroll><table><tr><th>Run<th>Environment<th>What<th class=number>Seed<th>State<th class=number>Steps\
         <th class=number>Steps/s<th class=number>True return</tr>",
    );
    for (group, run) in groups.iter().flat_map(|group| group.runs.iter().map(move |run| (group, run))) {
        let seconds = run.metrics.last().map_or(0.0, |row| row.seconds);
        let rate = if seconds > 0.0 { number((run.status.steps as f64 / seconds).round()) } else { "-".into() };
        let result = run.evaluation.as_ref();
        let result =
            result.map_or_else(|| "-".into(), |result| format!("{:.1} ± {:.1}", result.mean, result.deviation));
        let name = run.path.file_name().unwrap_or(run.path.as_os_str()).to_string_lossy();
        let _ = write!(
            html,
            "<tr><td>{}<td>{}<td>{}<td class=number>{}<td class=state>{}<td class=number>{} of {}<td class=number>{rate}<td class=number>{result}</tr>",
            escape(&name),
            escape(group.env()),
            escape(&group.label),
            run.info.config.seed,
            state(run),
            run.status.steps,
            run.status.total_steps,
        );
    }
    html + "</table></div>"
}

fn state(run: &Run) -> String {
    match (run.status.state, &run.status.error) {
        (State::Finished, _) => "finished".into(),
        (State::Failed, Some(error)) => format!("failed: {}", escape(error)),
        (State::Failed, None) => "failed".into(),
        (State::Running, _) if run.live => "running".into(),
        (State::Running, _) => "killed; <code>meed train --resume</code> goes on".into(),
    }
}

fn setting_table(group: &Group<'_>, open: bool) -> String {
    let name =
        if group.label.is_empty() { group.env().to_owned() } else { format!("{}, {}", group.env(), group.label) };
    let mut html = format!(
        "<details data-keep='{0}'{1}><summary>Settings of {0}</summary><div class=scroll><table>",
        escape(&name),
        if open { " open" } else { "" }
    );
    for (name, value) in &group.settings {
        let _ = write!(html, "<tr><th>{}<td><code>{}</code></tr>", escape(name), escape(value));
    }
    html + "</table></div></details>"
}

/// Finds the runs under some paths: a run directory is itself, any other directory is the runs in it, in the order of their names.
///
/// # Errors
/// [`TrainError::NotARun`](crate::TrainError::NotARun) for a path with neither, and for a run directory that is damaged.
pub fn runs_under(paths: &[PathBuf]) -> Result<Vec<Run>, crate::TrainError> {
    let mut runs = Vec::new();
    for path in paths {
        let found = crate::run::run_dir::find(path);
        let own = [path.clone()];
        for found in if found.is_empty() { &own[..] } else { &found } {
            runs.push(crate::RunDir::open(found)?);
        }
    }
    Ok(runs)
}

/// Names the file that a page over these paths goes to unless told otherwise: within the run where there is one, else here.
pub fn default_file(paths: &[PathBuf]) -> PathBuf {
    match paths {
        [one] => one.join("report.html"),
        _ => Path::new("report.html").into(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Evaluation, RewardIdentity, RunInfo, Status, TrainConfig};

    pub(crate) fn run(name: &str, seed: u64, metrics: Vec<Metrics>) -> Run {
        let reward = RewardIdentity {
            name: "<b>&".into(),
            version: "0.1.0".into(),
            weight: 1.0,
            hash: Some("ab".into()),
            file: None,
        };
        Run {
            path: name.into(),
            info: RunInfo::new(TrainConfig::new("Pendulum-v1", 1000, seed), Some(reward)),
            status: Status { state: State::Running, steps: 10, total_steps: 1000, error: None },
            live: false,
            metrics,
            policy: None,
            checkpoints: Vec::new(),
            evaluation: None,
        }
    }

    fn row(step: u64) -> Metrics {
        let factors = vec![("calm".to_owned(), Some(-0.5))];
        Metrics { step, mean_return: Some(-5.0), mean_length: Some(200.0), factors, ..Metrics::default() }
    }

    #[test]
    fn what_others_wrote_is_escaped_and_only_the_pages_own_script_may_run() {
        let mut failed = run("<i>", 1, vec![row(1)]);
        failed.status = Status { state: State::Failed, error: Some("<script>".into()), ..failed.status };
        let page = report(&[failed]);
        assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b>&") && !page.contains("<i>&"));
        assert!(page.contains("failed: &lt;script&gt;") && page.matches("<script").count() == 1);
        assert!(page.contains("script-src 'sha256-") && !page.contains("connect-src"));
        assert!(Page::default().live(&[]).contains("connect-src 'self'"));
    }

    #[test]
    fn a_page_over_several_runs_has_a_curve_for_each_group_and_a_row_for_each_run() {
        let mut runs = vec![run("a", 1, vec![row(1), row(2)]), run("b", 2, vec![row(1)]), run("c", 1, vec![row(1)])];
        runs[2].info.config.ppo.gamma = 0.5;
        runs[0].evaluation = Some(Evaluation { returns: vec![-3.0], mean: -3.0, deviation: 0.0 });
        runs[1].evaluation = Some(Evaluation { returns: vec![-1.0], mean: -1.0, deviation: 0.0 });
        let page = report(&runs);
        assert_eq!(page.matches("class='key ").count(), 2);
        assert!(page.contains("<b class=big>-2.0</b>") && page.contains("-3.0 to -1.0"));
        assert!(page.contains("<figcaption>calm<small>factor of the reward"));
        let tables = page.split("<h2>Runs</h2>").nth(1).unwrap_or_default();
        assert_eq!(tables.split("</table>").next().map(|table| table.matches("<tr>").count()), Some(4));
        assert!(page.contains("gamma 0.95") && page.contains("gamma 0.5"));
    }

    #[test]
    fn a_run_without_a_row_says_so() {
        assert!(report(&[run("a", 1, Vec::new())]).contains("No episode has ended yet"));
        assert!(report(&[]).contains("There is no run yet"));
    }
}
