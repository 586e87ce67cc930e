#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

//! Whole verifications, of files, and what their reports look like.

use std::path::Path;

use meed_core::{Description, Kind};
use meed_trajectory::{Schema, Table, Writer, open};

use crate::fixture::*;
use crate::{Progress, Refusal, Report, Settings, Severity, Subject, Terminal, TimeReport, Verdict, verify};

fn record(folder: &Path, name: &str, rows: usize) -> std::path::PathBuf {
    let file = folder.join(name);
    let schema = Schema::new(2, 1);
    let mut recorded = table(rows);
    recorded.action_size = 1;
    recorded.action = vec![0.0; rows];
    recorded.terminated = vec![false; rows];
    recorded.truncated = (1..=rows).map(|row| row % 20 == 0 || row == rows).collect();
    let mut writer = Writer::create(&file, schema).unwrap();
    writer.write(&recorded).unwrap();
    writer.finish().unwrap();
    file
}

fn report(guest: &Guest, rows: usize) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path(), "walk.parquet", rows);
    let subject = Subject {
        verify: guest,
        train: Some(guest),
        reference: None,
        hash: Some("c0ffee".into()),
        file: Some("f.wasm".into()),
    };
    let mut report = verify(&subject, [open(&file).unwrap()], &Settings::default()).unwrap();
    report.data.files[0].file = "walk.parquet".into();
    report.time = TimeReport::default();
    report
}

fn failed(report: &Report, severity: Severity) -> Vec<&'static str> {
    let rules = report.rules.iter().filter(|rule| rule.severity == severity && rule.verdict == Some(Verdict::Fail));
    rules.map(|rule| rule.code).collect()
}

fn sound() -> Guest {
    let mut guest = good();
    guest.description.summary = "x, and the square of y".into();
    guest
}

fn broken() -> Guest {
    let mut guest = Guest::rows(&["root", "<b>sum</b>"], |x, y, out| (out[0], out[1]) = ((0.9 - x).sqrt(), x + y));
    guest.description.name = "broken".into();
    guest
}

fn unsound() -> Guest {
    let mut guest = Guest::rows(&["near", "far", "sparse"], |x, y, out| {
        (out[0], out[1], out[2]) = (3.0 * x, -x, f32::from(y > 0.9));
    });
    guest.description.name = "unsound".into();
    guest
}

#[test]
fn each_reward_that_lares_check_lets_through_has_its_own_code() {
    let whole = |evaluate: fn(&mut State, &mut Vec<f32>)| {
        Guest::new(described(Kind::Transition, &["f"]), move |state, _, scores| {
            evaluate(state, &mut scores.values);
            Ok(())
        })
    };
    let leak = Guest::new(described(Kind::Transition, &["f"]), |_, batch, scores| {
        let x = steps(batch).observation;
        let mean = x.iter().sum::<f32>() / x.len() as f32;
        scores.values.iter_mut().zip(x.chunks(2)).for_each(|(value, xy)| *value = xy[0] - mean);
        Ok(())
    });
    let cases = [
        ("constant", "V060", Guest::rows(&["f"], |_, _, out| out[0] = 1.0)),
        ("NaN", "V011", Guest::rows(&["f"], |_, _, out| out[0] = f32::NAN)),
        ("Inf", "V012", Guest::rows(&["f"], |_, _, out| out[0] = f32::INFINITY)),
        (
            "random",
            "V020",
            whole(|state, values| values.fill((state.instance as f32 * 0.37 + state.calls as f32 * 0.61).sin())),
        ),
        ("batch mean", "V030", leak),
        ("B = 2", "V032", whole(|_, values| *values = vec![0.5, 1.0])),
        ("no factors", "V013", Guest::new(described(Kind::Transition, &[]), |_, _, _| Ok(()))),
    ];
    for (name, code, guest) in &cases {
        let report = report(guest, 400);
        assert_eq!(report.verdict, Verdict::Fail, "{name}");
        assert!(failed(&report, Severity::Error).contains(code), "{name}: {:?}", failed(&report, Severity::Error));
    }
    // The other three do not get as far as a call: WebAssembly knows no strings among its numbers, and the host no file system.
    for (name, code, refusal) in [
        ("strings", "V002", Refusal::WrongInterface),
        ("directory listing", "V001", Refusal::ForbiddenImport),
        ("no functions", "V007", Refusal::NoReward),
    ] {
        let report = Report::refused(refusal, "message", "hint", Some("f.wasm".into()), None);
        assert_eq!((report.verdict, failed(&report, Severity::Error)), (Verdict::Fail, vec![code]), "{name}");
    }
}

