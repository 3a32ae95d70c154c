//! Completion scripts and manual pages, made from the definition of the arguments.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use cloudsnap::{Error, ErrorKind};
use roff::{Roff, roman};

use super::Finish;
use crate::arguments::Arguments;
use crate::completion;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn completions(shell: Shell) -> Finish {
    print(&completion::script(shell).map_err(|error| cannot_be_made(&error))?)?;
    Ok(Exit::Done)
}

pub(crate) fn page(words: &[String]) -> Finish {
    let mut command = definition();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command =
            found.ok_or_else(|| Error::invalid_input(format!("there is no command '{}'", word.escape_debug())))?;
    }
    print(&rendered(command).map_err(|error| cannot_be_made(&error))?)?;
    Ok(Exit::Done)
}

/// Writes the page of every command into a folder, each under the name by which `man` finds it.
pub(crate) fn all_pages(folder: &Path) -> Finish {
    let written = fs::create_dir_all(folder).and_then(|()| write_pages(definition(), folder));
    written.map_err(|error| Error::config(format!("{} cannot be written: {error}", folder.display())))?;
    Ok(Exit::Done)
}

fn definition() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

fn write_pages(command: Command, folder: &Path) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        write_pages(subcommand.clone(), folder)?;
    }
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    fs::write(folder.join(format!("{name}.1")), rendered(command)?)
}

/// A page. What stands below the options in `--help` is set as it is typed.
fn rendered(command: Command) -> io::Result<String> {
    let below = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let page = Man::new(command.clone()).source(concat!("cloudsnap ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if has_commands {
        page.render_subcommands_section(&mut text)?;
    }
    as_typed(&below.unwrap_or_default()).to_writer(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A section for each heading: a line that is not set in, with a colon at its end or behind its first word.
fn as_typed(text: &str) -> Roff {
    let mut page = Roff::new();
    let mut is_open = false;
    for line in text.lines() {
        match line.strip_suffix(':').filter(|heading| !heading.starts_with(' ')) {
            Some(heading) => {
                if is_open {
                    page.control("fi", []);
                }
                page.control("SH", [&*heading.to_uppercase()]).control("nf", []);
                is_open = true;
            }
            None if is_open => drop(page.text([roman(line)])),
            None => {}
        }
    }
    if is_open {
        page.control("fi", []);
    }
    page
}

fn cannot_be_made(error: &io::Error) -> Error {
    Error::new(ErrorKind::Unexpected, format!("it cannot be made: {error}"))
}
