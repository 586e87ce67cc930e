//! `cargo xtask browser`: the verifier's pages and those of training in a real browser, light and dark, wide and narrow.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::run::{cargo, command, last_line, root, run, status};
use crate::setup;

const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// What is trained for the page over runs: environment, reward, seed and steps.
const RUNS: [(&str, &str, &str, &str); 4] = [
    ("CartPole-v1", "cartpole", "1", "20000"),
    ("CartPole-v1", "cartpole", "2", "20000"),
    ("CartPole-v1", "environment", "1", "20000"),
    ("mpe2/simple_chase-3", "environment", "1", "4000"),
];

/// Verifies a sound and a broken reward, trains a little, opens the pages and clicks through them, and watches a run. Screenshots are
/// left in `target/browser`.
pub(crate) fn browser() -> Result<()> {
    let chromium = chromium()?;
    setup::wasm_target()?;
    run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("browser");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let file = |name: &str| folder.join(name).display().to_string();
    let meed = |arguments: &[&str]| command(target.join("debug/meed"), arguments);
    let data = file("random.parquet");
    run(&mut meed(&["record", "--env", "Pendulum-v1", "--episodes", "40", "--seed", "1", "--out", &data]))?;
    let mut pages = Vec::new();
    for name in ["pendulum", "pendulum-broken"] {
        let plugin = last_line(&mut meed(&["build", &format!("plugins/{name}")]))?;
        let page = file(&format!("{name}.html"));
        // The one passes, the other fails; both have a page.
        status(&mut meed(&["verify", &plugin, "--data", &data, "--html", &page]))?;
        pages.push(page);
    }
    let python = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let script = |name: &str| command(&python, &[root().join("tests/browser").join(name)]);
    run(script("report_page.py").arg(&chromium).arg(&folder).args(&pages))?;

    let mut report = meed(&["report"]);
    for (env, reward, seed, steps) in RUNS {
        let out = folder.join(format!("{}-{reward}-{seed}", env.replace('/', "-")));
        let reward = match reward {
            "environment" => reward.to_owned(),
            name => last_line(&mut meed(&["build", &format!("plugins/{name}")]))?,
        };
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        let train = ["train", "--env", env, "--reward", &reward, "--steps", steps, "--seed", seed, "--out"];
        run(meed(&train).arg(&out))?;
        report.arg(out);
    }
    let page = folder.join("runs.html");
    run(report.arg("--out").arg(&page))?;
    run(script("training_page.py").arg(chromium).arg(&folder).arg(target.join("debug/meed")).arg(page))
}

/// Finds Chromium: `$CHROMIUM`, or what the path has.
fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| CHROMIUMS.map(|name| folder.join(name)))
        .find(|program: &PathBuf| Path::new(program).is_file());
    found.context(
        "Chromium is needed: on Debian, `apt-get install chromium`, as root; or name one with the variable CHROMIUM",
    )
}
