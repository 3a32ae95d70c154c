//! Snapshot testing: insta's assertions in the tests, and `cargo insta`, which compares, reviews and accepts.

use std::process;

use anyhow::{Result, ensure};
use xshell::cmd;

use crate::tools;
use crate::workspace::{Workspace, with_all_features};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Write what the tests produced
    #[arg(long, group = "mode")]
    accept: bool,
    /// Show each difference, and ask
    #[arg(long, group = "mode")]
    review: bool,
    /// Also fail on snapshots that no test uses
    #[arg(long, group = "mode")]
    orphans: bool,
    /// Only this package; may be repeated
    #[arg(short, long = "package", value_name = "PACKAGE")]
    packages: Vec<String>,
}

/// What CI does: fails on any snapshot that differs, waits for a decision or belongs to no test.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    run(workspace, &Options { orphans: true, ..Options::default() })
}

pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let packages = with_all_features(&workspace.select(&options.packages)?);
    tools::install(&workspace.shell, tools::CARGO_INSTA)?;
    // Not the documentation, which holds no snapshots.
    let test = cmd!(workspace.shell, "cargo insta test --test-runner cargo-test --tests --examples");
    let test = test.args(mode(options)).args(packages);
    if !options.review {
        return Ok(test.run()?);
    }
    // `Cmd::run` closes the standard input, from which a review reads answers.
    ensure!(process::Command::from(test).status()?.success(), "a test failed, or the review did not end");
    Ok(())
}

fn mode(options: &Options) -> &'static [&'static str] {
    match options {
        Options { accept: true, .. } => &["--accept"],
        Options { review: true, .. } => &["--review"],
        Options { orphans: true, .. } => &["--check", "--unreferenced=reject"],
        _ => &["--check"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_unless_told() {
        assert_eq!(mode(&Options::default()), ["--check"]);
        assert_eq!(mode(&Options { accept: true, ..Options::default() }), ["--accept"]);
        assert_eq!(mode(&Options { orphans: true, ..Options::default() }), ["--check", "--unreferenced=reject"]);
    }
}
