use cloudsnap::jiff::Timestamp;

use super::freshness::newest;
use super::{Finish, typed};
use crate::arguments::Status;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::SourceStatus;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Status) -> Finish {
    session.output.show(&arguments.shown);
    let of = match arguments.of.is_empty() {
        true => session.accounts.configured()?,
        false => arguments.of,
    };
    let selected = typed::sources(session, &typed::with_whole_accounts(of), &arguments.exclude, |_, _| Ok(())).await?;
    let mut newest = newest(&session.progress, &selected.sources).await?;
    let statuses: Vec<SourceStatus> = selected
        .sources
        .into_iter()
        .map(|(_, source)| {
            let newest = newest.remove(&source);
            let is_fresh = |age| newest.as_ref().is_some_and(|newest| newest.is_younger_than(age));
            SourceStatus {
                overdue: arguments.max_age.map_or(newest.is_none(), |age| !is_fresh(age)),
                name: selected.details.get(&source).and_then(|details| details.name.clone()),
                age_s: newest
                    .as_ref()
                    .and_then(|newest| newest.snapshot.created_at)
                    .map(|at| Timestamp::now().duration_since(at).as_secs()),
                count: newest.as_ref().map_or(0, |newest| newest.count),
                newest: newest.map(|newest| newest.snapshot),
                source,
            }
        })
        .collect();
    session.output.list(&statuses, columns::STATUS)?;
    let is_overdue = arguments.max_age.is_some() && statuses.iter().any(|status| status.overdue);
    Ok(if is_overdue { Exit::Failed } else { Exit::Done })
}