#[test]
fn a_report_is_the_same_twice_and_another_seed_draws_other_rows() {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path(), "walk.parquet", 3000);
    let json = |seed: u64| {
        let guest = sound();
        let subject = Subject { verify: &guest, train: Some(&guest), reference: None, hash: None, file: None };
        let settings = Settings { seed, rows: 500, ..Settings::default() };
        let mut report = verify(&subject, [open(&file).unwrap()], &settings).unwrap();
        report.time = TimeReport::default();
        serde_json::to_string(&report).unwrap()
    };
    assert_eq!(json(1), json(1));
    // One thread applies the rules one after another, and they come to the same.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(alone.install(|| json(1)), json(1));
    let means = |json: &str| json.split("\"mean\":").nth(1).unwrap().split(',').next().unwrap().to_owned();
    assert_ne!(means(&json(1)), means(&json(2)));
}

#[test]
fn a_watcher_hears_of_every_row_and_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path(), "walk.parquet", 400);
    let guest = sound();
    let subject = Subject { verify: &guest, train: None, reference: None, hash: None, file: None };
    let heard = std::sync::Mutex::new(Vec::new());
    let watch = |progress: Progress| heard.lock().unwrap().push(progress);
    let report =
        crate::Verification::new(&subject, &Settings::default()).watch(&watch).run([open(&file).unwrap()]).unwrap();
    let heard = heard.into_inner().unwrap();
    let of = crate::rules().len();
    assert!(heard.contains(&Progress::Rows(400)) && heard.contains(&Progress::Rules { done: of, of }), "{heard:?}");
    assert_eq!(report.time.rules.len(), of);
    assert!(report.time.reading > 0.0 && report.time.whole >= report.time.reading + report.time.asking);
}

#[test]
fn rows_are_numbered_through_several_files() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["a.parquet", "b.parquet"].map(|name| record(folder.path(), name, 100));
    let guest = Guest::new(described(Kind::Transition, &["f"]), |_, batch, scores| {
        // Only the second file's first rows are known by their place in a call of all rows.
        let x = steps(batch).observation;
        scores.values.iter_mut().zip(x.chunks(2)).for_each(|(value, xy)| *value = xy[0]);
        if scores.values.len() == 200 {
            scores.unscored.push(Unscored { row: 103, reason: Reason::Fault { message: "no".into() } });
        }
        Ok(())
    });
    let subject = Subject { verify: &guest, train: None, reference: None, hash: None, file: None };
    let data = files.iter().map(|file| open(file).unwrap());
    let report = verify(&subject, data, &Settings::default()).unwrap();
    let (_, finding) = report.findings().find(|(rule, _)| rule.code == "V015").unwrap();
    assert_eq!((finding.rows.as_slice(), report.data.rows, report.data.episodes()), (&[103][..], 200, Some(10)));
}

#[test]
fn data_that_do_not_fit_are_an_error_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let file = record(folder.path(), "walk.parquet", 40);
    let mut guest = sound();
    guest.description.observation.pop();
    let subject = Subject { verify: &guest, train: None, reference: None, hash: None, file: None };
    let error = verify(&subject, [open(&file).unwrap()], &Settings::default()).unwrap_err();
    assert_eq!(error.code(), "data");
    assert!(!error.hint().is_empty() && error.to_string().contains("observation"), "{error}");
}

