use std::collections::HashSet;

use cloudsnap::{Error, Operation, SnapshotProvider};

use super::Finish;
use super::typed::with_stdin;
use crate::arguments::Wait;
use crate::batch;
use crate::exit::Exit;
use crate::output::{columns, say};
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Wait) -> Finish {
    session.bound_exchanges(arguments.deadline.timeout);
    let mut tokens = match arguments.pending {
        true => session.journal()?.pending().await?.into_iter().map(|pending| pending.token).collect(),
        false => with_stdin(arguments.operations)?,
    };
    let mut seen = HashSet::new();
    tokens.retain(|token| seen.insert(token.trim().to_owned()));
    if tokens.is_empty() {
        say("nothing is pending");
        return Ok(Exit::Done);
    }
    let batch = session.batch(arguments.deadline.timeout).await?;
    let (mut jobs, mut wrong) = (Vec::new(), Vec::new());
    for token in &tokens {
        match operation(session, token) {
            Ok((provider, operation)) => jobs.push(batch.follow(provider, operation)),
            Err(error) => wrong.push(error),
        }
    }
    // A token that cannot be read does not keep the others from being waited for.
    let exit = if jobs.is_empty() { None } else { Some(batch::run(&batch, jobs, session, columns::ITEMS).await?) };
    session.output.errors(wrong.iter().map(|error| (None, error)));
    Ok(Exit::of_all(exit.into_iter().chain(wrong.iter().map(Exit::of))))
}

fn operation(session: &mut Session, token: &str) -> Result<(crate::accounts::Provider, Operation), Error> {
    let operation: Operation = token.parse()?;
    let provider = session.accounts.connect(operation.account())?;
    operation.open(provider.account())?;
    Ok((provider, operation))
}
