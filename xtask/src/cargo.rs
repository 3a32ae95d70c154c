//! Starts cargo, after printing what is started.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// One cargo command, run in the root of the workspace with the cargo that runs us.
#[derive(Debug)]
pub(crate) struct Cargo {
    command: Command,
    /// The command as a person would type it.
    shown: String,
}

impl Cargo {
    pub(crate) fn new(subcommand: &str) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        // CI gives no standard input, and nothing we start may wait for one.
        command.current_dir(workspace::root()?).stdin(Stdio::null());
        Ok(Self { command, shown: "cargo".to_owned() }.arg(subcommand))
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<str>) -> Self {
        self.command.arg(argument.as_ref());
        self.shown.push(' ');
        self.shown.push_str(argument.as_ref());
        self
    }

    pub(crate) fn args(self, arguments: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value.as_ref());
        self.shown = format!("{name}={:?} {}", value.as_ref(), self.shown);
        self
    }

    /// Runs it with our own standard output and error; a failure is an error.
    pub(crate) fn run(mut self) -> Result {
        self.announce();
        let status = self.command.status().map_err(|error| self.not_started(&error))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", self.brief())) }
    }

    /// Runs it and answers what it printed on standard output; a failure is an error.
    pub(crate) fn read(mut self) -> Result<String> {
        self.announce();
        let output = self.command.stderr(Stdio::inherit()).output().map_err(|error| self.not_started(&error))?;
        if !output.status.success() {
            return Err(format!("`{}` failed ({})", self.brief(), output.status));
        }
        String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed what is not UTF-8", self.shown))
    }

    /// Whether it runs and succeeds; silent, since the answer is what counts.
    pub(crate) fn succeeds(mut self) -> bool {
        let silent = self.command.stdout(Stdio::null()).stderr(Stdio::null());
        silent.status().is_ok_and(|status| status.success())
    }

    fn announce(&self) {
        println!("$ {}", self.shown);
    }

    /// The command in one line of a terminal; in full it stands above its output.
    fn brief(&self) -> String {
        const ONE_LINE: usize = 100;
        if self.shown.chars().count() <= ONE_LINE {
            return self.shown.clone();
        }
        let start: String = self.shown.chars().take(ONE_LINE).collect();
        format!("{start}...")
    }

    fn not_started(&self, error: &std::io::Error) -> String {
        format!("`{}` could not be started: {error}", self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_what_is_run() {
        let cargo = Cargo::new("test").unwrap().args(["-p", "ionos"]).env("INSTA_UPDATE", "no");
        assert_eq!(cargo.shown, r#"INSTA_UPDATE="no" cargo test -p ionos"#);
    }

    #[test]
    fn a_long_command_is_cut_short_in_an_error() {
        let cargo = Cargo::new("test").unwrap();
        assert_eq!(cargo.brief(), "cargo test");
        let long = cargo.args(["--features"; 50]).brief();
        assert!(long.len() < 110 && long.ends_with("..."), "{long}");
    }

    #[test]
    fn output_is_read_and_a_failure_is_seen() {
        let version = Cargo::new("--version").unwrap().read().unwrap();
        assert!(version.starts_with("cargo "), "{version}");
        assert!(!Cargo::new("no-such-subcommand").unwrap().succeeds());
    }
}
