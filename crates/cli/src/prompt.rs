//! The question before something is lost.

use std::io::{IsTerminal, Write, stderr, stdin};

use cloudsnap::{Error, Result};

/// Whether to go on: `--yes` says so, a person is asked, a script is refused.
pub(crate) fn confirm(yes: bool, what: &str) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        return Err(Error::invalid_input(format!("{what}, and nobody can be asked"))
            .with_advice("a script says --yes; nothing was sent"));
    }
    let mut answer = String::new();
    let asked = write!(stderr(), "{what}. Go on? [y/N] ").and_then(|()| stdin().read_line(&mut answer));
    Ok(asked.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
