//! Every check, in the order in which a failure is cheapest to find.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::builder::{PossibleValue, PossibleValuesParser};
use xshell::{Cmd, cmd};

use crate::workspace::{Workspace, arguments, has_library, is_published, with_all_features};
use crate::{features, snap, tidy, tools};

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The steps to run; all where none is named
    #[arg(value_parser = PossibleValuesParser::new(STEPS.iter().map(Step::value)))]
    steps: Vec<String>,
}

/// The parts that a step had to leave out, and why.
pub(crate) type LeftOut = Option<String>;

#[derive(Debug)]
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<LeftOut>,
}

impl Step {
    const fn new(name: &'static str, about: &'static str, run: fn(&Workspace) -> Result<LeftOut>) -> Self {
        Self { name, about, run }
    }

    fn value(&self) -> PossibleValue {
        PossibleValue::new(self.name).help(self.about)
    }
}

const STEPS: &[Step] = &[
    Step::new("fmt", "the code is formatted", format),
    Step::new("tidy", "layout, manifests, parallel lists, links", |workspace| passed(tidy::run(workspace))),
    Step::new("clippy", "no warning anywhere, the MSRV lint included", clippy),
    Step::new("libs", "no warning in any library built alone, without dev-dependencies", clippy_libraries_alone),
    Step::new("fuzz", "no warning in the fuzz targets, which are a workspace of their own", clippy_fuzz),
    Step::new("test", "the whole suite; no snapshot differs or is left over", |workspace| {
        passed(snap::check(workspace))
    }),
    Step::new("test-less", "the libraries' unit tests with no features, then with default features", test_less),
    Step::new("doctest", "the examples in the documentation run", doctest),
    Step::new("features", "each provider alone, in pairs and all: builds, with no crate too many", features::check),
    Step::new("docs", "the documentation builds without a warning", docs),
    Step::new("deny", "licences, duplicate crates and sources of what we depend on", deny),
    Step::new("package", "every published crate can be packaged", package),
];

/// What a library is also checked with: no features, and those it has by default.
const FEWER_FEATURES: [&[&str]; 2] = [&["--no-default-features"], &[]];

/// Runs the named steps, or all where none is named, in CI's order.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let is_chosen = |step: &&Step| options.steps.is_empty() || options.steps.iter().any(|name| name == step.name);
    let steps: Vec<&Step> = STEPS.iter().filter(is_chosen).collect();
    let mut summary = String::new();
    let ended = run_steps(workspace, &steps, &mut summary);
    println!("\n{summary}");
    ended
}

pub(crate) fn run_step(workspace: &Workspace, name: &str) -> Result<()> {
    run(workspace, &Options { steps: vec![name.to_owned()] })
}

/// Whether this is CI, where what is missing is an error; a person is told and goes on without.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false")
}

/// Runs the steps up to the first that fails, with a line of the summary for each.
fn run_steps(workspace: &Workspace, steps: &[&Step], summary: &mut String) -> Result<()> {
    let started = Instant::now();
    for (done, step) in steps.iter().enumerate() {
        println!("\n=== {}: {}", step.name, step.about);
        let start = Instant::now();
        let ended = (step.run)(workspace);
        let took = seconds(start.elapsed());
        match ended {
            Ok(None) => writeln!(summary, "{:<10} {took}  passed", step.name)?,
            Ok(Some(what)) => writeln!(summary, "{:<10} {took}  passed  (left out: {what})", step.name)?,
            Err(error) => {
                writeln!(summary, "{:<10} {took}  FAILED, {} more not run", step.name, steps.len() - done - 1)?;
                return Err(error.context(format!("step {}", step.name)));
            }
        }
    }
    write!(summary, "{:<10} {}", "total", seconds(started.elapsed()))?;
    Ok(())
}

fn seconds(duration: Duration) -> String {
    format!("{:>6.1} s", duration.as_secs_f64())
}

/// Of a step that leaves nothing out.
fn passed(ended: Result<()>) -> Result<LeftOut> {
    ended.map(|()| None)
}

fn done(command: &Cmd<'_>) -> Result<LeftOut> {
    passed(command.run().map_err(Into::into))
}

