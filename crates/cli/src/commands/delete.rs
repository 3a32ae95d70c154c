use std::collections::HashSet;

use cloudsnap::{SnapshotProvider, SnapshotRef};

use super::typed::with_stdin;
use super::{Finish, require, stake, typed};
use crate::arguments::Delete;
use crate::batch;
use crate::exit::Exit;
use crate::failure::all_or_errors;
use crate::output::{columns, say};
use crate::prompt;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Delete) -> Finish {
    let following = arguments.following;
    session.bound_exchanges(following.deadline.timeout);
    let typed = with_stdin(arguments.snapshots)?;
    let able = typed.iter().map(|text| {
        let reference: SnapshotRef = text.parse()?;
        let provider = session.accounts.connect(reference.account())?;
        require(provider.capabilities().delete, &provider, "delete")
    });
    all_or_errors(able.collect::<Vec<_>>())?;
    prompt::refuse_script(arguments.yes, &format!("this deletes {} for good", typed.join(", ")))?;
    let batch = session.batch(following.deadline.timeout).await?.with_wait(!following.no_wait);
    let mut found = Vec::new();
    for text in &typed {
        found.push(typed::snapshot(session, text).await);
    }
    let mut found = all_or_errors(found)?;
    let mut seen = HashSet::new();
    found.retain(|(_, snapshot)| seen.insert(snapshot.reference()));
    let named: Vec<String> = found.iter().map(|(_, snapshot)| format!("  {}", stake::of(snapshot))).collect();
    if !prompt::confirm(arguments.yes, &format!("this deletes for good:\n{}\n", named.join("\n"))).await? {
        say("nothing was deleted");
        return Ok(Exit::Failed);
    }
    let jobs = found.into_iter().map(|(provider, snapshot)| batch.delete(provider, snapshot.reference())).collect();
    Ok(batch::run(&batch, jobs, session, columns::ITEMS).await?)
}
