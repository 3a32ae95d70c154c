//! `sources` and `list`: what there is, in one account or in all.

use std::future::Future;

use cloudsnap::{Error, ErrorKind, ListSnapshots, Result, SnapshotProvider, SnapshotProviderExt, Source};
use serde::Serialize;
use tokio::task::JoinSet;

use super::{Finish, require};
use crate::arguments::{List, Sources};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Paint, table};
use crate::session::Session;

pub(crate) async fn sources(session: &mut Session, arguments: Sources) -> Finish {
    let accounts = or_configured(session, arguments.accounts)?;
    let mut asked = JoinSet::new();
    let mut parts = Parts::new();
    for (index, account) in accounts.iter().enumerate() {
        match session.accounts.connect(account) {
            Ok(provider) => drop(asked.spawn(async move {
                let listed = async {
                    require(provider.capabilities().list_sources, provider.provider(), "sources")?;
                    provider.sources().collect().await
                };
                (index, listed.await)
            })),
            Err(error) => parts.push((index, Err(error))),
        }
    }
    print(session, answers(asked, parts).await?, table::sources)
}

pub(crate) async fn snapshots(session: &mut Session, arguments: List) -> Finish {
    let of = or_configured(session, arguments.of)?;
    let mut asked = JoinSet::new();
    let mut parts = Parts::new();
    for (index, account_or_source) in of.iter().enumerate() {
        match listing(session, account_or_source) {
            Ok(listed) => drop(asked.spawn(async move { (index, listed.await) })),
            Err(error) => parts.push((index, Err(error))),
        }
    }
    print(session, answers(asked, parts).await?, table::snapshots)
}

fn listing(
    session: &mut Session,
    account_or_source: &str,
) -> Result<impl Future<Output = Result<Vec<cloudsnap::Snapshot>>> + use<>> {
    let request = if account_or_source.contains(':') {
        ListSnapshots::of(account_or_source.parse::<Source>()?)
    } else {
        ListSnapshots::default()
    };
    let account = request.source.as_ref().map_or(account_or_source, Source::account);
    let provider = session.accounts.connect(account)?;
    require(provider.capabilities().list_snapshots, provider.provider(), "list")?;
    Ok(async move { provider.snapshots(request).collect().await })
}

/// What each account answered, and where it stood in the question.
type Parts<T> = Vec<(usize, Result<Vec<T>>)>;

fn or_configured(session: &Session, named: Vec<String>) -> Result<Vec<String>> {
    if named.is_empty() { session.accounts.configured() } else { Ok(named) }
}

/// All answers, in the order of the question.
async fn answers<T: Send + 'static>(
    mut asked: JoinSet<(usize, Result<Vec<T>>)>,
    mut parts: Parts<T>,
) -> Result<Vec<Result<Vec<T>>>> {
    while let Some(answer) = asked.join_next().await {
        parts.push(answer.map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?);
    }
    parts.sort_by_key(|(index, _)| *index);
    Ok(parts.into_iter().map(|(_, answer)| answer).collect())
}

/// One account's failure does not hide the others.
fn print<T: Serialize>(
    session: &Session,
    answers: Vec<Result<Vec<T>>>,
    table: impl FnOnce(Paint, &[T]) -> String,
) -> Finish {
    let (answered, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    let errors: Vec<Error> = failed.into_iter().filter_map(Result::err).collect();
    if answered.is_empty() {
        return Err(Failure::from(errors));
    }
    let found: Vec<T> = answered.into_iter().flatten().flatten().collect();
    session.output.list(&found, table)?;
    if errors.is_empty() { Ok(Exit::Done) } else { Err(Failure { errors, exit: Exit::Partial }) }
}
