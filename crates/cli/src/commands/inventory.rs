//! `sources` and `list`: what there is, in one account or in all.

use std::cmp::Ordering;
use std::collections::HashSet;

use cloudsnap::jiff::{SignedDuration, Timestamp};
use cloudsnap::{
    Error, ErrorKind, ListSnapshots, ListSources, Result, Snapshot, SnapshotProvider, SnapshotProviderExt, Source,
    SourceRef, Stage,
};
use cloudsnap_fleet::Selector;
use serde::Serialize;

use super::typed::side_by_side;
use super::{Finish, require};
use crate::accounts::Provider;
use crate::arguments::{List, SortKey, SortOrder, Sources};
use crate::exit::Exit;
use crate::failure::{Failure, all_or_errors};
use crate::output::{Column, columns};
use crate::session::Session;

/// One thing that was named, or one of all accounts that are configured.
struct Asked {
    provider: Provider,
    /// What of the account is asked for; `None` is all of it.
    selector: Option<Selector>,
}

pub(crate) async fn sources(session: &mut Session, arguments: Sources) -> Finish {
    session.output.show(&arguments.shown);
    let (asked, wrong) =
        asked(session, arguments.of, |provider| require(provider.capabilities().list_sources, provider, "sources"))?;
    let answers = side_by_side(asked, |asked: Asked| async move {
        let mut sources = asked.provider.sources(ListSources::default()).try_collect().await?;
        if let Some(selector) = &asked.selector {
            sources.retain(|source| selector.fits(source));
            if sources.is_empty() {
                return Err(nothing_fits(selector, &asked.provider));
            }
        }
        Ok(sources)
    });
    let answers = session.progress.reading("reading what can be snapshotted", answers).await;
    let mut seen = HashSet::new();
    print(session, answers, wrong, columns::SOURCES, |sources: &mut Vec<Source>| {
        sources.retain(|source| seen.insert(source.reference.clone()));
    })
}

pub(crate) async fn snapshots(session: &mut Session, arguments: List) -> Finish {
    session.output.show(&arguments.shown);
    let (asked, wrong) = asked(session, arguments.of.clone(), |provider| {
        require(provider.capabilities().list_snapshots, provider, "list")
    })?;
    let answers = side_by_side(asked, |asked: Asked| async move { listed(asked).await });
    let answers = session.progress.reading("reading snapshots", answers).await;
    let mut seen = HashSet::new();
    print(session, answers, wrong, columns::SNAPSHOTS, |snapshots: &mut Vec<Snapshot>| {
        snapshots.retain(|snapshot| seen.insert(snapshot.reference()) && is_wanted(snapshot, &arguments));
        snapshots.sort_by(|one, other| compare(one, other, arguments.sort));
    })
}

/// The snapshots of an account, or of what the selector fits. What is not there is an error, not an empty list.
async fn listed(Asked { provider, selector }: Asked) -> Result<Vec<Snapshot>> {
    let Some(selector) = selector else { return provider.snapshots(ListSnapshots::default()).try_collect().await };
    if let Some(source) = exact(&selector) {
        let snapshots = provider.snapshots(ListSnapshots::of(source.clone())).try_collect().await;
        match snapshots {
            Ok(found) if !found.is_empty() => return Ok(found),
            // It may be a name, a disk that is not there, or have none.
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => {}
            Err(error) => return Err(error),
        }
    }
    let sources = provider.sources(ListSources::default()).try_collect().await?;
    let fits = |source: &&Source| {
        selector.fits(source) || exact(&selector).is_some_and(|wanted| source.reference.is_within(&wanted))
    };
    let wanted: HashSet<SourceRef> = sources.iter().filter(fits).map(|source| source.reference.clone()).collect();
    if wanted.is_empty() {
        return Err(nothing_fits(&selector, &provider));
    }
    let mut snapshots = provider.snapshots(ListSnapshots::default()).try_collect().await?;
    snapshots.retain(|snapshot| snapshot.source.as_ref().is_some_and(|source| wanted.contains(source)));
    Ok(snapshots)
}

fn exact(selector: &Selector) -> Option<SourceRef> {
    let text = selector.to_string();
    if text.contains(['*', '?', '[']) { None } else { text.parse().ok() }
}

fn nothing_fits(selector: &Selector, provider: &Provider) -> Error {
    Error::new(ErrorKind::NotFound, format!("'{selector}' fits no source"))
        .with_stage(Stage::Answered)
        .with_context(provider.account(), "list")
        .with_advice("`cloudsnap sources` shows what there is")
}

