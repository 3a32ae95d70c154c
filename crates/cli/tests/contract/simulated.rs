//! The four providers in a process of their own, and the command run against them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) const SITEHOST: &str = "sitehost:server1/xvda2";
pub(crate) const HOSTWAY: &str = "hostway:test_server_0001";
pub(crate) const NODECOID: &str = "nodecoid:12345";
pub(crate) const IONOS: &str = "ionos:d0000000-0000-4000-8000-000000000001/b0000000-0000-4000-8000-000000000001";

/// A running `cloudsnap simulate`; it is stopped when it is dropped.
pub(crate) struct Simulated {
    process: Child,
    environment: Vec<(String, String)>,
    /// Where the commands against it keep their state.
    state: PathBuf,
}

impl Simulated {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let soon: &[&str] = if arguments.contains(&"--build-time") { &[] } else { &["--build-time", "100ms"] };
        let mut process = binary()
            .arg("simulate")
            .args(soon)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let environment = lines
            .take_while(|line| line != "ready")
            .map(|line| {
                let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
                (name.to_owned(), value.trim_matches('\'').to_owned())
            })
            .collect();
        let state = std::env::temp_dir().join(format!("cloudsnap-state-{}", process.id()));
        Self { process, environment, state }
    }

    /// The command with the environment of the simulator, and without that of the caller.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary();
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("XDG_STATE_HOME", &self.state);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).stdin(Stdio::null()).output().unwrap())
    }

    /// The same, with one variable changed; an empty value unsets it.
    pub(crate) fn run_with(&self, changes: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(arguments);
        for (name, value) in changes {
            if value.is_empty() {
                command.env_remove(name)
            } else {
                command.env(name, value)
            };
        }
        Ran::from(command.stdin(Stdio::null()).output().unwrap())
    }

    /// How many snapshots a provider made.
    pub(crate) fn creates_committed(&self, url_variable: &str) -> u64 {
        let url = self.environment.iter().find(|(name, _)| name == url_variable).unwrap().1.clone();
        let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        let mut stream = std::net::TcpStream::connect(&host).unwrap();
        let request = format!("GET /__simulator/state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let answer = std::io::read_to_string(stream).unwrap();
        let state: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        state["creates_committed"].as_u64().unwrap()
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

/// The command without any environment.
#[cfg(unix)]
pub(crate) fn command_of(arguments: &[&str]) -> Command {
    let mut command = binary();
    command.args(arguments);
    command
}

fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cloudsnap"));
    command.env_clear().env("HOME", "/nonexistent");
    command
}

/// How a command ended, and what it said.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.shown()))
    }

    /// All of it as text for a snapshot.
    pub(crate) fn shown(&self) -> String {
        format!("exit {:?}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// Keeps a snapshot to what is the same in each run: no moments, no ids of the provider's making, no ports, no tokens.
#[macro_export]
macro_rules! assert_shown {
    ($ran:expr) => {
        insta::with_settings!({
            filters => vec![
                (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "[time]"),
                (r"snapshot_test_server_(\d+)_\w+", "[hostway id $1]"),
                (r"cloudsnap-[0-9a-f]{12}", "cloudsnap-[create]"),
                (r"\(id [0-9a-f]{24}\)", "(id [create])"),
                (r"\b(\d+[smhd])( \d+[smhd])?  ", "[age]  "),
                (r"\b(\d+[smhd] )?\d+[smh]\n", "[age]\n"),
                (r"s-\d{14}", "s-[time]"),
                (r"nodecoid:@\w+", "nodecoid:@[id]"),
                (r"ionos:@[0-9a-f-]{36}", "ionos:@[id]"),
                (r#""id": "[0-9a-z-]{12,36}""#, "\"id\": \"[id]\""),
                (r#""name": "\w+\.disk""#, "\"name\": \"[name].disk\""),
                (r"\w{14}\.disk", "[name].disk"),
                (r"127\.0\.0\.1:\d+", "[loopback]"),
                (r#""elapsed_ms": \d+"#, "\"elapsed_ms\": \"[milliseconds]\""),
                // How often one polled depends on the machine's mood.
                (r#""requests": \d+"#, "\"requests\": \"[number]\""),
                (r"\d+ +\d+\.\d s", "[number]  [seconds]"),
                (r"cs1_[A-Za-z0-9_-]+", "cs1_[token]"),
                (r" +\n", "\n"),
                (r" {2,}", "  "),
            ],
        }, { insta::assert_snapshot!($ran.shown()) })
    };
}
