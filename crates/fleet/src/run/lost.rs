//! A create that was sent by a process that did not live to see the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cloudsnap_core::provider::{Lookup, send_once};
use cloudsnap_core::{
    CreateIdentity, CreateSnapshot, Ending, Error, ErrorKind, LookupOptions, Operation, OperationKind, Result, Scope,
    SnapshotProvider, StateStore,
};

use crate::batch::{Batch, Job, Tracker};
use crate::item::{Done, Outcome, Subject};

/// Looks for the snapshot of a create that was sent or was about to be, and follows it. Only where the provider shows
/// nothing of it, and had time to, is the snapshot created anew.
pub(super) fn found_or_created(
    batch: &Batch,
    store: Arc<dyn StateStore>,
    provider: Arc<dyn SnapshotProvider>,
    sent: Operation,
    request: CreateSnapshot,
) -> Job {
    let subject = Subject::new(&provider, OperationKind::Create).with_source(Some(request.source.clone()));
    let batch = batch.clone().with_state_store(Arc::clone(&store));
    Job::new(subject, move |tracker| async move {
        tracker.sending(Some(sent.clone()));
        let scope = Scope::new().with_timeout(batch.time_left().map_err(|error| error.with_token(&sent))?);
        match scope.run(found(&*store, &provider, &sent, &request, &batch, &tracker)).await? {
            Some(done) => Ok(done),
            None => {
                store.ended(&sent, Ending::Failed).await?;
                tracker.nothing_sent();
                batch.create_tracked(provider, request, Some(sent), tracker).await
            }
        }
    })
}

async fn found(
    store: &dyn StateStore,
    provider: &Arc<dyn SnapshotProvider>,
    sent: &Operation,
    request: &CreateSnapshot,
    batch: &Batch,
    tracker: &Tracker,
) -> Result<Option<Done>> {
    let account = provider.account();
    // Until its id is known, the snapshot could be taken for that of another create on this server.
    let turn = match provider.capabilities().identity {
        CreateIdentity::NewId => Some(store.lock(account, &request.source).await?),
        _ => None,
    };
    tracker.state("looking for what was sent before");
    let looked = look(store, provider, sent, &batch.lookup).await;
    let Some(operation) = looked.map_err(|error| error.with_token(sent).with_context(account, "create"))? else {
        return Ok(None);
    };
    // The snapshot is claimed when its end is seen.
    store.started(sent, &operation).await?;
    let turn = turn.filter(|_| operation.snapshot().is_none());
    let done = batch.clone().follow_tracked(Arc::clone(provider), operation, tracker.clone()).await?;
    drop(turn);
    Ok(Some(Done { outcome: Outcome::Adopted, ..done }))
}

/// The operation that was begun, or `None` where nothing was.
async fn look(
    store: &dyn StateStore,
    provider: &Arc<dyn SnapshotProvider>,
    sent: &Operation,
    options: &LookupOptions,
) -> Result<Option<Operation>> {
    let Some(fingerprint) = sent.fingerprint() else { return Ok(None) };
    let is_first = AtomicBool::new(true);
    // The first send is that of the process before; to send again is to say that nothing was begun.
    let send = || async {
        match is_first.swap(false, Ordering::Relaxed) {
            true => Err(Error::new(ErrorKind::OutcomeUnknown, "the process that sent it did not see the answer")
                .with_may_have_acted(true)),
            false => Ok(None),
        }
    };
    let find = |_| async {
        let fingerprint = fingerprint.with_claims(provider.account(), store).await;
        Ok(match Lookup::from(provider.find_created(&fingerprint).await?) {
            Lookup::Found(operation) => Lookup::Found(Some(operation.with_fingerprint(fingerprint))),
            Lookup::Absent => Lookup::Absent,
            Lookup::Pending(why) => Lookup::Pending(why),
            Lookup::Ambiguous(why) => Lookup::Ambiguous(why),
        })
    };
    let options = options.clone().with_max_sends(2);
    send_once(&options, send, find).await.map(|sent| sent.value)
}