/// What was named, once all of it can be asked; where nothing was named, all that is configured, of which one that is
/// configured wrongly does not hide the others.
fn asked(
    session: &mut Session,
    named: Vec<String>,
    can: impl Fn(&Provider) -> Result<()>,
) -> Result<(Vec<Asked>, Vec<Error>), Failure> {
    let all = named.is_empty();
    let names = if all { session.accounts.configured()? } else { named };
    let mut questions: Vec<Result<Vec<Asked>>> = Vec::new();
    for name in &names {
        questions.push(question(session, name, &can));
    }
    if !all {
        let asked = all_or_errors(questions)?.into_iter().flatten().collect();
        return Ok((asked, Vec::new()));
    }
    let (mut asked, mut wrong) = (Vec::new(), Vec::new());
    for question in questions {
        match question {
            Ok(of) => asked.extend(of),
            Err(error) => wrong.push(error),
        }
    }
    Ok((asked, wrong))
}

/// An account, or a selector at its account; at all of them, where it names none.
fn question(session: &mut Session, name: &str, can: &impl Fn(&Provider) -> Result<()>) -> Result<Vec<Asked>> {
    let is_account = !name.contains([':', '*', '?', '[']);
    let selector: Option<Selector> = if is_account { None } else { Some(name.parse()?) };
    let accounts = match selector.as_ref().map(Selector::account) {
        None => vec![name.to_owned()],
        Some(Some(account)) => vec![account.to_owned()],
        Some(None) => session.accounts.configured()?,
    };
    accounts
        .iter()
        .map(|account| {
            let provider = session.accounts.connect(account)?;
            can(&provider)?;
            Ok(Asked { provider, selector: selector.clone() })
        })
        .collect()
}

fn is_wanted(snapshot: &Snapshot, arguments: &List) -> bool {
    let since = snapshot.created_at.map(|at| Timestamp::now().duration_since(at));
    let limit = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let is_old = arguments.older_than.is_none_or(|age| since.is_some_and(|since| since > limit(age)));
    let is_new = arguments.newer_than.is_none_or(|age| since.is_some_and(|since| since <= limit(age)));
    let is_state = arguments.state.as_ref().is_none_or(|state| snapshot.state.as_str().eq_ignore_ascii_case(state));
    let is_expired = !arguments.expired || snapshot.expires_at.is_some_and(|at| at <= Timestamp::now());
    is_old && is_new && is_state && is_expired
}

/// What is not known comes last, whichever way the list is sorted.
fn compare(one: &Snapshot, other: &Snapshot, order: SortOrder) -> Ordering {
    let known = |one: bool, other: bool, ordering: Ordering| match (one, other) {
        (true, true) if order.descending => ordering.reverse(),
        (true, true) => ordering,
        (one, other) => other.cmp(&one),
    };
    let by = match order.key {
        SortKey::Created => {
            known(one.created_at.is_some(), other.created_at.is_some(), one.created_at.cmp(&other.created_at))
        }
        SortKey::Expires => {
            known(one.expires_at.is_some(), other.expires_at.is_some(), one.expires_at.cmp(&other.expires_at))
        }
        SortKey::Source => known(one.source.is_some(), other.source.is_some(), one.source.cmp(&other.source)),
        SortKey::Name => known(one.name.is_some(), other.name.is_some(), one.name.cmp(&other.name)),
        SortKey::State => known(true, true, one.state.as_str().cmp(other.state.as_str())),
        SortKey::Size => {
            known(one.size_bytes.is_some(), other.size_bytes.is_some(), one.size_bytes.cmp(&other.size_bytes))
        }
    };
    by.then_with(|| one.reference().cmp(&other.reference()))
}

/// One account's failure does not hide the others.
fn print<T: Serialize>(
    session: &Session,
    answers: Vec<Result<Vec<T>>>,
    mut errors: Vec<Error>,
    columns: &[Column<T>],
    arrange: impl FnOnce(&mut Vec<T>),
) -> Finish {
    let (answered, failed): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    errors.extend(failed.into_iter().filter_map(Result::err));
    if answered.is_empty() {
        return Err(Failure::from(errors));
    }
    let mut found: Vec<T> = answered.into_iter().flatten().flatten().collect();
    arrange(&mut found);
    session.output.list(&found, columns)?;
    if errors.is_empty() { Ok(Exit::Done) } else { Err(Failure { errors, exit: Exit::Partial }) }
}
