//! The programs that measure, built once, and what they print.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::rows::Row;
use crate::Result;
use crate::cargo::Cargo;

/// The bench programs of `tests/benches`.
#[derive(Debug)]
pub(super) struct Programs {
    clients: PathBuf,
    allocations: PathBuf,
}

impl Programs {
    /// Builds both, in the profile that users build with.
    pub(super) fn build() -> Result<Self> {
        let build =
            Cargo::new("bench")?.args(["-p", "cloudsnap-tests", "--bench", "clients", "--bench", "allocations"]);
        let built = build.args(["--no-run", "--message-format=json-render-diagnostics"]).read()?;
        Ok(Self { clients: executable(&built, "clients")?, allocations: executable(&built, "allocations")? })
    }

    pub(super) fn clients(&self, group: &str, options: &[(&str, String)]) -> Result<Vec<Row>> {
        rows(&self.clients, group, options)
    }

    pub(super) fn allocations(&self, group: &str, options: &[(&str, String)]) -> Result<Vec<Row>> {
        rows(&self.allocations, group, options)
    }
}

/// Builds the command as it is published, and answers where it is.
pub(super) fn command() -> Result<PathBuf> {
    let build = Cargo::new("build")?.args(["--release", "-p", "cloudsnap-cli"]);
    executable(&build.arg("--message-format=json-render-diagnostics").read()?, "cloudsnap")
}

/// Where cargo put the program of this name.
pub(super) fn executable(messages: &str, name: &str) -> Result<PathBuf> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo built no program `{name}`"))
}

fn rows(program: &Path, group: &str, options: &[(&str, String)]) -> Result<Vec<Row>> {
    let mut command = Command::new(program);
    command.arg(group);
    for (name, value) in options {
        command.args([name, value.as_str()]);
    }
    read(&mut command)?.lines().map(Row::read).collect()
}

/// Runs a command after printing it, and answers what it printed on standard output; a failure is an error.
pub(super) fn read(command: &mut Command) -> Result<String> {
    println!("$ {}", shown(command));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("`{}` could not be started: {error}", shown(command)))?;
    if !output.status.success() {
        return Err(format!("`{}` failed ({})", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed what is not UTF-8", shown(command)))
}

/// A command as a person would type it.
pub(super) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A program that serves until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Server {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        println!("$ {} &", shown(command));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("`{}` could not be started: {error}", shown(command)))?;
        let output = child.stdout.take().ok_or("a server without output")?;
        Ok(Self { child, output: BufReader::new(output) })
    }

    /// The next line that it prints.
    pub(super) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).map_err(|error| format!("the server fell silent: {error}"))?;
        if read == 0 {
            return Err("the server ended".to_owned());
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What cannot be ended has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that is removed at the end.
#[derive(Debug)]
pub(super) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    pub(super) fn new(name: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("cloudsnap-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Left behind in the folder for temporary files at worst.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_among_cargos_messages() {
        let messages = "{\"target\":{\"name\":\"clients\"},\"executable\":null}\n\
                        {\"target\":{\"name\":\"clients\"},\"executable\":\"/t/clients-1\"}\n";
        assert_eq!(executable(messages, "clients").unwrap(), PathBuf::from("/t/clients-1"));
        assert!(executable(messages, "fly").unwrap_err().contains("fly"));
    }

    #[test]
    fn a_command_that_fails_is_named() {
        let error = read(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.contains("no-such-program"), "{error}");
    }
}
