//! The promise: one successful create is exactly one snapshot, whatever the network does.
//!
//! A create whose answer was lost is never sent again before the provider was asked whether it was done. Where it was,
//! its snapshot is adopted. Where looks show nothing, even after the provider had time to settle, it is sent again. Where
//! that cannot be told, the outcome is said to be unknown, with the operation by which to find out later.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::call::{Created, Finished, ProgressEvent, Settings, Started, follow};
use crate::capability::CreateIdentity;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::fingerprint::{CreateFingerprint, SendWindow};
use crate::identity::CreateLookup;
use crate::once::{Lookup, LostSend, Sent, send_once_tracked};
use crate::operation::Operation;
use crate::reference::SnapshotRef;
use crate::request::CreateSnapshot;
use crate::scope::Scope;
use crate::snapshot::{Snapshot, SnapshotState};
use crate::snapshot_provider::SnapshotProvider;
use crate::state_store::LockGuard;

/// Starts a create, and looks once for duplicates where it was sent again.
pub(crate) async fn start<P: SnapshotProvider + ?Sized>(
    provider: &P,
    request: &CreateSnapshot,
    settings: &Settings<'_>,
) -> Result<Started> {
    let begun = begin(provider, request, settings).await?;
    let mut duplicates = Vec::new();
    for possible in Duplicates::of_create(provider, &begun.operation, settings) {
        duplicates.extend(possible.others(begun.operation.snapshot(), settings).await);
    }
    Ok(Started { operation: begun.operation, adopted: begun.adopted, duplicates })
}

/// Starts a create, follows it to its end, and removes duplicates where it was sent again.
pub(crate) async fn finish<P: SnapshotProvider + ?Sized>(
    provider: &P,
    request: &CreateSnapshot,
    settings: &Settings<'_>,
) -> Result<Created> {
    let mut begun = begin(provider, request, settings).await?;
    // Until its id is known, the snapshot could be taken for that of another create on this server.
    let lock = begun.lock.take().filter(|_| begun.operation.snapshot().is_none());
    let possible_duplicates = Duplicates::of_create(provider, &begun.operation, settings);
    let finished = follow(provider, begun.operation, settings, false).await?;
    drop(lock);
    let snapshot = finished.snapshot.ok_or_else(|| unnamed(&finished.operation))?;
    let mut duplicates = Vec::new();
    for possible in possible_duplicates {
        duplicates.extend(possible.removed(&snapshot, settings).await);
    }
    Ok(Created { snapshot, adopted: begun.adopted, operation: finished.operation, duplicates })
}

/// Follows a create that was begun before, maybe by another process. Where it was sent again, or was not known to be
/// begun, it may have been done twice.
pub(crate) async fn resume<P: SnapshotProvider + ?Sized>(
    provider: &P,
    operation: Operation,
    settings: &Settings<'_>,
) -> Result<Finished> {
    let may_be_twice = operation.is_repeated() || operation.is_unconfirmed();
    let possible_duplicates = Duplicates::of(provider, &operation).filter(|_| may_be_twice);
    let mut finished = follow(provider, operation, settings, true).await?;
    if let (Some(possible), Some(snapshot)) = (possible_duplicates, &finished.snapshot) {
        finished.duplicates = possible.removed(snapshot, settings).await;
    }
    Ok(finished)
}

/// A create that the provider has begun, once as far as the answers tell.
struct Begun {
    operation: Operation,
    adopted: bool,
    lock: Option<LockGuard>,
}

async fn begin<P: SnapshotProvider + ?Sized>(
    provider: &P,
    request: &CreateSnapshot,
    settings: &Settings<'_>,
) -> Result<Begun> {
    request.source.open(provider.account())?;
    provider.validate_create(request)?;
    let by_new_id = provider.capabilities().identity == CreateIdentity::NewId;
    let lock = match by_new_id {
        true => Some(in_time(settings.store.lock(provider.account(), &request.source)).await??),
        false => None,
    };
    let fingerprint = take_fingerprint(provider, request).await?;
    if by_new_id {
        in_time(sleep(fingerprint.pause_before_sending().min(settings.lookup.settle))).await?;
    }
    let unanswered = unconfirmed(provider, &fingerprint, SendWindow::now());
    settings.sending(&unanswered).await?;
    let sent = match send(provider, request, &fingerprint, settings).await {
        Ok(sent) => sent,
        Err(error) => {
            settings.ended(&unanswered, Err(&error)).await;
            return Err(error);
        }
    };
    let operation = followed(sent.value, &fingerprint, sent.resent);
    if let Some(snapshot) = operation.snapshot().filter(|_| by_new_id) {
        settings.claim(provider.account(), &operation, snapshot).await.map_err(|error| error.with_token(&operation))?;
    }
    settings.started(&unanswered, &operation).await;
    Ok(Begun { operation, adopted: sent.adopted, lock })
}

