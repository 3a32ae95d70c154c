//! The command `cloudsnap`: take, follow and manage snapshots.
//!
//! `arguments` says what can be asked for, `commands` has a module for each, `batch` draws work on several items at
//! once, `output` prints. What scripts rely on stands in `exit` (codes), `cloudsnap_fleet::Item` and `output` (JSON).

mod accounts;
mod arguments;
mod batch;
mod commands;
mod completion;
mod config_file;
mod duration;
mod exit;
mod failure;
mod hooks;
mod interrupt;
mod logging;
mod metrics;
mod output;
mod ping;
mod progress;
mod prompt;
mod report_file;
mod run_progress;
mod session;
mod variables;

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ColorChoice, CommandFactory, FromArgMatches};
use cloudsnap::Error;

use crate::arguments::{Arguments, Color, Format};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    completion::answer_the_shell();
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(exit) => return exit.into(),
    };
    let (output, name) = (
        Output::new(arguments.global.output, arguments.global.color, arguments.global.quiet),
        arguments.command.name(),
    );
    match run(arguments) {
        Ok(exit) => exit.into(),
        Err(Failure { errors, exit }) => {
            let errors: Vec<Error> = errors.into_iter().map(|error| named(error, name)).collect();
            output.errors(errors.iter().map(|error| (None, error)));
            exit.into()
        }
    }
}

/// An error that no provider's call has labelled is the command's own.
fn named(error: Error, command: &'static str) -> Error {
    if error.operation().is_some() { error } else { error.with_operation(command) }
}

fn run(arguments: Arguments) -> Result<Exit, Failure> {
    logging::start(arguments.global.verbose, arguments.global.color);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::config(format!("the runtime cannot start: {error}")))?;
    let ended = runtime.block_on(commands::run(arguments));
    // A name that is still being looked up would hold the process.
    runtime.shutdown_timeout(Duration::ZERO);
    ended
}

fn parse() -> Result<Arguments, Exit> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let command = Arguments::command().color(color_choice(&given));
    let parsed = command.try_get_matches_from(&given).and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| {
        if error.exit_code() == 0 {
            // Where nobody reads it any more, nothing is lost.
            let _ = error.print();
            return Exit::Done;
        }
        match wanted(&given, "-o", "--output").as_deref() {
            Some("json" | "jsonl") => {
                let error = Error::invalid_input(first_paragraph(&error)).with_operation("arguments");
                Output::new(Format::Json, Color::Never, false).errors([(None, &error)]);
            }
            _ => drop(error.print()),
        }
        Exit::Usage
    })
}

/// The value of a global option on a command line that may be wrong in other places.
pub(crate) fn wanted(given: &[OsString], short: &str, long: &str) -> Option<String> {
    let mut words = given.iter().skip(1).filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word {
            _ if word == long || word == short => words.next(),
            _ => word.strip_prefix(long).and_then(|rest| rest.strip_prefix('=')).or_else(|| {
                word.strip_prefix(short).filter(|_| !word.starts_with("--")).map(|value| value.trim_start_matches('='))
            }),
        };
        if value.is_some() {
            return value.map(str::to_owned);
        }
    }
    None
}

/// clap honours NO_COLOR by itself; `--color` is ours.
fn color_choice(given: &[OsString]) -> ColorChoice {
    match wanted(given, "--color", "--color").as_deref() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// What clap says, on one line, without the usage below it.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\nUsage").next().unwrap_or_default().split("\n\nFor more").next().unwrap_or_default();
    paragraph.trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}
