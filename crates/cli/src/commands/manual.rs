//! Completion scripts and manual pages, made from the definition of the arguments.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use cloudsnap::{Error, ErrorKind};

use super::Finish;
use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::output::print;

pub(crate) fn completions(shell: Shell) -> Finish {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cloudsnap", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub(crate) fn page(words: &[String]) -> Finish {
    let mut command = Arguments::command();
    command.build();
    for word in words {
        let found = command.find_subcommand(word).cloned();
        command =
            found.ok_or_else(|| Error::invalid_input(format!("there is no command '{}'", word.escape_debug())))?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .source(concat!("cloudsnap ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)
        .map_err(|error| Error::new(ErrorKind::Unexpected, format!("the page cannot be made: {error}")))?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

/// Writes the page of every command into a folder, each under the name by which `man` finds it.
pub(crate) fn all_pages(folder: &Path) -> Finish {
    let cannot = |error: std::io::Error| Error::config(format!("{} cannot be written: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(cannot)?;
    let mut command = Arguments::command();
    command.build();
    clap_mangen::generate_to(command, folder).map_err(cannot)?;
    Ok(Exit::Done)
}