async fn send<P: SnapshotProvider + ?Sized>(
    provider: &P,
    request: &CreateSnapshot,
    fingerprint: &CreateFingerprint,
    settings: &Settings<'_>,
) -> Result<Sent<Operation>> {
    let find = |window| async move {
        let fingerprint = fingerprint.with_claims(provider.account(), &*settings.store).await.with_sent(window);
        provider.find_created(&fingerprint).await.map(Lookup::from)
    };
    let start = || async move { named_anew(provider.start_create(request, fingerprint).await?, fingerprint) };
    let sent = send_once_tracked(&settings.lookup, start, find).await;
    sent.map_err(|lost| match lost {
        LostSend::NothingDone(error) => error,
        LostSend::Unknown(error, window) => {
            let advice = what_to_look_for(fingerprint);
            error.with_advice(advice).with_token(unconfirmed(provider, fingerprint, window))
        }
    })
}

/// An answer that names a snapshot which was there before says nothing of the new one.
fn named_anew(operation: Operation, fingerprint: &CreateFingerprint) -> Result<Operation> {
    match operation.snapshot() {
        Some(snapshot) if fingerprint.known_ids.iter().any(|known| known == snapshot.parts().1) => {
            let message = format!("the answer names {snapshot}, which was there before");
            Err(Error::answered(ErrorKind::Unexpected, message).with_may_have_acted(true))
        }
        _ => Ok(operation),
    }
}

/// Nothing was created yet, so that what the provider answered badly may be asked again freely.
async fn take_fingerprint<P: SnapshotProvider + ?Sized>(
    provider: &P,
    request: &CreateSnapshot,
) -> Result<CreateFingerprint> {
    const ROUNDS: u32 = 3;
    let mut round = 1;
    loop {
        match provider.fingerprint(request).await {
            Err(error) if was_answered_badly(&error) && round < ROUNDS => round += 1,
            taken => return taken,
        }
        in_time(sleep(Duration::from_millis(500))).await?;
    }
}

/// Not where nothing answers at all, nor where the client has waited long enough for its turn.
fn was_answered_badly(error: &Error) -> bool {
    error.is_transient() && error.stage() != Stage::NotSent && error.kind() != ErrorKind::RateLimited
}

/// What the future gives, unless the deadline of the call passes first. Nothing was sent then.
async fn in_time<F: Future>(future: F) -> Result<F::Output> {
    let message = "the deadline passed before its turn came; nothing was sent";
    Scope::deadline().bound(future).await.ok_or_else(|| Error::new(ErrorKind::WaitTimeout, message))
}

fn unconfirmed<P: SnapshotProvider + ?Sized>(
    provider: &P,
    fingerprint: &CreateFingerprint,
    window: SendWindow,
) -> Operation {
    Operation::unconfirmed(provider.account(), fingerprint.clone().with_sent(window))
}

/// The operation with the fingerprint, by which its snapshot is found where it cannot be followed. The ids of other
/// snapshots are of use only where the answer did not name this one.
fn followed(operation: Operation, fingerprint: &CreateFingerprint, resent: Option<SendWindow>) -> Operation {
    let mut fingerprint = fingerprint.clone();
    if operation.snapshot().is_some() && resent.is_none() {
        fingerprint.known_ids.clear();
    }
    let answered = SendWindow { last: Some(Timestamp::now()), first: fingerprint.taken_at, is_repeated: false };
    operation.with_fingerprint(fingerprint.with_sent(resent.unwrap_or(answered)))
}

fn unnamed(operation: &Operation) -> Error {
    Error::answered(
        ErrorKind::OutcomeUnknown,
        "the create is finished, and the provider did not say with which snapshot",
    )
    .with_may_have_acted(true)
    .with_token(operation)
}

fn what_to_look_for(fingerprint: &CreateFingerprint) -> String {
    let named = fingerprint.name.as_ref().map(|name| format!(" named '{name}'")).unwrap_or_default();
    format!(
        "look for a snapshot of {}{named} made after {:.0} (id {}), or wait on the operation's token, before creating again",
        fingerprint.source, fingerprint.taken_at, fingerprint.id
    )
}

