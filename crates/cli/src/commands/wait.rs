use cloudsnap::Operation;
use cloudsnap_fleet::Batch;

use super::Finish;
use crate::arguments::Wait;
use crate::batch;
use crate::failure::all_or_errors;
use crate::output::table;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Wait) -> Finish {
    session.bound_exchanges(arguments.deadline.timeout);
    let mut tokens = arguments.operations;
    let mut seen = std::collections::HashSet::new();
    tokens.retain(|token| seen.insert(token.trim().to_owned()));
    let operations = tokens.iter().map(|token| {
        let operation: Operation = token.parse()?;
        let provider = session.accounts.connect(operation.account())?;
        operation.open(provider.account())?;
        Ok((provider, operation))
    });
    let operations = all_or_errors(operations.collect::<Vec<_>>())?;
    let batch = Batch::new(arguments.deadline.timeout);
    let jobs = operations.into_iter().map(|(provider, operation)| batch.follow(provider, operation)).collect();
    Ok(batch::run(&batch, jobs, session, table::items).await?)
}
