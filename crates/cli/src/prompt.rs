//! The question before something is lost.

use std::io::{IsTerminal, Write, stderr, stdin};

use cloudsnap::{Error, Result as CoreResult};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::output::say;

/// Refuses a script that does not say `--yes`, before anything is sent.
pub(crate) fn refuse_script(yes: bool, what: &str) -> CoreResult<()> {
    if yes || stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::invalid_input(format!("{what}, and nobody can be asked"))
        .with_advice("a script says --yes; nothing was sent"))
}

/// Whether to go on: `--yes` says so, or a person who is asked. A signal ends the command.
pub(crate) async fn confirm(yes: bool, what: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    let interrupt = Interrupt::listen();
    let _ = write!(stderr(), "{what}. Go on? [y/N] ");
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        stdin().read_line(&mut answer).map(|_| answer)
    });
    tokio::select! {
        answered = answer => {
            let answer = answered.ok().and_then(std::io::Result::ok).unwrap_or_default();
            Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
        }
        () = interrupt.next() => {
            say("");
            Err(Failure { errors: Vec::new(), exit: Exit::Interrupted })
        }
    }
}
