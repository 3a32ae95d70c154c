//! The question before something is lost.

use std::io::{IsTerminal, Write, stderr, stdin};

use cloudsnap::{Error, Result};

/// Refuses a script that does not say `--yes`, before anything is sent.
pub(crate) fn refuse_script(yes: bool, what: &str) -> Result<()> {
    if yes || stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::invalid_input(format!("{what}, and nobody can be asked"))
        .with_advice("a script says --yes; nothing was sent"))
}

/// Whether to go on: `--yes` says so, or a person who is asked.
pub(crate) fn confirm(yes: bool, what: &str) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    let mut answer = String::new();
    let asked = write!(stderr(), "{what}. Go on? [y/N] ").and_then(|()| stdin().read_line(&mut answer));
    Ok(asked.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
