//! Looking at runs and training many: `meed report`, `meed watch` and `meed sweep`, as their users run them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};

use arrow_array::RecordBatch;
use meed_tests::meed;
use meed_train::{RunDir, State};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Longer than anything here takes, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn done(mut command: Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn training(seed: &str, steps: &str, out: &Path) -> Command {
    let mut command = meed(&["train", "--env", "CartPole-v1", "--reward", "environment", "--checkpoint-every", "512"]);
    command.args(["--steps", steps, "--seed", seed, "--out"]).arg(out);
    command
}

/// Asks again and again until there is an answer.
fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Ends its process when a test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_report_of_two_seeds_is_one_page_that_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for seed in ["1", "2"] {
        done(training(seed, "2048", &folder.path().join(format!("<seed>{seed}"))));
    }
    let page = folder.path().join("page.html");
    let mut report = meed(&["report"]);
    report.arg(folder.path().join("<seed>1")).arg(folder.path().join("<seed>2")).arg("--out").arg(&page);
    assert_eq!(stdout(&done(report)).trim(), page.to_str().unwrap());

    let text = fs::read_to_string(&page).unwrap();
    for part in ["True return", "Length of an episode", "Entropy", "The policy at work", "Settings of CartPole-v1"] {
        assert!(text.contains(part), "no {part:?}");
    }
    assert!(text.contains("2 seeds") && text.contains("A line is the mean of the seeds") && text.contains("<polygon"));
    assert_eq!(text.matches("2048 of 2048").count(), 2, "a row of the table for each run");
    // Nothing comes from elsewhere, what others named is text, and only the page's own script may run.
    let plain = text.replace("\"http://www.w3.org/2000/svg\"", "the name of SVG's elements");
    for outside in ["http://", "https://", "src=", "<link", "@import", "url("] {
        assert!(!plain.contains(outside), "{outside}");
    }
    assert!(text.contains("&lt;seed&gt;1") && !text.contains("<seed>"));
    assert!(text.contains("default-src 'none'") && text.contains("script-src 'sha256-"));

    // A folder of runs stands for all of them.
    let whole = folder.path().join("whole.html");
    done({
        let mut report = meed(&["report"]);
        report.arg(folder.path()).arg("--out").arg(&whole);
        report
    });
    assert_eq!(fs::read_to_string(whole).unwrap(), text);
}

#[test]
fn a_report_of_what_is_no_run_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_path_buf(), folder.path().join("nowhere")] {
        let output = meed(&["report"]).arg(&path).output().unwrap();
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains(path.to_str().unwrap()) && said.matches("error:").count() == 1, "{said}");
        assert!(!path.join("report.html").exists());
    }
}

/// Asks a server that closes each connection, and gives the status and all else that it says.
fn ask(port: u16, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("{request:?}: {answer:?}")), answer)
}

fn get(port: u16, path: &str) -> (u16, String) {
    ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"))
}

fn watch(dir: &Path) -> (Running, u16) {
    let mut watch = meed(&["watch", "--port", "0"]);
    watch.arg(dir).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = watch.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/'));
    (Running(child), port.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap())
}

#[test]
fn a_run_is_watched_while_it_goes_on_and_nothing_else_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (_watching, port) = watch(folder.path());
    let (status, page) = get(port, "/");
    assert!(status == 200 && page.contains("<main data-live>") && page.contains("There is no run yet"), "{page}");

    // What the run adds is there as it is added.
    let run = folder.path().join("run");
    let mut train = training("1", "10000000", &run);
    let _training = Running(train.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let steps = |text: &str| {
        let (before, _) = text.split_once(" of 10000000")?;
        before.rsplit('>').next()?.parse::<u64>().ok()
    };
    let first = wait_for("a first row", || steps(&get(port, "/content").1).filter(|steps| *steps > 0));
    let (later, content) = wait_for("a later row", || {
        let (status, content) = get(port, "/content");
        assert_eq!(status, 200);
        steps(&content).filter(|steps| *steps > first).map(|steps| (steps, content))
    });
    assert!(later > first && content.contains("<polyline") && content.contains("<td class=state>running"), "{content}");
    assert!(steps(&get(port, "/").1) >= Some(later));

    for path in [
        "/metrics.csv",
        "/run/metrics.csv",
        "/../etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "//etc/passwd",
        "/content/../run/config.json",
        "/content?x",
    ] {
        let (status, answer) = get(port, path);
        assert!(status == 404 && !answer.contains("root:") && !answer.contains("mean_return"), "{path}: {answer}");
    }
    let foreign = ask(port, "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
    assert_eq!(foreign.0, 403, "{}", foreign.1);
    let written = ask(
        port,
        &format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    );
    assert_eq!(written.0, 405, "{}", written.1);
}

/// All of 127.0.0.0/8 is this machine: a server on every interface would answer there, too.
#[test]
#[cfg(target_os = "linux")]
fn a_watched_run_is_served_on_one_loopback_address_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (_watching, port) = watch(folder.path());
    assert_eq!(get(port, "/").0, 200);
    let refused = TcpStream::connect(("127.0.0.2", port)).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
    let missing = meed(&["watch"]).arg(folder.path().join("nowhere")).output().unwrap();
    assert!(missing.status.code() == Some(2) && stderr(&missing).contains("nowhere"), "{}", stderr(&missing));
}

