//! What the design's judge is: `meed verify`, in a process of its own each time.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use meed_core::RewardFactory;
use meed_design::{Evidence, Judge, Judgement, Part, Task, Verdict};
use meed_runtime::Profile;
use serde_json::Value;

use super::recordings::Recordings;
use super::{meed, said};
use crate::plugin;

/// Verifies candidates: what a candidate does to its host, it does to a process of its own.
pub(super) struct Verifier {
    recordings: Recordings,
    /// What the task says of success, as the verifier reads it.
    settings: Option<PathBuf>,
}

impl Verifier {
    /// Prepares the task's recordings in the design's folder.
    pub(super) fn new(task: &Task, out: &Path) -> Result<Verifier> {
        let settings = match task.success_return {
            None => None,
            Some(success) => {
                let file = out.join("settings.toml");
                std::fs::write(&file, format!("success = {success:?}\n"))
                    .with_context(|| format!("writing {}", file.display()))?;
                Some(file)
            }
        };
        Ok(Verifier { recordings: Recordings::prepare(task, out)?, settings })
    }

    fn report(&self, component: &Path, data: &[PathBuf]) -> Result<Judgement> {
        if let Some(misfit) = misfit(component, data)? {
            return Ok(misfit);
        }
        let data =
            data.iter().map(|file| ("--data", file)).chain(self.settings.iter().map(|file| ("--settings", file)));
        let files = data.flat_map(|(flag, file)| [flag.into(), file.clone().into_os_string()]);
        let done = meed([OsString::from("verify"), component.into(), "--json".into()].into_iter().chain(files))?;
        match serde_json::from_slice::<Value>(&done.stdout) {
            Ok(report) => Ok(judgement(report)),
            Err(_) => Err(anyhow!("the verifier gave no report: {}", said(&done))),
        }
    }
}

impl Judge for Verifier {
    fn judge(&self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>> {
        let data = if part == Part::Shown { &self.recordings.shown } else { &self.recordings.hidden };
        if data.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.report(component, data)?))
    }
}

/// Tells where a reward's rows are not those of the data: a mistake of its author, which the verifier has no verdict on.
fn misfit(component: &Path, data: &[PathBuf]) -> Result<Option<Judgement>> {
    // One that cannot be loaded gets a report all the same.
    let Ok(plugin) = plugin::load(component, Profile::Verify) else { return Ok(None) };
    for file in data {
        if let Err(error) = meed_trajectory::open(file)?.check_against(plugin.description()) {
            let finding = Evidence {
                code: "fields".into(),
                severity: "error".into(),
                message: error.to_string(),
                evidence: String::new(),
                hint: "declare every field of the task's rows, in its order, with its name and its type".into(),
            };
            let report = serde_json::json!({ "verdict": "fail", "misfit": error.to_string() });
            return Ok(Some(Judgement { verdict: Verdict::Fail, findings: vec![finding], report }));
        }
    }
    Ok(None)
}

/// Reads what the design needs in a report.
fn judgement(report: Value) -> Judgement {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = match report["verdict"].as_str() {
        Some("pass") => Verdict::Pass,
        Some("inconclusive") => Verdict::Inconclusive,
        _ => Verdict::Fail,
    };
    let mut findings = Vec::new();
    for severity in ["error", "warning"] {
        let rules = report["rules"].as_array().into_iter().flatten().filter(|rule| rule["severity"] == severity);
        for finding in rules.flat_map(|rule| rule["findings"].as_array().into_iter().flatten()) {
            findings.push(Evidence {
                code: text(&finding["code"]),
                severity: severity.into(),
                message: text(&finding["message"]),
                evidence: evidence(finding),
                hint: text(&finding["hint"]),
            });
        }
    }
    Judgement { verdict, findings, report }
}

fn evidence(finding: &Value) -> String {
    let list = |key: &str| finding[key].as_array().cloned().unwrap_or_default();
    let number = |number: &Value| {
        let name = number["name"].as_str().unwrap_or_default();
        match &number["value"] {
            Value::String(value) => format!("{name} {value}"),
            value => format!("{name} {}", value.as_f64().map_or_else(|| value.to_string(), shortened)),
        }
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = Vec::new();
    for (title, values) in [
        ("factors", list("factors").iter().map(plain).collect::<Vec<_>>()),
        ("observed", list("observed").iter().map(number).collect()),
        ("limit", finding["limit"].is_object().then(|| number(&finding["limit"])).into_iter().collect()),
        ("rows", list("rows").iter().map(plain).collect()),
        ("inputs of the first row", finding["inputs"].as_str().map(str::to_owned).into_iter().collect()),
    ] {
        if !values.is_empty() {
            lines.push(format!("{title}: {}", values.join(", ")));
        }
    }
    lines.join("\n")
}

/// Writes a number with six digits at most: further ones tell a model, or a person, nothing.
fn shortened(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-4..1e9).contains(&rounded.abs()) { format!("{rounded:e}") } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_written_with_six_digits() {
        let numbers = [1024.0, -0.784_240_150_093_808_5, 1.048_541_594e-7, 0.300_000_011_920_928_96, 16_777_216.0, 0.0];
        let texts = ["1024", "-0.78424", "1.04854e-7", "0.3", "16777200", "0"];
        assert_eq!(numbers.map(super::shortened), texts);
    }

    use super::*;

    #[test]
    fn a_report_becomes_evidence_errors_first() {
        let finding = |code: &str| {
            serde_json::json!({
                "code": code, "message": "m", "factors": ["a"], "observed": [{"name": "value", "value": "NaN"}],
                "limit": {"name": "largest", "value": 1.5}, "rows": [3, 4], "inputs": "x=1", "hint": "h"
            })
        };
        let report = serde_json::json!({"verdict": "fail", "rules": [
            {"severity": "warning", "findings": [finding("V081")]},
            {"severity": "error", "findings": []},
            {"severity": "error", "findings": [finding("V011")]},
        ]});
        let judgement = judgement(report);
        let codes: Vec<_> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!((judgement.verdict, codes), (Verdict::Fail, vec!["V011", "V081"]));
        let lines = "factors: a\nobserved: value NaN\nlimit: largest 1.5\nrows: 3, 4\ninputs of the first row: x=1";
        assert_eq!(judgement.findings[0].evidence, lines);
    }
}
