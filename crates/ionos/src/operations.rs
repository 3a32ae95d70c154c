//! How an operation stands, and what a request whose answer was lost has done.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cloudsnap_core::jiff::{SignedDuration, Timestamp};
use cloudsnap_core::provider::lenient::{Each, Member};
use cloudsnap_core::provider::{CreateFingerprint, CreateLookup, HttpClient, Lookup, Response, SendWindow};
use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, Progress, Result, Snapshot, SnapshotState, SourceRef,
    TagId,
};

use crate::api::Api;
use crate::convert::Seen;
use crate::wire::{ListQuery, LoggedRequest, RequestStatusMetadata};
use crate::{convert, endpoints};

/// The detail of an operation that names IONOS's request.
const REQUEST: &str = "request";

/// How often requests are asked for failures while their snapshots only say that something goes on.
const FAILURES_EVERY: Duration = Duration::from_secs(15);

/// One list is cheaper than asking singly, where the account has at most so many snapshots for each that is asked for.
const LISTED_FOR_EACH: usize = 100;

/// The zone of the log's filters is not documented: a day covers all zones.
const ANY_ZONE: SignedDuration = SignedDuration::from_hours(24);

/// Follows the operations of one account. Clones share what they learned.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    http: HttpClient,
    api: Api,
    learned: Arc<Mutex<Learned>>,
}

#[derive(Debug, Default)]
struct Learned {
    /// Requests that are done, and whose resources are not ready yet.
    done: HashSet<String>,
    failures_asked_at: Option<Instant>,
    /// How many snapshots the account's list had last.
    list_length: usize,
}

/// Those of the listed snapshots that operations are about, by their ids.
type Listed = HashMap<String, Seen>;

/// How an operation stands, as far as was asked.
struct Polled<'a> {
    status: OperationStatus,
    /// The request that may have failed, where only its snapshot was asked.
    unasked: Option<&'a str>,
}

impl Polled<'_> {
    fn known(status: OperationStatus) -> Self {
        Self { status, unasked: None }
    }
}

impl Operations {
    pub(crate) fn new(http: HttpClient, api: Api) -> Self {
        Self { http, api, learned: Arc::default() }
    }

    /// An operation and the request that IONOS names in its answers to changes. Without that, nobody can see a restore
    /// end.
    pub(crate) fn operation(&self, kind: OperationKind, request_id: Option<String>) -> Operation {
        let operation = Operation::new(self.http.account(), kind);
        match request_id {
            Some(id) => operation.with_detail(REQUEST, id),
            None if kind == OperationKind::Restore => operation.with_progress(Progress::Accepted),
            None => operation,
        }
    }

