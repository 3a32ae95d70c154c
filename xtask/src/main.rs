//! The one entry point to everything that checks this repository: `cargo xtask ci` is what CI runs
//! and what a person runs before a change is handed in; the other commands are its parts.
//!
//! It is an ordinary program: no shell, no tool but `$CARGO`, no crate but `serde_json`, so that it
//! builds in a second and works wherever cargo does. Every command it starts is printed first.

mod bench;
mod cargo;
mod ci;
mod deny;
mod features;
mod files;
mod picture;
mod snap;
mod steps;
mod tidy;
mod workspace;

use std::process::ExitCode;

use snap::Mode;
use workspace::Workspace;

/// What a command answers; the text of an error is for a person, and complete in itself.
type Result<T = ()> = std::result::Result<T, String>;

/// Exit code for a command line that makes no sense, as `cloudsnap` itself uses it.
const USAGE: u8 = 2;

const HELP: &str = "\
Usage: cargo xtask COMMAND

  ci [STEP...]     every check in order, or the named ones; `ci --list` tells their names
  snap             run the tests, compare every snapshot, write nothing
    --accept         write what the tests produced
    --review         show each difference and ask: accept, reject or skip
    --orphans        list snapshot files that no test used
    -p PACKAGE       only this package (may be repeated)
  features         each provider alone, in pairs and all: build, and look at the dependency tree
  tidy             what no compiler checks: layout, manifests, parallel lists, leftovers
  bench [GROUP...] measure beside bare reqwest, curl and hcloud; without a group, write docs/benchmarks.md
    --peers          also IONOS's kits for Python and Node, installed into a temporary folder
    --quick          few rounds and no builds: to see that it works
    --without-builds all rounds and no builds, which take the longest
  picture          run the demo, and draw what it prints: docs/demo.svg
";

/// What the command line asked for.
#[derive(Debug, PartialEq, Eq)]
enum Command {
    Help,
    Ci { steps: Vec<String> },
    ListSteps,
    Snap { mode: Mode, packages: Vec<String> },
    Features,
    Tidy,
    Bench(bench::Options),
    Picture,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match parse(&arguments) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("error: {error}\n\n{HELP}");
            return ExitCode::from(USAGE);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result {
    match command {
        Command::Help => print!("{HELP}"),
        Command::ListSteps => print!("{}", ci::list()),
        Command::Ci { steps } => ci::run(&Workspace::load()?, &steps)?,
        Command::Snap { mode, packages } => snap::run(&Workspace::load()?, mode, &packages)?,
        Command::Features => features::run(&Workspace::load()?)?,
        Command::Tidy => tidy::run(&workspace::root()?)?,
        Command::Picture => picture::draw()?,
        Command::Bench(options) => bench::run(&options)?,
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Result<Command> {
    let Some((command, rest)) = arguments.split_first() else {
        return Ok(Command::Help);
    };
    match (command.as_str(), rest) {
        ("help" | "--help" | "-h", _) => Ok(Command::Help),
        (_, [help]) if help == "--help" || help == "-h" => Ok(Command::Help),
        ("ci", [list]) if list == "--list" => Ok(Command::ListSteps),
        ("ci", steps) => parse_ci(steps),
        ("snap", options) => parse_snap(options),
        ("bench", options) => parse_bench(options),
        ("features", []) => Ok(Command::Features),
        ("tidy", []) => Ok(Command::Tidy),
        ("picture", []) => Ok(Command::Picture),
        ("features" | "tidy" | "picture", [extra, ..]) => Err(format!("`{command}` takes no `{extra}`")),
        _ => Err(format!("there is no command `{command}`")),
    }
}

fn parse_ci(steps: &[String]) -> Result<Command> {
    match steps.iter().find(|name| !ci::is_step(name)) {
        Some(unknown) => Err(format!("`ci` has no step `{unknown}`; `ci --list` tells them")),
        None => Ok(Command::Ci { steps: steps.to_vec() }),
    }
}

fn parse_snap(options: &[String]) -> Result<Command> {
    let mut modes = Vec::new();
    let mut packages = Vec::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        match option.as_str() {
            "--check" => modes.push(Mode::Check),
            "--accept" => modes.push(Mode::Accept),
            "--review" => modes.push(Mode::Review),
            "--orphans" => modes.push(Mode::Orphans),
            "-p" | "--package" => {
                packages.push(options.next().ok_or("`-p` needs the name of a package")?.clone());
            }
            other => return Err(format!("`snap` takes no `{other}`")),
        }
    }
    match modes[..] {
        [] => Ok(Command::Snap { mode: Mode::Check, packages }),
        [mode] => Ok(Command::Snap { mode, packages }),
        _ => Err("`snap` takes one of --check, --accept, --review and --orphans".to_owned()),
    }
}

fn parse_bench(arguments: &[String]) -> Result<Command> {
    let mut options = bench::Options::default();
    for argument in arguments {
        match argument.as_str() {
            "--peers" => options.peers = true,
            "--quick" => options.quick = true,
            "--without-builds" => options.without_builds = true,
            group if bench::is_group(group) => options.groups.push(group.to_owned()),
            other => return Err(format!("`bench` has no group `{other}`; it has {}", bench::names())),
        }
    }
    Ok(Command::Bench(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&arguments)
    }

    #[test]
    fn no_argument_shows_the_help() {
        assert_eq!(parsed(""), Ok(Command::Help));
        assert_eq!(parsed("snap --help"), Ok(Command::Help));
    }

    #[test]
    fn snap_checks_unless_told_otherwise() {
        let command = |mode, packages: &[&str]| {
            let packages = packages.iter().map(|name| (*name).to_owned()).collect();
            Ok(Command::Snap { mode, packages })
        };
        assert_eq!(parsed("snap"), command(Mode::Check, &[]));
        assert_eq!(parsed("snap --accept -p ionos"), command(Mode::Accept, &["ionos"]));
        assert_eq!(parsed("snap -p a -p b --orphans"), command(Mode::Orphans, &["a", "b"]));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (line, named) in [
            ("fly", "fly"),
            ("ci fmt fly", "fly"),
            ("tidy up", "up"),
            ("bench fly", "fly"),
            ("snap --fly", "--fly"),
            ("snap -p", "-p"),
            ("snap --accept --review", "one of"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(named), "{line}: {error}");
        }
    }

    #[test]
    fn a_bench_takes_groups_and_options() {
        let options = bench::Options { groups: vec!["many".to_owned()], peers: true, ..bench::Options::default() };
        assert_eq!(parsed("bench many --peers"), Ok(Command::Bench(options)));
    }

    #[test]
    fn help_names_every_command() {
        for command in ["ci", "snap", "features", "tidy", "bench", "picture"] {
            assert!(HELP.contains(&format!("\n  {command} ")), "{command}");
        }
    }
}