const SWEEP: &str = "steps = 4096\nseeds = [1, 2]\nenvironments = ['CartPole-v1', 'Pendulum-v1']\n\
    config.checkpoint_every = 1024\nvary.'ppo.gamma' = [0.9, 0.95]\n\
    [scores]\nCartPole-v1 = { low = 0, high = 500 }\nPendulum-v1 = { low = -1600, high = -150 }\n";

fn sweep(file: &Path, out: &Path) -> Command {
    let mut sweep = meed(&["sweep", "--jobs", "2", "--json"]);
    sweep.arg(file).arg("--out").arg(out);
    sweep
}

/// Reads the results, without the seconds that each run took.
fn results(out: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(out.join("results.parquet")).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let [batch] = &batches[..] else { panic!("{} batches", batches.len()) };
    let kept: Vec<usize> =
        (0..batch.num_columns()).filter(|at| batch.schema().field(*at).name() != "train_seconds").collect();
    assert_eq!(kept.len() + 1, batch.num_columns());
    batch.project(&kept).unwrap()
}

/// Gives when each file of the finished runs was written last.
fn finished(out: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries =
        |dir: &Path| fs::read_dir(dir).into_iter().flatten().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let runs = entries(out).into_iter().filter(|run| {
        RunDir::open(run).is_ok_and(|run| run.status.state == State::Finished && run.evaluation.is_some())
    });
    let files =
        runs.flat_map(|run| [entries(&run), entries(&run.join("resume"))].concat()).filter(|file| file.is_file());
    // The page comes last, and may have been missing.
    let files = files.filter(|file| !file.ends_with("report.html"));
    files.map(|file| (file.clone(), fs::metadata(&file).unwrap().modified().unwrap())).collect()
}

#[test]
fn a_sweep_killed_in_the_middle_goes_on_and_repeats_nothing_that_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sweep.toml");
    fs::write(&file, SWEEP).unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    let unbroken = stdout(&done(sweep(&file, &whole)));

    let mut killed = Running(sweep(&file, &broken).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let running = |run: &PathBuf| RunDir::open(run).is_ok_and(|run| run.live && run.status.steps > 0);
    wait_for("a run that is done, beside one that goes on", || {
        let runs: Vec<PathBuf> = fs::read_dir(&broken).ok()?.map(|entry| entry.unwrap().path()).collect();
        (!finished(&broken).is_empty() && runs.iter().any(running)).then_some(())
    });
    killed.0.kill().unwrap();
    killed.0.wait().unwrap();
    assert!(!broken.join("results.parquet").exists(), "it was over before it was killed");
    // The runs of a sweep that is gone end, too.
    wait_for("the end of its runs", || {
        let runs = fs::read_dir(&broken).unwrap().map(|entry| entry.unwrap().path());
        (!runs.into_iter().any(|run| RunDir::open(&run).is_ok_and(|run| run.live))).then_some(())
    });
    let before = finished(&broken);

    let resumed = stdout(&done(sweep(&file, &broken)));
    let after = finished(&broken);
    for (file, written) in &before {
        assert_eq!(after.get(file), Some(written), "{} was written anew", file.display());
    }
    let (one, other) = (results(&whole), results(&broken));
    assert_eq!((one.num_rows(), &one), (8, &other));
    let together = |text: &str| {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        (json["environments"].clone(), json["overall"].clone())
    };
    assert_eq!(together(&resumed), together(&unbroken));
    assert_eq!(together(&resumed).1.as_array().unwrap().len(), 2);

    // Once more, and nothing at all is trained.
    done(sweep(&file, &broken));
    assert_eq!(finished(&broken), after);
    assert_eq!(results(&broken), other);
}

#[test]
fn a_sweep_that_makes_no_sense_is_one_clear_error_before_anything_is_trained() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("sweep.toml"), folder.path().join("out"));
    for (text, says) in [
        ("steps = = 3\n", "line 1"),
        ("steps = 100\nseeds = [1]\nenvironments = ['CartPole-v1']\nalgoritms = ['ppo']\n", "algoritms"),
        ("steps = 100\nseeds = [1]\nenvironments = ['Nowhere-v1']\n", "Nowhere-v1"),
        ("steps = 100\nseeds = [1]\nenvironments = ['CartPole-v1']\nalgorithms = ['sac']\n", "sac"),
        ("steps = 100\nseeds = []\nenvironments = ['CartPole-v1']\n", "seeds"),
        ("steps = 100\nseeds = [1]\nenvironments = ['CartPole-v1']\nrewards = ['no.wasm']\n", "no.wasm"),
    ] {
        fs::write(&file, text).unwrap();
        let output = sweep(&file, &out).output().unwrap();
        let said = stderr(&output);
        assert!(matches!(output.status.code(), Some(2 | 4)) && output.stdout.is_empty(), "{text}: {said}");
        assert!(said.contains(says) && said.matches("error:").count() == 1, "{text}: {said}");
        let runs = fs::read_dir(&out).into_iter().flatten().filter(|entry| entry.as_ref().unwrap().path().is_dir());
        assert_eq!(runs.count(), 0, "{text}: it left runs");
    }
}
