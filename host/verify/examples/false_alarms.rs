//! Prints how often each rule finds something wrong with sound rewards, as Markdown:
//! `cargo run -p meed-verify --example false_alarms`.
#![allow(clippy::print_stdout, reason = "what it is for")]

#[path = "../tests/good/mod.rs"]
mod good;

use std::collections::BTreeMap;

use meed_verify::{Settings, Verdict};

fn main() -> std::io::Result<()> {
    let folder = std::env::temp_dir().join(format!("meed-false-alarms-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    // Per rule: reports in which it came to a verdict, and those in which it failed, on random and on mixed recordings.
    let mut counts: BTreeMap<&str, [[usize; 2]; 2]> = BTreeMap::new();
    for env in good::ENVS {
        let [random, better] = [false, true].map(|is_better| good::record(&folder, env, is_better));
        for reward in good::rewards().iter().filter(|reward| reward.env == env) {
            for (mixed, data) in [&[random.clone()][..], &[random.clone(), better.clone()]].into_iter().enumerate() {
                for rule in good::report(reward, data, &Settings::default()).rules {
                    let count = &mut counts.entry(rule.code).or_default()[mixed];
                    count[0] += usize::from(matches!(rule.verdict, Some(Verdict::Pass | Verdict::Fail)));
                    count[1] += usize::from(rule.verdict == Some(Verdict::Fail));
                    if rule.verdict == Some(Verdict::Fail) {
                        eprintln!("{} {} {}", rule.code, reward.name, if mixed == 1 { "mixed" } else { "random" });
                    }
                }
            }
        }
    }
    println!("| Rule | Severity | Random recordings | Random and better |\n|---|---|---|---|");
    for rule in meed_verify::rules() {
        let Some([random, mixed]) = counts.get(rule.code).filter(|counts| counts.iter().any(|count| count[1] > 0))
        else {
            continue;
        };
        let of = |[told, failed]: &[usize; 2]| format!("{failed} of {told}");
        println!("| {} {} | {} | {} | {} |", rule.code, rule.name, rule.severity.name(), of(random), of(mixed));
    }
    std::fs::remove_dir_all(&folder)
}
