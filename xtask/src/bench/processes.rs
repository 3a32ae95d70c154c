//! Whole processes, from start to end, by the clock.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::programs::{self, Server, TemporaryFolder};
use super::rows::Row;
use super::{Bench, machine, peers};
use crate::Result;

const SNAPSHOTS: &str = "50";
const VOLUME: &str = "d0000000-0000-4000-8000-000000000001/b0000000-0000-4000-8000-000000000001";

/// The simulator in a process of its own, and what a client needs to find it.
#[derive(Debug)]
pub(super) struct Simulator {
    _server: Server,
    environment: Vec<(String, String)>,
}

impl Simulator {
    fn start(command: &Path, build_time: &str) -> Result<Self> {
        let mut server = Server::start(Command::new(command).args([
            "simulate",
            "--snapshots",
            SNAPSHOTS,
            "--build-time",
            build_time,
        ]))?;
        let mut environment = Vec::new();
        loop {
            let line = server.line()?;
            match line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
                Some((name, value)) => environment.push((name.to_owned(), value.to_owned())),
                None if line == "ready" => return Ok(Self { _server: server, environment }),
                None => return Err(format!("the simulator printed: {line}")),
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.environment.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// A command that knows where the simulator is, and prints nothing.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Nobody's own settings.
        command.env("HOME", "/nonexistent").env("XDG_CONFIG_HOME", "/nonexistent").envs(self.environment.clone());
        command
    }

    fn curl(&self, path: &str) -> Command {
        let mut command = Command::new("curl");
        command.args(["-sSf", "-H", &format!("Authorization: Bearer {}", self.get("IONOS_TOKEN"))]);
        command.arg(format!("{}{path}", self.get("IONOS_API_URL")));
        command
    }
}

/// Two commands that take turns.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) id: &'static str,
    pub(super) ours: Command,
    pub(super) theirs: Command,
    pub(super) rounds: usize,
}

impl Pair {
    pub(super) fn measure(mut self) -> Result<Row> {
        println!("$ {}    # beside: {}", programs::shown(&self.ours), programs::shown(&self.theirs));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // One round more, to warm up.
        for round in 0..=self.rounds {
            let (first, second) = (milliseconds(&mut self.ours)?, milliseconds(&mut self.theirs)?);
            if round > 0 {
                ours.push(first);
                theirs.push(second);
            }
        }
        Ok(Row::new(self.id, "ms", &ours, &theirs))
    }
}

fn milliseconds(command: &mut Command) -> Result<f64> {
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let took = start.elapsed();
    let status = status.map_err(|error| format!("`{}` could not be started: {error}", programs::shown(command)))?;
    if status.success() {
        return Ok(took.as_secs_f64() * 1e3);
    }
    Err(format!("`{}` failed ({status})", programs::shown(command)))
}

pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let command = programs::command()?;
    let simulator = Simulator::start(&command, "0s")?;
    let slow = Simulator::start(&command, "1s")?;
    // Of its own, so that the lists stay as long as they are.
    let written = Simulator::start(&command, "0s")?;
    let ours = |arguments: &[&str]| {
        let mut command = simulator.command(&command);
        command.args(arguments);
        command
    };
    let source = format!("ionos:{VOLUME}");
    let rounds = bench.rounds(101, 11);

    let version = || ours(&["--version"]);
    let nothing = Pair { id: "version-true", ours: version(), theirs: Command::new("true"), rounds }.measure()?;
    let mut rows = vec![Row::fact("version", "ms", nothing.ours), nothing];
    match machine::first_line("hcloud", &["version"]) {
        Some(_) => {
            let mut hcloud = Command::new("hcloud");
            hcloud.arg("version");
            rows.push(Pair { id: "version-hcloud", ours: version(), theirs: hcloud, rounds }.measure()?);
        }
        None => println!("skipped: hcloud is not installed (Debian: hcloud-cli)"),
    }
    let list = simulator.curl("/snapshots?pretty=false&depth=1");
    rows.push(Pair { id: "list-curl", ours: ours(&["list", "ionos", "-o", "json"]), theirs: list, rounds }.measure()?);

    let (centre, volume) = VOLUME.split_once('/').unwrap_or_default();
    let mut post = written.curl(&format!("/datacenters/{centre}/volumes/{volume}/create-snapshot?pretty=false"));
    post.args(["-H", "Content-Type: application/json", "-d", r#"{"properties":{"name":"nightly"}}"#]);
    let mut create = written.command(&command);
    create.args(["create", &source, "--name", "nightly", "--no-wait", "-o", "json"]);
    rows.push(Pair { id: "create-curl", ours: create, theirs: post, rounds: rounds.min(31) }.measure()?);

    let mut wait = slow.command(&command);
    wait.args(["create", &source, "--name", "nightly", "-o", "json"]);
    let mut second = Command::new("sleep");
    second.arg("1");
    let waits = bench.rounds(5, 1);
    rows.push(Pair { id: "create-wait", ours: wait, theirs: second, rounds: waits }.measure()?);

    if bench.peers {
        let folder = TemporaryFolder::new("peers")?;
        let places = peers::Places { command, fast: &simulator, slow: &slow, folder: folder.path().to_owned() };
        rows.extend(peers::run(&places, VOLUME, bench.rounds(11, 2), waits)?);
    }
    Ok(rows)
}

/// Where a program is, that a shell would find.
pub(super) fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}