#[test]
fn episodes_are_verified_from_a_file() {
    let mut description: Description = described(Kind::Episode, &["f"]);
    description.granularity = meed_core::Granularity::Episode;
    let guest = Guest::new(description, |_, batch, scores| {
        let meed_core::Batch::Episodes(episodes) = batch else { return Ok(()) };
        for (part, value) in episodes.episode_offsets.windows(2).zip(&mut scores.values) {
            let rows = part[0] as usize..part[1] as usize;
            *value = rows.clone().map(|row| episodes.steps.observation[2 * row]).sum::<f32>() / rows.len() as f32;
        }
        Ok(())
    });
    let report = report(&guest, 1000);
    assert_eq!((report.verdict, report.factors[0].count), (Verdict::Pass, 50), "{}", report.table());
}

#[test]
fn siblings_are_verified_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("siblings.parquet");
    let rows = 1200;
    let recorded = Table {
        action_size: 1,
        action: vec![0.0; rows],
        terminated: vec![false; rows],
        truncated: (1..=rows).map(|row| row % 20 == 0).collect(),
        group: (0..rows).map(|row| row as u32 / 60).collect(),
        ..table(rows)
    };
    let mut writer = Writer::create(&file, Schema::new(2, 1).with_group()).unwrap();
    writer.write(&recorded).unwrap();
    writer.finish().unwrap();
    // How much better than its siblings an episode is; `alone` takes all that are in the call for siblings.
    let advantage = |alone: bool| {
        let mut description: Description = described(Kind::Episode, &["f"]);
        (description.granularity, description.inputs.group) = (meed_core::Granularity::Episode, true);
        Guest::new(description, move |_, batch, scores| {
            let meed_core::Batch::Episodes(episodes) = batch else { return Ok(()) };
            let ends = [0, episodes.episode_offsets.len() as u32 - 1];
            for group in if alone { &ends[..] } else { episodes.group_offsets }.windows(2) {
                let siblings = group[0] as usize..group[1] as usize;
                let of = |episode: usize| {
                    let rows = episodes.episode_offsets[episode]..episodes.episode_offsets[episode + 1];
                    rows.map(|row| episodes.steps.observation[2 * row as usize]).sum::<f32>() / 20.0
                };
                let mean = siblings.clone().map(of).sum::<f32>() / siblings.len() as f32;
                siblings.for_each(|episode| scores.values[episode] = of(episode) - mean);
            }
            Ok(())
        })
    };
    let verdict = |guest: &Guest| {
        let subject = Subject { verify: guest, train: Some(guest), reference: None, hash: None, file: None };
        verify(&subject, [open(&file).unwrap()], &Settings::default()).unwrap()
    };
    let sound = verdict(&advantage(false));
    assert_eq!((sound.verdict, sound.data.parts), (Verdict::Pass, 20), "{}", sound.table());
    assert!(failed(&verdict(&advantage(true)), Severity::Error).contains(&"V030"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 16, failure_persistence: None, ..Default::default() })]

    #[test]
    fn data_of_one_side_alone_let_nothing_pass(slope in -2.0f32..2.0, beyond in 1e3f64..1e9, all_won in proptest::bool::ANY) {
        let guest = Guest::rows(&["f"], move |x, y, out| out[0] = slope * x + 0.1 * y);
        // Every episode is a success, or none is.
        let settings = Settings { success: Some(if all_won { -beyond } else { beyond }), ..Settings::default() };
        for code in ["V140", "V240", "V260"] {
            let rule = crate::rules().iter().find(|rule| rule.code == code).unwrap();
            proptest::prop_assert_eq!(on_episodes_with(rule, &guest, &settings).verdict, INCONCLUSIVE, "{}", code);
        }
    }
}

#[test]
fn the_table_of_a_pass_and_of_a_fail() {
    let terminal = Terminal { width: 90, colour: false };
    insta::assert_snapshot!("table_pass", report(&sound(), 400).table_for(terminal));
    insta::assert_snapshot!("table_broken", report(&broken(), 400).table_for(terminal));
    insta::assert_snapshot!("table_unsound", report(&unsound(), 400).table_for(terminal));
    let narrow = report(&unsound(), 400).table_for(Terminal { width: 50, colour: false });
    let widest = narrow.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 50, "{widest}\n{narrow}");
}

