//! Whole processes, from start to end, by the clock: timed by hyperfine.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

use super::rows::Row;
use super::{Bench, machine};
use crate::tools;

/// IONOS's own kits, for Python and for Node.
pub(super) const KITS: [&str; 2] = ["ionoscloud==6.1.13", "@ionos-cloud/sdk-nodejs@6.1.5"];

const DATACENTER: &str = "d0000000-0000-4000-8000-000000000001";
const VOLUME: &str = "b0000000-0000-4000-8000-000000000001";

/// Builds the command as it is published, and answers where it is.
pub(super) fn command(bench: &Bench<'_>) -> Result<PathBuf> {
    cmd!(bench.workspace.shell, "cargo build --release -p cloudsnap-cli").run()?;
    Ok(bench.workspace.target.join("release").join("cloudsnap").with_extension(std::env::consts::EXE_EXTENSION))
}

pub(super) fn run(bench: &Bench<'_>) -> Result<Vec<Row>> {
    let shell = &bench.workspace.shell;
    tools::install(shell, tools::HYPERFINE)?;
    let program = command(bench)?;
    let simulator = Simulator::start(shell, &program, "0s")?;
    let slow = Simulator::start(shell, &program, "1s")?;
    // Of its own, so that the lists stay as long as they are.
    let written = Simulator::start(shell, &program, "0s")?;
    let ours = program.display();
    let version = format!("{ours} --version");
    let list = format!("{ours} list ionos -o json");
    let create = format!("{ours} create ionos:{DATACENTER}/{VOLUME} --name nightly -o json");
    let (rounds, few, waits) = (bench.rounds(101, 11), bench.rounds(31, 11), bench.rounds(5, 2));

    let names = ["`cloudsnap --version`", "`true`, which does nothing"];
    let nothing = simulator.compare(names, [&version, "true"], &rounds)?;
    let mut rows = vec![Row::alone(&nothing.what, &nothing.unit, nothing.ours), nothing];
    if machine::first_line(shell, "hcloud version").is_some() {
        rows.push(simulator.compare([names[0], "`hcloud version`"], [&version, "hcloud version"], &rounds)?);
    } else {
        println!("skipped: hcloud is not installed (Debian: hcloud-cli)");
    }
    let names = ["`cloudsnap list ionos -o json`, 50 snapshots", "`curl`, the bytes only"];
    let curl = simulator.curl("/snapshots?pretty=false&depth=1");
    rows.push(simulator.compare(names, [&list, &curl], &rounds)?);
    let curl = written.curl(&format!("/datacenters/{DATACENTER}/volumes/{VOLUME}/create-snapshot?pretty=false"));
    let post = format!("{curl} --json '{{\"properties\":{{\"name\":\"nightly\"}}}}'");
    let names = ["`cloudsnap create --no-wait`", "`curl`, one POST"];
    rows.push(written.compare(names, [&format!("{create} --no-wait"), &post], &few)?);
    let names = ["`cloudsnap create`, of a snapshot that takes 1 s", "that second"];
    rows.push(slow.compare(names, [&create, "sleep 1"], &waits)?);
    if bench.peers {
        let folder = shell.create_temp_dir()?;
        for (name, command) in kits(shell, folder.path())? {
            let names = ["`cloudsnap list ionos -o json`, 50 snapshots", name];
            rows.push(simulator.compare(names, [&list, &format!("{command} list")], &bench.rounds(11, 2))?);
            let names = ["`cloudsnap create`, of a snapshot that takes 1 s", name];
            rows.push(slow.compare(names, [&create, &format!("{command} create {DATACENTER} {VOLUME}")], &waits)?);
        }
    }
    Ok(rows)
}

/// The simulator in a process of its own, and what a client needs to find it.
#[derive(Debug)]
struct Simulator<'a> {
    shell: &'a Shell,
    process: Child,
    environment: Vec<(String, String)>,
}

impl<'a> Simulator<'a> {
    fn start(shell: &'a Shell, program: &Path, build_time: &str) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["simulate", "--snapshots", "50", "--build-time", build_time]).stdout(Stdio::piped());
        let mut simulator = Self { shell, process: command.spawn()?, environment: Vec::new() };
        let output = simulator.process.stdout.take().context("the simulator has no output")?;
        for line in BufReader::new(output).lines() {
            match line?.strip_prefix("export ").and_then(|line| line.split_once('=')) {
                Some((name, value)) => simulator.environment.push((name.to_owned(), value.to_owned())),
                // It is ready.
                None => return Ok(simulator),
            }
        }
        bail!("the simulator ended")
    }

    /// Times both commands, and compares the medians.
    fn compare(&self, [what, beside]: [&str; 2], [ours, theirs]: [&str; 2], rounds: &str) -> Result<Row> {
        let folder = self.shell.create_temp_dir()?;
        let file = folder.path().join("times.json");
        let time = cmd!(self.shell, "hyperfine --shell=none --style=basic --warmup=1 --runs={rounds} {ours} {theirs}");
        // Nobody's own settings.
        let time = time.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", "/nonexistent");
        time.envs(self.environment.clone()).arg("--export-json").arg(&file).run()?;
        let times: Value = serde_json::from_str(&self.shell.read_file(&file)?)?;
        let median = |index: usize| times["results"][index]["median"].as_f64().context("hyperfine wrote no median");
        Ok(Row::new(what, beside, "ms", median(0)? * 1e3, median(1)? * 1e3))
    }

    fn curl(&self, path: &str) -> String {
        let value = |name| self.environment.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value);
        let (url, token) = (value("IONOS_API_URL"), value("IONOS_TOKEN"));
        format!("curl -sSf -H 'Authorization: Bearer {token}' '{url}{path}'")
    }
}

impl Drop for Simulator<'_> {
    fn drop(&mut self) {
        // What cannot be ended has ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Installs the kits into a folder: what each is called, and the start of its command line.
fn kits(shell: &Shell, folder: &Path) -> Result<[(&'static str, String); 2]> {
    let [python_kit, node_kit] = KITS;
    let python = folder.join("bin/python");
    cmd!(shell, "python3 -m venv {folder}").run()?;
    cmd!(shell, "{python} -m pip install --quiet {python_kit}").run()?;
    cmd!(shell, "npm install --silent --prefix {folder} {node_kit}").run()?;
    // Beside what was installed, where node looks for it.
    shell.copy_file("tests/benches/kits/kit.js", folder)?;
    let python = format!("{} tests/benches/kits/kit.py", python.display());
    let node = format!("node {}", folder.join("kit.js").display());
    Ok([("IONOS's kit for Python", python), ("IONOS's kit for Node", node)])
}
