//! No rule of severity error rejects a sound reward, on plain recordings or on those of a better policy.
#![allow(clippy::unwrap_used, reason = "tests")]

mod good;

use meed_verify::{Settings, Severity, Verdict};

#[test]
fn thirty_sound_rewards_pass_on_random_and_on_mixed_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let rewards = good::rewards();
    assert!(rewards.len() >= 30, "{}", rewards.len());
    let mut alarms = Vec::new();
    for env in good::ENVS {
        let [random, better] = [false, true].map(|is_better| good::record(folder.path(), env, is_better));
        for reward in rewards.iter().filter(|reward| reward.env == env) {
            for data in [&[random.clone()][..], &[random.clone(), better.clone()]] {
                let report = good::report(reward, data, &Settings::default());
                let failed = report.rules.iter().filter(|rule| rule.severity == Severity::Error);
                for rule in failed.filter(|rule| rule.verdict == Some(Verdict::Fail)) {
                    let finding = &rule.findings[0];
                    let numbers: Vec<String> = finding.observed.iter().map(ToString::to_string).collect();
                    alarms.push(format!(
                        "{} on {} files of {env}: {} {} ({})",
                        reward.name,
                        data.len(),
                        rule.code,
                        finding.message,
                        numbers.join(", ")
                    ));
                }
            }
        }
    }
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}
