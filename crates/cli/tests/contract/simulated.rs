//! The four providers in a process of their own, and the command run against them.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::breaking;

pub(crate) const SITEHOST: &str = "sitehost:server1/xvda2";
pub(crate) const HOSTWAY: &str = "hostway:test_server_0001";
pub(crate) const NODECOID: &str = "nodecoid:12345";
pub(crate) const IONOS: &str = "ionos:d0000000-0000-4000-8000-000000000001/b0000000-0000-4000-8000-000000000001";

/// A running `cloudsnap simulate`; it is stopped when it is dropped.
pub(crate) struct Simulated {
    process: Child,
    environment: Vec<(String, String)>,
    /// Where the journal is, so that what is begun at one simulator is not taken for begun at another.
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
        let state = std::env::temp_dir().join(format!("cloudsnap-contract-{}-{}", std::process::id(), process.id()));
        Self { process, environment, state }
    }

    /// The command with the environment of the simulator, and without that of the caller.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary();
        command
            .args(arguments)
            .env("XDG_STATE_HOME", &self.state)
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
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

    /// The same, with a server in front of one provider that closes the connection on each request that fits.
    pub(crate) fn run_broken(&self, url_variable: &str, fits: fn(&str) -> bool, arguments: &[&str]) -> Ran {
        let url = self.value(url_variable);
        let (host, path) = host_and_path(url);
        let front = breaking::front_of(host.to_owned(), fits);
        self.run_with(&[(url_variable, &format!("http://{front}{path}"))], arguments)
    }

    /// How many snapshots a provider made.
    pub(crate) fn creates_committed(&self, url_variable: &str) -> u64 {
        self.state(url_variable)["creates_committed"].as_u64().unwrap()
    }

    /// How many changes of a kind a provider made.
    pub(crate) fn committed(&self, url_variable: &str, operation: &str) -> u64 {
        self.state(url_variable)["committed"][operation].as_u64().unwrap_or_default()
    }

    /// How many requests of a kind a provider received.
    pub(crate) fn requests(&self, url_variable: &str, operation: &str) -> u64 {
        self.state(url_variable)["requests"][operation].as_u64().unwrap_or_default()
    }

    fn state(&self, url_variable: &str) -> Value {
        let (host, _) = host_and_path(self.value(url_variable));
        ask(host, "GET", "/__simulator/state", "", "")
    }

    /// A snapshot of [`IONOS`] with this description, made without cloudsnap.
    pub(crate) fn ionos_create(&self, description: &str) -> String {
        let (centre, volume) = IONOS.split_once(':').unwrap().1.split_once('/').unwrap();
        let path = format!("/datacenters/{centre}/volumes/{volume}/create-snapshot");
        let body = serde_json::json!({"properties": {"name": "by hand", "description": description}});
        let made = self.ionos("POST", &path, &body.to_string());
        let id = made["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        while self.ionos("GET", &format!("/snapshots/{id}"), "")["metadata"]["state"] != "AVAILABLE" {
            std::thread::yield_now();
        }
        format!("ionos:@{id}")
    }

    /// The whole description of a snapshot at IONOS, with the tag.
    pub(crate) fn ionos_description(&self, reference: &str) -> String {
        let id = reference.split_once('@').unwrap().1;
        self.ionos("GET", &format!("/snapshots/{id}"), "")["properties"]["description"].as_str().unwrap().to_owned()
    }

    fn ionos(&self, method: &str, path: &str, body: &str) -> Value {
        let (host, base) = host_and_path(self.value("IONOS_API_URL"));
        ask(host, method, &format!("{base}{path}"), &format!("Bearer {}", self.value("IONOS_TOKEN")), body)
    }

    fn value(&self, variable: &str) -> &str {
        &self.environment.iter().find(|(name, _)| name == variable).unwrap().1
    }
}

fn host_and_path(url: &str) -> (&str, &str) {
    let url = url.strip_prefix("http://").unwrap();
    url.split_at(url.find('/').unwrap_or(url.len()))
}

/// One exchange in plain HTTP, and the JSON of its answer.
fn ask(host: &str, method: &str, path: &str, authorization: &str, body: &str) -> Value {
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let answer = std::io::read_to_string(stream).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap_or_else(|error| panic!("{error}: {answer}"))
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
