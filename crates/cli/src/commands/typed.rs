//! From what was typed to sources and snapshots.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;

use cloudsnap::{
    Error, ErrorKind, ListSnapshots, ListSources, Result, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotRef,
    Source, SourceRef,
};
use cloudsnap_fleet::prune::AccountScope;
use cloudsnap_fleet::{Selector, find_snapshot, lists_of, select};
use tokio::task::JoinSet;

use super::require;
use crate::accounts::Provider;
use crate::failure::{Failure, all_or_errors};
use crate::output::say;
use crate::session::Session;

/// The words as they were typed; `-` stands for the lines of stdin.
pub(crate) fn with_stdin(typed: Vec<String>) -> Result<Vec<String>> {
    if !typed.iter().any(|word| word == "-") {
        return Ok(typed);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::invalid_input(format!("stdin cannot be read: {error}")))?;
    let lines: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok(typed.into_iter().flat_map(|word| if word == "-" { lines.clone() } else { vec![word] }).collect())
}

/// The sources that a command works on, each with its provider.
pub(crate) struct Selected {
    pub(crate) sources: Vec<(Provider, SourceRef)>,
    /// What is known of those that had to be listed.
    pub(crate) details: HashMap<SourceRef, Source>,
}

/// The selectors as commands that only read take them: an account's name means all of it.
pub(crate) fn with_whole_accounts(typed: Vec<String>) -> Vec<String> {
    typed.into_iter().map(|word| if is_account(&word) { format!("{word}:*") } else { word }).collect()
}

/// What a command works on that takes accounts whole too; nothing named means all that are configured.
pub(crate) async fn scopes(session: &mut Session, named: Vec<String>) -> Result<Vec<AccountScope>, Failure> {
    let named = if named.is_empty() { session.accounts.configured()? } else { named };
    let (accounts, selectors): (Vec<String>, Vec<String>) = named.into_iter().partition(|word| is_account(word));
    let mut scopes = BTreeMap::new();
    for (provider, source) in sources(session, &selectors, &[], |_, _| Ok(())).await?.sources {
        let scope = scopes.entry(source.account().to_owned()).or_insert_with(|| AccountScope::of(provider, []));
        scope.sources.get_or_insert_default().insert(source);
    }
    let connected = accounts.iter().map(|account| session.accounts.connect(account));
    let whole = all_or_errors(connected.collect::<Vec<_>>())?;
    scopes.extend(accounts.into_iter().zip(whole.into_iter().map(AccountScope::whole)));
    Ok(scopes.into_values().collect())
}

fn is_account(word: &str) -> bool {
    !word.contains([':', '*', '?', '['])
}

/// The sources that are meant. All that can be seen without a request is seen first: `check` gets each reference.
pub(crate) async fn sources(
    session: &mut Session,
    typed: &[String],
    excluded: &[String],
    check: impl Fn(&Provider, &SourceRef) -> Result<()>,
) -> Result<Selected, Failure> {
    let selectors = all_or_errors(typed.iter().map(|word| {
        let selector: Selector = word.parse()?;
        if let Some(account) = selector.account() {
            let provider = session.accounts.connect(account)?;
            selector.reference().map_or(Ok(()), |source| check(&provider, source))?;
        }
        Ok(selector)
    }))?;
    let excluded: Vec<Selector> = all_or_errors(excluded.iter().map(|word| word.parse()))?;
    let listed = listed(session, &selectors).await?;
    let sources = select(&selectors, &excluded, &listed)?;
    let sources = all_or_errors(sources.into_iter().map(|source| {
        let provider = session.accounts.connect(source.account())?;
        Ok((provider, source))
    }))?;
    let details = listed.into_iter().map(|source| (source.reference.clone(), source)).collect();
    Ok(Selected { sources, details })
}

/// The sources of the accounts that the selectors have to be looked up in.
async fn listed(session: &mut Session, selectors: &[Selector]) -> Result<Vec<Source>, Failure> {
    let mut accounts = BTreeSet::new();
    for selector in selectors.iter().filter(|selector| selector.needs_sources()) {
        match selector.account() {
            Some(account) => drop(accounts.insert(account.to_owned())),
            None => accounts.extend(session.accounts.configured()?),
        }
    }
    let providers = all_or_errors(accounts.iter().map(|account| {
        let provider = session.accounts.connect(account)?;
        require(provider.capabilities().list_sources, &provider, "sources")?;
        Ok(provider)
    }))?;
    let list = |provider: Provider| async move { provider.sources(ListSources::default()).try_collect().await };
    Ok(all_or_errors(side_by_side(providers, list).await)?.into_iter().flatten().collect())
}

/// The snapshots of these sources: as few lists as the provider's lists allow.
pub(crate) async fn snapshots_of(sources: &[(Provider, SourceRef)]) -> Vec<Result<Vec<Snapshot>>> {
    let mut accounts: BTreeMap<&str, (&Provider, Vec<&SourceRef>)> = BTreeMap::new();
    for (provider, source) in sources {
        accounts.entry(source.account()).or_insert((provider, Vec::new())).1.push(source);
    }
    let lists = accounts.into_values().flat_map(|(provider, sources)| {
        lists_of(provider, sources).into_iter().map(|request| (Provider::clone(provider), request))
    });
    let list =
        |(provider, request): (Provider, ListSnapshots)| async move { provider.snapshots(request).try_collect().await };
    side_by_side(lists.collect(), list).await
}

/// Asks the same of several, side by side; the answers stand in their order.
pub(crate) async fn side_by_side<A, T, F>(of: Vec<A>, ask: impl Fn(A) -> F) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let mut asked = JoinSet::new();
    for (index, one) in of.into_iter().enumerate() {
        let question = ask(one);
        asked.spawn(async move { (index, question.await) });
    }
    let mut answers = Vec::new();
    while let Some(answer) = asked.join_next().await {
        answers.extend(answer.ok());
    }
    answers.sort_by_key(|(index, _)| *index);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// The snapshot that is meant: by its id, or by a unique beginning of it.
pub(crate) async fn snapshot(session: &mut Session, typed: &str) -> Result<(Provider, Snapshot)> {
    let reference: SnapshotRef = typed.parse()?;
    let provider = session.accounts.connect(reference.account())?;
    match provider.snapshot(&reference).await {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let found = by_beginning(&provider, &reference).await?.ok_or(error)?;
            say(&format!("{reference} is {}", found.reference()));
            Ok((provider, found))
        }
        found => Ok((provider, found?)),
    }
}

async fn by_beginning(provider: &Provider, reference: &SnapshotRef) -> Result<Option<Snapshot>> {
    let text = reference.to_string();
    let place = text.rsplit_once('@').map_or("", |(place, _)| place);
    let lists = match place.split_once(':') {
        Some((_, path)) if !path.is_empty() => lists_of(provider, [&place.parse()?]),
        _ => Vec::new(),
    };
    let request = lists.into_iter().next().unwrap_or_default();
    // Where the list cannot be read, the snapshot was not found all the same.
    let Ok(listed) = provider.snapshots(request).try_collect().await else { return Ok(None) };
    match find_snapshot(reference, &listed) {
        Ok(found) => Ok(Some(found.clone())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(several) => Err(several),
    }
}
