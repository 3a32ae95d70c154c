//! `cargo xtask`: what CI runs, and each part of it alone.

mod bench;
mod ci;
mod features;
mod picture;
mod snap;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use workspace::Workspace;

/// Checks, tests and measures this repository.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    /// Run every check in order, or the named ones
    Ci(ci::Options),
    /// Run the tests and compare every snapshot; write nothing
    Snap(snap::Options),
    /// Build each provider alone, in pairs and all, and check the dependency trees
    Features,
    /// Check what no compiler checks: layout, manifests, parallel lists, links
    Tidy,
    /// Measure beside bare reqwest, curl and hcloud, and write docs/benchmarks.md
    Bench(bench::Options),
    /// Run the demo, and draw what it prints: docs/demo.svg
    Picture,
}

fn main() -> ExitCode {
    let command = Command::parse();
    match Workspace::load().and_then(|workspace| run(&workspace, command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(workspace: &Workspace, command: Command) -> Result<()> {
    match command {
        Command::Ci(options) => ci::run(workspace, &options),
        Command::Snap(options) => snap::run(workspace, &options),
        Command::Features => ci::run_step(workspace, "features"),
        Command::Tidy => tidy::run(workspace),
        Command::Bench(options) => bench::run(workspace, &options),
        Command::Picture => picture::draw(workspace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Command::command().debug_assert();
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (line, named) in [
            ("fly", "fly"),
            ("ci fmt fly", "fly"),
            ("bench fly", "fly"),
            ("bench --runs 0", "runs"),
            ("snap --accept --review", "cannot be used with"),
        ] {
            let words = ["cargo xtask"].into_iter().chain(line.split(' '));
            let error = Command::try_parse_from(words).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