fn format(workspace: &Workspace) -> Result<LeftOut> {
    done(&cmd!(workspace.shell, "cargo fmt --all --check"))
}

fn clippy(workspace: &Workspace) -> Result<LeftOut> {
    let everything = with_all_features(&workspace.select(&[])?);
    done(&cmd!(workspace.shell, "cargo clippy --all-targets {everything...} -- -D warnings"))
}

/// Dev-dependencies and sister crates switch features on that a library may have forgotten to ask for itself, so each
/// is built as its users build it.
fn clippy_libraries_alone(workspace: &Workspace) -> Result<LeftOut> {
    for library in workspace.libraries() {
        for features in FEWER_FEATURES {
            let name = library.name.as_str();
            cmd!(workspace.shell, "cargo clippy --lib -p {name} {features...} -- -D warnings").run()?;
        }
    }
    Ok(None)
}

fn clippy_fuzz(workspace: &Workspace) -> Result<LeftOut> {
    let fuzz = ["--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target", "--locked"];
    done(&cmd!(workspace.shell, "cargo clippy {fuzz...} --all-targets -- -D warnings"))
}

fn test_less(workspace: &Workspace) -> Result<LeftOut> {
    let libraries = &arguments(&workspace.libraries());
    for features in FEWER_FEATURES {
        let test = cmd!(workspace.shell, "cargo test --lib --no-fail-fast {libraries...} {features...}");
        test.env("INSTA_UPDATE", "no").run()?;
    }
    Ok(None)
}

/// Of unpublished libraries too: the guide's examples are the documentation of one.
fn doctest(workspace: &Workspace) -> Result<LeftOut> {
    let libraries: Vec<_> = workspace.packages.iter().filter(|package| has_library(package)).collect();
    let libraries = with_all_features(&libraries);
    done(&cmd!(workspace.shell, "cargo test --doc --no-fail-fast {libraries...}"))
}

/// Libraries only: the command's page would be written over the umbrella's, for both are called `cloudsnap`, and what
/// is documented of a command is its `--help`.
fn docs(workspace: &Workspace) -> Result<LeftOut> {
    let libraries = with_all_features(&workspace.libraries());
    let doc = cmd!(workspace.shell, "cargo doc --no-deps --lib {libraries...}");
    done(&doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// By the rules in `deny.toml`; advisories only where their database was fetched before. It is a git repository, which
/// CI has no way to.
fn deny(workspace: &Workspace) -> Result<LeftOut> {
    tools::install(&workspace.shell, tools::CARGO_DENY)?;
    let deny = cmd!(workspace.shell, "cargo deny --workspace --all-features check --deny unmatched-skip");
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("there is no home folder")?;
    if home.join("advisory-dbs").is_dir() {
        return done(&deny.args(["--disable-fetch", "advisories", "licenses", "bans", "sources"]));
    }
    deny.args(["licenses", "bans", "sources"]).run()?;
    Ok(Some("advisories: `cargo deny fetch db` has not fetched their database".to_owned()))
}

/// Without building what was packaged: that is what the steps before did, and it would double the time CI takes.
fn package(workspace: &Workspace) -> Result<LeftOut> {
    let published: Vec<_> = workspace.packages.iter().filter(|package| is_published(package)).collect();
    let published = arguments(&published);
    done(&cmd!(workspace.shell, "cargo package --no-verify --allow-dirty {published...}"))
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    const PASSES: Step = Step::new("good", "", |_| Ok(Some("a part".to_owned())));
    const FAILS: Step = Step::new("bad", "", |_| bail!("broken"));

    #[test]
    fn the_first_failure_ends_the_run_and_is_named() {
        let mut summary = String::new();
        let ended = run_steps(&Workspace::load().unwrap(), &[&PASSES, &FAILS, &PASSES], &mut summary);
        assert_eq!(format!("{:#}", ended.unwrap_err()), "step bad: broken");
        let lines: Vec<&str> = summary.lines().collect();
        assert_eq!(
            lines,
            ["good          0.0 s  passed  (left out: a part)", "bad           0.0 s  FAILED, 1 more not run"]
        );
    }
}
