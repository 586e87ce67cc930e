//! What is measured in a process of its own, which keeps the rows and answers orders: Python, and what `others/` holds.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::candidate::Candidate;
use crate::rewards::Reward;
use crate::rows::Batch;

/// A process and what it can measure.
#[derive(Clone)]
pub(crate) struct Server {
    process: Rc<RefCell<Process>>,
    folder: Rc<TempDir>,
    kinds: Vec<&'static str>,
}

struct Process {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends by itself when its orders do; this only spares the wait.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn ask(&mut self, order: &Value) -> Result<Value> {
        writeln!(self.orders, "{order}")?;
        self.orders.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "it ended; its own words stand above");
        Ok(serde_json::from_str(&line)?)
    }
}

impl Server {
    /// Starts `$PYTHON`, or `python3`.
    ///
    /// # Errors
    /// Where there is none.
    pub(crate) fn python() -> Result<Self> {
        let mut command = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
        command.arg(Path::new(env!("MEED_ROOT")).join("benches/python/server.py"));
        Self::start(command, &["cpython", "numpy", "pyo3"])
    }

    /// Starts what `others/` was built to, beside this program.
    ///
    /// # Errors
    /// Where it isn't there.
    pub(crate) fn others() -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("meed-bench-others");
        Self::start(Command::new(program), &["luajit", "rhai", "extism"])
    }

    fn start(mut command: Command, all: &[&'static str]) -> Result<Self> {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.with_context(|| format!("starting {}", command.get_program().display()))?;
        let orders = child.stdin.take().context("no input")?;
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        let mut process = Process { child, orders, answers };
        let has = process.ask(&json!({"order": "kinds"}))?;
        let kinds = all.iter().copied().filter(|kind| has[kind].is_null()).collect();
        for kind in all {
            if let Some(reason) = has[kind].as_str() {
                eprintln!("no {kind}: {reason}");
            }
        }
        Ok(Server { process: Rc::new(RefCell::new(process)), folder: Rc::new(TempDir::new()?), kinds })
    }

    /// Lists what it can measure.
    pub(crate) fn kinds(&self) -> &[&'static str] {
        &self.kinds
    }

    /// Hands a batch over.
    ///
    /// # Errors
    /// Where the process fails.
    pub(crate) fn candidate(&self, kind: &'static str, reward: &Reward, batch: &Batch) -> Result<Timed> {
        let write = |name: &str, values: &[f32]| {
            let path = self.folder.path().join(name);
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            std::fs::write(&path, bytes).map(|()| path)
        };
        let order = json!({
            "order": "load", "kind": kind, "reward": reward.name, "rows": batch.rows, "factors": reward.factors,
            "observation": write("observation", &batch.observation)?, "action": write("action", &batch.action)?,
        });
        self.process.borrow_mut().ask(&order)?;
        Ok(Timed { server: self.clone(), kind })
    }
}

/// One kind on the batch that was last handed to it.
pub(crate) struct Timed {
    server: Server,
    kind: &'static str,
}

impl Candidate for Timed {
    fn name(&self) -> &'static str {
        self.kind
    }

    fn is_exact(&self) -> bool {
        // These are the plugin's own source.
        matches!(self.kind, "pyo3" | "extism")
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let path = self.server.folder.path().join("answer");
        let order = json!({"order": "answer", "kind": self.kind, "path": path});
        self.server.process.borrow_mut().ask(&order)?;
        let bytes = std::fs::read(path)?;
        let (cells, _) = bytes.as_chunks::<4>();
        Ok(cells.iter().map(|cell| f32::from_le_bytes(*cell)).collect())
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let order = json!({"order": "time", "kind": self.kind, "times": times});
        let answer = self.server.process.borrow_mut().ask(&order)?;
        Ok(Duration::from_secs_f64(answer["seconds"].as_f64().context("no time")?))
    }
}