/// What may be there twice: a create that was sent again, while its first request was acted on late.
struct Duplicates<'a, P: ?Sized> {
    provider: &'a P,
    fingerprint: Arc<CreateFingerprint>,
    /// From when on the provider has time to settle.
    sent_at: Timestamp,
}

impl<'a, P: SnapshotProvider + ?Sized> Duplicates<'a, P> {
    fn of(provider: &'a P, operation: &Operation) -> Option<Self> {
        let fingerprint = Arc::clone(operation.fingerprint()?);
        let sent_at = fingerprint.sent.map_or_else(Timestamp::now, |sent| sent.last.unwrap_or(sent.first));
        Some(Self { provider, fingerprint, sent_at })
    }

    /// Of a create that was just begun: its own where it was sent again, and those of an earlier one.
    fn of_create(provider: &'a P, operation: &Operation, settings: &Settings<'_>) -> Vec<Self> {
        let own = Self::of(provider, operation).filter(|_| operation.is_repeated());
        let earlier = settings.earlier_send.as_ref().and_then(|earlier| Self::of(provider, earlier));
        let earlier = earlier.map(|earlier| Self { sent_at: Timestamp::now(), ..earlier });
        own.into_iter().chain(earlier).collect()
    }

    /// Looks now, and once more when the provider had time to settle. What the tag proves to be ours is deleted, where
    /// the provider can; what is left is returned.
    async fn removed(&self, kept: &Snapshot, settings: &Settings<'_>) -> Vec<SnapshotRef> {
        let (kept, mut left) = (kept.reference(), Vec::new());
        self.remove_once(&kept, &mut left, settings).await;
        if Scope::deadline().sleep(self.time_to_settle(settings)).await.is_some() {
            self.remove_once(&kept, &mut left, settings).await;
        }
        left
    }

    fn time_to_settle(&self, settings: &Settings<'_>) -> Duration {
        let since = Duration::try_from(Timestamp::now().duration_since(self.sent_at)).unwrap_or_default();
        settings.lookup.settle.saturating_sub(since)
    }

    /// `left` are those that were seen and are still there.
    async fn remove_once(&self, kept: &SnapshotRef, left: &mut Vec<SnapshotRef>, settings: &Settings<'_>) {
        let capabilities = self.provider.capabilities();
        let is_proven_ours = capabilities.identity == CreateIdentity::Tag;
        for other in self.others(Some(kept), settings).await {
            left.retain(|seen| *seen != other);
            if is_proven_ours && capabilities.delete && self.delete(&other, settings).await.is_ok() {
                settings.tell(ProgressEvent::DuplicateDeleted(&other));
            } else {
                left.push(other);
            }
        }
    }

    async fn delete(&self, surplus: &SnapshotRef, settings: &Settings<'_>) -> Result<()> {
        self.until_deletable(surplus).await;
        let operation = match self.provider.start_delete(surplus).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            started => started?,
        };
        follow(self.provider, operation, &settings.quiet(), false).await.map(drop)
    }

    /// A snapshot that is being made takes no delete.
    async fn until_deletable(&self, surplus: &SnapshotRef) {
        let began = Instant::now();
        while let Ok(snapshot) = self.provider.get_snapshot(surplus).await {
            let pause = Duration::from_secs(2).max(began.elapsed() / 10);
            if snapshot.state != SnapshotState::Pending || Scope::deadline().sleep(pause).await.is_none() {
                return;
            }
        }
    }

    /// What the provider shows beside the one that is kept. Where that is not known, one is taken for it, and of
    /// several each may be.
    async fn others(&self, kept: Option<&SnapshotRef>, settings: &Settings<'_>) -> Vec<SnapshotRef> {
        let fingerprint = self.fingerprint.with_claims(self.provider.account(), &*settings.store).await;
        let found = match self.provider.find_created(&fingerprint).await {
            Ok(CreateLookup::Found(operations)) => {
                operations.into_iter().filter_map(|operation| operation.snapshot().cloned()).collect()
            }
            Ok(CreateLookup::Ambiguous(candidates)) => candidates,
            Ok(CreateLookup::Absent | CreateLookup::Pending(_)) => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "a create was sent twice, and whether it was done twice cannot be seen");
                Vec::new()
            }
        };
        let is_other = |other: &SnapshotRef| kept.is_none_or(|kept| !other.is_same(kept));
        let others: Vec<SnapshotRef> = found.into_iter().filter(is_other).collect();
        if kept.is_none() && others.len() == 1 { Vec::new() } else { others }
    }
}