#[test]
fn the_json_of_a_pass_and_of_a_fail() {
    insta::assert_json_snapshot!("json_pass", report(&sound(), 400));
    insta::assert_json_snapshot!("json_broken", report(&broken(), 400));
}

/// Checks a value against the part of JSON Schema that the report's schema uses; names the first place that does not fit.
fn fits(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    at: &str,
) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{at}: {value} is not {what}"));
    if let Some(name) = schema["$ref"].as_str() {
        return fits(value, root.pointer(name.trim_start_matches('#')).unwrap(), root, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fitting = any.iter().any(|schema| fits(value, schema, root, at).is_ok());
        return if fitting { Ok(()) } else { wrong("any of these") };
    }
    let listed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    if !listed || schema.get("const").is_some_and(|only| only != value) {
        return wrong("one of these");
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let types = match &schema["type"] {
        serde_json::Value::Array(types) => types.iter().filter_map(|name| name.as_str()).collect(),
        name => name.as_str().into_iter().collect::<Vec<_>>(),
    };
    if !types.is_empty() && !types.into_iter().any(is) {
        return wrong("of the type");
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()) {
        value.get(name).ok_or(format!("{at}: {name} is missing"))?;
    }
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, field) in fields {
            fits(
                field,
                known.get(name).ok_or(format!("{at}.{name} is not described"))?,
                root,
                &format!("{at}.{name}"),
            )?;
        }
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        items.iter().enumerate().try_for_each(|(index, item)| fits(item, schema, root, &format!("{at}[{index}]")))?;
    }
    Ok(())
}

#[test]
fn every_report_fits_the_published_schema() {
    let schema = serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap();
    let refused = Report::refused(Refusal::NoReward, "message", "hint", None, None);
    for report in [report(&sound(), 400), report(&broken(), 400), report(&unsound(), 400), refused] {
        let mut json = serde_json::to_value(report).unwrap();
        assert_eq!(fits(&json, &schema, &schema, "report"), Ok(()));
        json["rules"][0]["verdict"] = "maybe".into();
        assert!(fits(&json, &schema, &schema, "report").unwrap_err().starts_with("report.rules[0].verdict"));
    }
}

#[test]
fn colours_are_for_terminals_that_have_them() {
    let report = report(&unsound(), 400);
    assert!(report.table_for(Terminal { width: 90, colour: true }).contains("\x1b[31;1mFAIL\x1b[0m"));
    assert!(!report.table_for(Terminal { width: 90, colour: false }).contains('\x1b'));
}

#[test]
fn what_a_plugin_says_can_neither_command_a_terminal_nor_enter_a_page() {
    let mut guest = broken();
    guest.description.name = "\x1b[2J<script>alert(1)</script>".into();
    let report = report(&guest, 400);
    let table = report.table_for(Terminal { width: 200, colour: false });
    assert!(!table.contains('\x1b'), "{table}");
    let page = report.html();
    assert!(!page.contains("<script") && !page.contains("<b>sum") && page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn a_page_stands_alone_and_shows_what_the_table_says() {
    let page = report(&unsound(), 400).html();
    for outside in ["http://", "https://", "src=", "url(", "@import", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for shown in [
        "V040",
        "declared range",
        "<svg",
        "first episode",
        "prefers-color-scheme",
        "What to do:",
        "id=\"balance\"",
        "id=\"inputs\"",
        "Least paid",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[test]
fn every_rule_has_a_code_of_its_own_in_order_and_a_page() {
    let rules = crate::rules();
    assert!(rules.windows(2).all(|pair| pair[0].code < pair[1].code));
    for rule in rules {
        assert!(rule.code.len() == 4 && rule.code.starts_with('V'), "{}", rule.code);
        for text in [rule.name, rule.what, rule.why, rule.example] {
            assert!(!text.is_empty(), "{}", rule.code);
        }
        for earlier in rule.after {
            assert!(
                rules.iter().any(|other| other.code == *earlier && other.code < rule.code),
                "{} {earlier}",
                rule.code
            );
        }
    }
}