    /// How operations stand.
    ///
    /// Creates and deletes go by their snapshots: one operation's is asked for singly, several operations' by one list,
    /// unless the account has so many that asking singly is cheaper. What the list lacks is asked for singly. A create
    /// has ended when its snapshot is `AVAILABLE`, a delete when IONOS itself says that there is none. Their requests
    /// are asked for only where the snapshot is missing, or its state leaves open what became of the operation. Updates
    /// and restores go by their requests, and then by the state of what they changed. A request that was done is not
    /// asked for again.
    ///
    /// A request that failed may leave its snapshot as it was. At most every 15 seconds, failures of what seems to go on
    /// are asked for: one operation's singly, several operations' by one read of the log.
    pub(crate) async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        let listed = self.listed(operations).await;
        let mut statuses = Vec::with_capacity(operations.len());
        let mut unasked = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            let polled = self.poll_one(operation, &listed).await;
            if let Ok(Polled { unasked: Some(request), .. }) = &polled {
                unasked.push((at, *request));
            }
            statuses.push(polled.map(|polled| polled.status));
        }
        if !unasked.is_empty() && self.failures_are_due() {
            for (at, failed) in self.failures(&unasked, operations).await {
                statuses[at] = Ok(failed);
            }
        }
        statuses
    }

    /// The listed snapshots of several operations; none where each is asked for singly.
    async fn listed(&self, operations: &[Operation]) -> Result<Listed> {
        let wanted: HashSet<&str> = operations.iter().filter_map(|operation| self.snapshot_polled(operation)).collect();
        let is_worth_it = self.learned().list_length <= wanted.len().saturating_mul(LISTED_FOR_EACH);
        if wanted.len() < 2 || !is_worth_it {
            return Ok(Listed::new());
        }
        let listed = self.list("poll", |seen| wanted.contains(&*seen.snapshot.id)).await;
        match listed {
            Ok(seen) => Ok(seen.into_iter().map(|seen| (seen.snapshot.id.clone(), seen)).collect()),
            // A list that is too long to be read is not asked for again.
            Err(error) if error.kind() == ErrorKind::Decode => {
                self.learned().list_length = usize::MAX;
                Ok(Listed::new())
            }
            Err(error) => Err(error),
        }
    }

    /// The id of the snapshot by which an operation goes.
    fn snapshot_polled<'a>(&self, operation: &'a Operation) -> Option<&'a str> {
        let account = self.http.account();
        operation.open(account).ok()?;
        let goes_by_snapshot = matches!(operation.kind(), OperationKind::Create | OperationKind::Delete);
        operation.snapshot().filter(|_| goes_by_snapshot).and_then(|it| convert::snapshot_id(it, account).ok())
    }

    async fn poll_one<'a>(&self, operation: &'a Operation, listed: &Result<Listed>) -> Result<Polled<'a>> {
        let account = self.http.account();
        let request = operation.open(account)?.detail(REQUEST);
        let id = operation.snapshot().map(|snapshot| convert::snapshot_id(snapshot, account)).transpose()?;
        match (operation.kind(), id) {
            (OperationKind::Create, Some(id)) => self.create(self.look(id, listed).await, request).await,
            (OperationKind::Create, None) => self.unnamed_create(operation, request).await.map(Polled::known),
            (OperationKind::Delete, Some(id)) => self.delete(self.look(id, listed).await, request).await,
            (OperationKind::Update, Some(id)) => self.update(id, request).await.map(Polled::known),
            (OperationKind::Restore, Some(id)) => self.restore(id, operation, request).await.map(Polled::known),
            _ => Err(Error::invalid_input("the operation names no snapshot")),
        }
    }

    async fn look(&self, id: &str, listed: &Result<Listed>) -> Result<Seen> {
        match listed.as_ref().map_err(Clone::clone)?.get(id) {
            Some(seen) => Ok(seen.clone()),
            None => self.snapshot("poll", id).await,
        }
    }

    async fn create<'a>(&self, seen: Result<Seen>, request: Option<&'a str>) -> Result<Polled<'a>> {
        let seen = match seen {
            Err(missing) if missing.kind() == ErrorKind::NotFound => {
                return self.unfinished(request).await?.map(Polled::known).ok_or(missing);
            }
            seen => seen?,
        };
        match seen.snapshot.state {
            SnapshotState::Available => Ok(Polled::known(OperationStatus::succeeded(Some(seen.snapshot)))),
            // What this state says of a create is not documented: only the request says that it failed.
            SnapshotState::Failed => {
                let going_on = || OperationStatus::running(seen.word);
                Ok(Polled::known(self.unfinished(request).await?.unwrap_or_else(going_on)))
            }
            _ => Ok(Polled { status: OperationStatus::running(seen.word), unasked: request }),
        }
    }

    /// A create that was found in the log of requests, which did not name its snapshot.
    async fn unnamed_create(&self, operation: &Operation, request: Option<&str>) -> Result<OperationStatus> {
        if let Some(status) = self.unfinished(request).await? {
            return Ok(status);
        }
        let tag = operation.fingerprint().map(|fingerprint| fingerprint.id);
        let tagged = match tag {
            Some(tag) => self.tagged(tag).await?,
            None => Vec::new(),
        };
        match tagged.into_iter().next() {
            Some(seen) => Ok(self.create(Ok(seen), None).await?.status),
            None => Err(Error::answered(ErrorKind::NotFound, "IONOS shows no snapshot of this create")),
        }
    }

    /// "Not found" proves a deletion only where IONOS itself says so.
    async fn delete<'a>(&self, seen: Result<Seen>, request: Option<&'a str>) -> Result<Polled<'a>> {
        let seen = match seen {
            Err(gone) if is_gone(&gone) => return Ok(Polled::known(OperationStatus::succeeded(None))),
            seen => seen?,
        };
        // Nothing is pending: the delete has failed, or does not show yet.
        if seen.snapshot.state == SnapshotState::Available
            && let Some(status) = self.unfinished(request).await?
        {
            return Ok(Polled::known(status));
        }
        Ok(Polled { status: OperationStatus::running(seen.word), unasked: request })
    }

    async fn update(&self, id: &str, request: Option<&str>) -> Result<OperationStatus> {
        if let Some(status) = self.unfinished(request).await? {
            return Ok(status);
        }
        let seen = self.snapshot("poll", id).await?;
        Ok(match seen.snapshot.state {
            SnapshotState::Pending => OperationStatus::running(seen.word),
            _ => self.ended(request, Some(seen.snapshot)),
        })
    }

    /// No snapshot tells whether it was restored: the request does, and the volume.
    async fn restore(&self, id: &str, operation: &Operation, request: Option<&str>) -> Result<OperationStatus> {
        if request.is_none() {
            return Err(Error::answered(ErrorKind::OutcomeUnknown, "IONOS did not name the request of this restore"));
        }
        if let Some(status) = self.unfinished(request).await? {
            return Ok(status);
        }
        if let Some(target) = operation.source() {
            let (datacenter, volume) = convert::volume_of(target, self.http.account())?;
            let state = self.api.get_volume(datacenter, volume).await?.metadata.state;
            if let Some(busy) = state.filter(|state| state == "BUSY") {
                return Ok(OperationStatus::running(busy));
            }
        }
        match self.snapshot("poll", id).await {
            Ok(seen) => Ok(self.ended(request, Some(seen.snapshot))),
            Err(gone) if is_gone(&gone) => Ok(self.ended(request, None)),
            Err(error) => Err(error),
        }
    }

    /// How a request stands that is not done; `None` where it is, or where there is none.
    async fn unfinished(&self, request: Option<&str>) -> Result<Option<OperationStatus>> {
        const MANY: usize = 1000;
        let Some(request) = request.filter(|request| !self.learned().done.contains(*request)) else { return Ok(None) };
        let status = self.api.get_request_status(request).await?.metadata;
        match status.status.as_deref() {
            Some("DONE") => {
                let mut learned = self.learned();
                if learned.done.len() >= MANY {
                    learned.done.clear();
                }
                learned.done.insert(request.to_owned());
                Ok(None)
            }
            Some("FAILED") => Ok(Some(failed(&status, request))),
            Some(going_on) => Ok(Some(OperationStatus::running(going_on))),
            None => Err(Error::answered(ErrorKind::Decode, "the request's status is missing")),
        }
    }

    fn ended(&self, request: Option<&str>, snapshot: Option<Snapshot>) -> OperationStatus {
        if let Some(request) = request {
            self.learned().done.remove(request);
        }
        OperationStatus::succeeded(snapshot)
    }

    fn failures_are_due(&self) -> bool {
        let mut learned = self.learned();
        let is_due = learned.failures_asked_at.is_none_or(|at| at.elapsed() >= FAILURES_EVERY);
        if is_due {
            learned.failures_asked_at = Some(Instant::now());
        }
        is_due
    }

    /// Which of these requests have failed, as far as they can be asked for: what cannot goes on.
    async fn failures(&self, asked: &[(usize, &str)], operations: &[Operation]) -> Vec<(usize, OperationStatus)> {
        let mut failures = Vec::new();
        let logged = if asked.len() > 1 { self.logged_failures(operations).await } else { Ok(None) };
        match logged {
            Ok(Some(logged)) => {
                for (at, request) in asked {
                    let own = logged.iter().find(|logged| logged.id == *request && logged.has_status("FAILED"));
                    let status = own.and_then(LoggedRequest::status);
                    failures.extend(status.map(|status| (*at, failed(status, request))));
                }
            }
            Ok(None) => {
                for (at, request) in asked {
                    let status = self.unfinished(Some(request)).await;
                    if let Ok(Some(status @ OperationStatus::Failed { .. })) = status {
                        failures.push((*at, status));
                    }
                }
            }
            Err(_) => {}
        }
        failures
    }

    /// The failures in the log since the first of these creates, or of a day where there is none.
    async fn logged_failures(&self, operations: &[Operation]) -> Result<Option<Vec<LoggedRequest>>> {
        let creates = operations.iter().filter_map(Operation::fingerprint);
        let since = creates.map(|fingerprint| fingerprint.taken_at).min();
        let since = since.unwrap_or_else(|| before(Timestamp::now(), SignedDuration::from_hours(24)));
        self.logged(ListQuery::new().with_filter("status", "FAILED"), since).await
    }

    /// What was created for this fingerprint: all of it, where the create was sent more than once.
    ///
    /// The list shows the snapshots that carry the tag. It is read first: the filter of the log goes by IONOS's clock,
    /// which the answers tell. The log knows a request before its snapshot shows, and may name the snapshot. Where the
    /// log is closed to this user the list has to do.
    pub(crate) async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        let (_, volume) = convert::volume_of(&fingerprint.source, self.http.account())?;
        let listed = self.tagged(fingerprint.id).await?.into_iter().map(|seen| seen.snapshot).collect::<Vec<_>>();
        let logged = match self.logged_creates(fingerprint, volume).await {
            Ok(logged) => logged,
            // The tag is proof enough.
            Err(_) if !listed.is_empty() => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_listed = |id: &str| listed.iter().any(|snapshot| snapshot.id == id);
        let unlisted: Vec<_> = logged.iter().filter(|request| !request.snapshot_id().is_some_and(is_listed)).collect();
        let only_request = logged.first().filter(|_| logged.len() == 1 && listed.len() == 1);
        let found = CreateLookup::by_tag(fingerprint, listed.iter().cloned(), |snapshot| {
            let named = logged.iter().find(|request| request.snapshot_id() == Some(&snapshot.id));
            self.created(fingerprint, Some(&snapshot.id), named.or(only_request))
        });
        let mut operations = if let CreateLookup::Found(operations) = found { operations } else { Vec::new() };
        for request in unlisted {
            if operations.is_empty() || self.made_another(request).await? {
                operations.push(self.created(fingerprint, request.snapshot_id(), Some(request)));
            }
        }
        Ok(if operations.is_empty() { CreateLookup::Absent } else { CreateLookup::Found(operations) })
    }

    fn created(
        &self,
        fingerprint: &CreateFingerprint,
        snapshot_id: Option<&str>,
        request: Option<&LoggedRequest>,
    ) -> Operation {
        let operation = self.operation(OperationKind::Create, request.map(|request| request.id.clone()));
        let operation = operation.with_source(fingerprint.source.clone());
        match snapshot_id.map(|id| convert::reference(id, self.http.account())) {
            Some(Ok(snapshot)) => operation.with_snapshot(snapshot),
            _ => operation,
        }
    }

    /// Whether a request that is logged beside another made a snapshot that the list does not show yet: not where it
    /// failed, nor where the snapshot was deleted since.
    async fn made_another(&self, request: &LoggedRequest) -> Result<bool> {
        match request.snapshot_id() {
            Some(id) if request.has_status("DONE") => Ok(!self.is_gone(id).await?),
            Some(_) => Ok(!request.has_status("FAILED")),
            None => Ok(false),
        }
    }

    /// The logged creates whose body has the tag; those that failed come last.
    async fn logged_creates(&self, fingerprint: &CreateFingerprint, volume: &str) -> Result<Vec<LoggedRequest>> {
        let mut logged =
            self.logged(posted(volume, "create-snapshot"), fingerprint.taken_at).await?.unwrap_or_default();
        let tag = fingerprint.id.to_string();
        logged.retain(|request| request.body_has(&tag) && request.may_be_posted_to(volume, "create-snapshot"));
        logged.sort_by_key(|request| request.has_status("FAILED"));
        Ok(logged)
    }

    /// The restore that the log shows of this snapshot onto this volume, since it was sent by IONOS's clock.
    pub(crate) async fn find_restored(
        &self,
        target: &SourceRef,
        snapshot_id: &str,
        sent: SendWindow,
    ) -> Result<Lookup<Option<String>>> {
        let (_, volume) = convert::volume_of(target, self.http.account())?;
        let query = posted(volume, "restore-snapshot");
        let Some(mut logged) = self.logged(query, sent.first).await? else {
            return Err(Error::answered(ErrorKind::PermissionDenied, "the log of requests is closed to this user"));
        };
        // IONOS writes whole seconds.
        let since = self.http.clock().map(|clock| before(clock.earliest(sent.first), SignedDuration::from_secs(1)));
        logged.retain(|request| {
            let is_restore = request.body_has(snapshot_id) && request.may_be_posted_to(volume, "restore-snapshot");
            is_restore && was_made_since(request, since)
        });
        Ok(match logged.pop() {
            None => Lookup::Absent,
            Some(request) if logged.is_empty() && since.is_some() => Lookup::Found(Some(request.id)),
            Some(_) => Lookup::Ambiguous("the log shows restores of which any could be this one".to_owned()),
        })
    }

    /// Whether a delete has begun: the snapshot is gone, or going.
    pub(crate) async fn find_deleted(&self, id: &str) -> Result<Lookup<Option<String>>> {
        match self.snapshot("find", id).await {
            Ok(seen) if seen.snapshot.state == SnapshotState::Deleting => Ok(Lookup::Found(None)),
            Ok(_) => Ok(Lookup::Absent),
            Err(gone) if is_gone(&gone) => Ok(Lookup::Found(None)),
            Err(error) => Err(error),
        }
    }

    /// What the log shows since this moment of this machine's clock; `None` where it is closed to this user, or not
    /// there. While IONOS's clock is not known, all of it.
    async fn logged(&self, query: ListQuery, since: Timestamp) -> Result<Option<Vec<LoggedRequest>>> {
        let query = match self.http.clock() {
            Some(clock) => {
                let since = before(clock.earliest(since), ANY_ZONE);
                query.with_filter("createdAfter", since.strftime("%Y-%m-%d %H:%M:%S").to_string())
            }
            None => query,
        };
        match self.api.list_all_requests(&query).await {
            Ok(logged) => Ok(Some(logged)),
            Err(closed) if is_closed(&closed) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn is_gone(&self, id: &str) -> Result<bool> {
        match self.snapshot("find", id).await {
            Ok(_) => Ok(false),
            Err(gone) if is_gone(&gone) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The snapshots that carry this tag.
    async fn tagged(&self, tag: TagId) -> Result<Vec<Seen>> {
        self.list("find", |seen| seen.snapshot.tag == Some(tag)).await
    }

    /// The listed snapshots that are wanted.
    async fn list(
        &self,
        operation: &'static str,
        is_wanted: impl Fn(&Seen) -> bool + Send + Sync,
    ) -> Result<Vec<Seen>> {
        let read = |response: &Response| {
            let wanted =
                Each::new(|wire| convert::seen(wire, self.http.account()).map(|it| Some(it).filter(&is_wanted)));
            response.json_as(Member::new("items", wanted))
        };
        let listed = self.http.send(endpoints::list_snapshots(operation, &ListQuery::new())?, read).await?;
        self.learned().list_length = listed.len();
        Ok(listed.into_iter().flatten().collect())
    }

    /// One snapshot.
    async fn snapshot(&self, operation: &'static str, id: &str) -> Result<Seen> {
        let read = |response: &Response| convert::seen(response.borrowed_json()?, self.http.account());
        self.http.send(endpoints::get_snapshot(operation, id)?, read).await
    }

    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is posted to an endpoint of a volume. The filter takes any part of the URL.
fn posted(volume: &str, endpoint: &str) -> ListQuery {
    ListQuery::new().with_filter("method", "POST").with_filter("url", format!("{volume}/{endpoint}"))
}

/// A request without a date may be of any time.
fn was_made_since(request: &LoggedRequest, since: Option<Timestamp>) -> bool {
    let made = request.metadata.created_date.as_deref().and_then(convert::moment);
    made.zip(since).is_none_or(|(made, since)| made >= since)
}

fn failed(status: &RequestStatusMetadata, request: &str) -> OperationStatus {
    let message = status.message.as_deref().unwrap_or("the request failed");
    let error = Error::answered(ErrorKind::OperationFailed, message);
    OperationStatus::Failed { error: error.with_request_id(Some(request.to_owned())) }
}

/// IONOS itself says that there is no such snapshot.
fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound && is_own_word(error)
}

/// IONOS itself says that there is no log for this user.
fn is_closed(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) && is_own_word(error)
}

/// A read was answered in IONOS's own form, which alone has codes, whatever became of earlier attempts at it.
fn is_own_word(error: &Error) -> bool {
    error.is_definite() || error.code().is_some()
}

/// Long before what a date can say, it is the first date.
fn before(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_sub(duration).unwrap_or(at)
}
