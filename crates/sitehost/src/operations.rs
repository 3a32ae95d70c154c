//! How an operation stands, and how the snapshot of a create is told from others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::jiff::civil::DateTime;
use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::{
    Account, CreateFingerprint, CreateLookup, HttpClient, Lookup, OpenOperation, SendWindow,
};
use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, Result, Snapshot, SnapshotRef, SnapshotState,
    SourceRef,
};

use crate::api::Api;
use crate::config::{DAEMON, SCHEDULER};
use crate::convert::{self, Place};
use crate::error;
use crate::wire::{self, Job, JobRef, JobState, Partition, Queued, ServerSnapshot};

/// The details of an operation that name SiteHost's job. A job `0` is none: the change was done at once. Where the
/// answer was lost, no job is named.
const JOB: &str = "job";
const JOB_TYPE: &str = "job_type";
const JOB_VERSION: &str = "job_version";
const NO_JOB: &str = "0";

/// The detail of an update that holds the `expires` from before.
const EXPIRED_BEFORE: &str = "expired_before";

/// How long a job may be queued after the answer that named it was awaited.
const UNTIL_QUEUED: Duration = Duration::from_secs(60);

/// Follows the operations of one account. Clones share what they have learned.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    http: HttpClient,
    api: Api,
    time_zone: Option<TimeZone>,
    snapshot_jobs: JobTypes,
    image_jobs: JobTypes,
}

/// The type by which jobs are asked for first where SiteHost did not name it: the one that worked last.
#[derive(Clone, Debug)]
pub(crate) struct JobTypes(Arc<Mutex<String>>);

impl JobTypes {
    fn new(first: impl Into<String>) -> Self {
        Self(Arc::new(Mutex::new(first.into())))
    }

    fn in_order(&self) -> Vec<String> {
        let mut kinds = vec![self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()];
        for kind in [SCHEDULER, DAEMON] {
            if kinds.iter().all(|tried| tried != kind) {
                kinds.push(kind.to_owned());
            }
        }
        kinds
    }

    fn worked(&self, kind: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kind;
    }
}

/// How the job of an operation stands.
pub(crate) enum JobOutcome {
    /// It took so long, as far as it tells.
    Completed(Option<Duration>),
    GoingOn(String),
    /// Of the kind [`ErrorKind::OperationFailed`].
    Failed(Error),
    /// The answer that would have named the job was lost.
    Unnamed,
    /// SiteHost refuses to show it: the key lacks the module Job, or there is no such job.
    Refused(Error),
}

/// The snapshots of servers, each server's list read once.
struct Lists<'a> {
    api: &'a Api,
    read: HashMap<String, Result<Vec<ServerSnapshot>>>,
}

impl<'a> Lists<'a> {
    fn new(api: &'a Api) -> Self {
        Self { api, read: HashMap::new() }
    }

    async fn of(&mut self, server: &str) -> Result<&[ServerSnapshot]> {
        if !self.read.contains_key(server) {
            let listed = self.api.list_snapshots(server).await.map(|answer| answer.value);
            self.read.insert(server.to_owned(), listed);
        }
        match self.read.get(server) {
            Some(Ok(listed)) => Ok(listed),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&[]),
        }
    }
}

impl Operations {
    pub(crate) fn new(http: HttpClient, api: Api, job_type: String, time_zone: Option<TimeZone>) -> Self {
        let (snapshot_jobs, image_jobs) = (JobTypes::new(job_type), JobTypes::new(SCHEDULER));
        Self { http, api, time_zone, snapshot_jobs, image_jobs }
    }

    fn account(&self) -> &Account {
        self.http.account()
    }

    pub(crate) fn place<'a>(&'a self, server: &'a str) -> Place<'a> {
        Place { account: self.account(), server, zone: self.time_zone.as_ref() }
    }

    /// An operation that follows the job of a change.
    pub(crate) fn started(&self, kind: OperationKind, queued: &Queued) -> Operation {
        let operation = Operation::new(self.account(), kind);
        let Some(job) = &queued.job else { return operation.with_detail(JOB, NO_JOB) };
        let operation = operation.with_detail(JOB, &job.id).with_detail(JOB_VERSION, job.version.to_string());
        match &job.kind {
            Some(kind) => operation.with_detail(JOB_TYPE, kind),
            None => operation,
        }
    }

    /// The operation of a create, with the snapshot where SiteHost named it.
    pub(crate) fn of_create(&self, source: &SourceRef, server: &str, queued: &Queued) -> Result<Operation> {
        let operation = self.started(OperationKind::Create, queued).with_source(source.clone());
        Ok(match &queued.snapshot_id {
            Some(id) => operation.with_snapshot(self.place(server).reference(id)?),
            None => operation,
        })
    }

    pub(crate) fn of_snapshot(&self, kind: OperationKind, snapshot: &SnapshotRef, queued: &Queued) -> Operation {
        self.started(kind, queued).with_snapshot(snapshot.clone())
    }

    /// The operation of an update, with the end that the snapshot had before, by which the change shows.
    pub(crate) fn of_update(&self, snapshot: &SnapshotRef, before: &ServerSnapshot, queued: &Queued) -> Operation {
        let operation = self.of_snapshot(OperationKind::Update, snapshot, queued);
        operation.with_detail(EXPIRED_BEFORE, end(before))
    }

    /// How operations stand.
    ///
    /// Where there are several of one server, its list is read first, once: what is pending there goes on, and what is
    /// to be deleted and is not there is gone. Of the others the jobs are asked, one by one, since SiteHost shows a job
    /// singly. An operation has ended when its job is `Completed` and nothing is `pending` on its snapshot: of the
    /// servers of jobs that are at their end, the list is read once more, for all their operations together.
    ///
    /// Where SiteHost refuses to show the job, the list alone tells what it can: a snapshot that is listed and not
    /// pending was created, one that is not listed was deleted, one with another end was changed. Whether a restore is
    /// done it does not tell. An operation has failed only where its own job says so.
    pub(crate) async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        let shared = self.servers_of_several(operations);
        let (mut before, mut after) = (Lists::new(&self.api), Lists::new(&self.api));
        let mut jobs = Vec::with_capacity(operations.len());
        for operation in operations {
            jobs.push(self.status_or_job(operation, &shared, &mut before).await);
        }
        let mut statuses = Vec::with_capacity(operations.len());
        for (operation, job) in operations.iter().zip(jobs) {
            statuses.push(match job {
                Ok(Ok(status)) => Ok(status),
                Ok(Err(job)) => self.status_after_job(operation, job, &mut after).await,
                Err(error) => Err(error),
            });
        }
        statuses
    }

    fn servers_of_several<'a>(&self, operations: &'a [Operation]) -> Vec<&'a str> {
        let named = operations.iter().filter_map(Operation::snapshot);
        let mut servers: Vec<&str> =
            named.filter_map(|named| Some(convert::server_and_id(named, self.account()).ok()?.0)).collect();
        servers.sort_unstable();
        servers.chunk_by(PartialEq::eq).filter(|same| same.len() > 1).map(|same| same[0]).collect()
    }

    /// What the list of a server that several operations share tells already, or else how the job stands.
    async fn status_or_job(
        &self,
        operation: &Operation,
        shared: &[&str],
        lists: &mut Lists<'_>,
    ) -> Result<Result<OperationStatus, JobOutcome>> {
        let open = operation.open(self.account())?;
        if let Some(snapshot) = operation.snapshot() {
            let (server, id) = convert::server_and_id(snapshot, self.account())?;
            if shared.contains(&server) {
                let listed = lists.of(server).await?.iter().find(|wire| wire.id == id);
                match (operation.kind(), listed) {
                    (OperationKind::Delete, None) => return Ok(Ok(OperationStatus::succeeded(None))),
                    (OperationKind::Create | OperationKind::Restore | OperationKind::Update, Some(wire))
                        if convert::state(wire) == SnapshotState::Pending =>
                    {
                        return Ok(Ok(OperationStatus::running("the snapshot is pending")));
                    }
                    _ => {}
                }
            }
        }
        Ok(match self.job(open, &self.snapshot_jobs).await? {
            JobOutcome::GoingOn(state) => Ok(OperationStatus::running(state)),
            JobOutcome::Failed(error) => Ok(OperationStatus::Failed { error }),
            outcome => Err(outcome),
        })
    }

    /// How the job of an image's operation stands.
    pub(crate) async fn image_job(&self, operation: OpenOperation<'_>) -> Result<JobOutcome> {
        self.job(operation, &self.image_jobs).await
    }

    /// How the job of an operation stands. Where SiteHost did not name the type it may be either, and an id may stand
    /// for one job in each: that a job of a guessed type failed counts only where there is none of the other.
    async fn job(&self, operation: OpenOperation<'_>, types: &JobTypes) -> Result<JobOutcome> {
        let Some(id) = operation.detail(JOB) else { return Ok(JobOutcome::Unnamed) };
        if id == NO_JOB {
            return Ok(JobOutcome::Completed(None));
        }
        let version = operation.detail(JOB_VERSION);
        let version = version.ok_or_else(|| Error::invalid_input("the operation's token does not name its job"))?;
        let told = operation.detail(JOB_TYPE);
        let kinds = told.map_or_else(|| types.in_order(), |kind| vec![kind.to_owned()]);
        let (mut failed, mut refused) = (None, None);
        for kind in kinds {
            let reference = JobRef { id: id.to_owned(), kind: Some(kind.clone()), version: version.parse()? };
            match self.api.get_job(&reference).await {
                Ok(job) => match outcome(job.value, id, &kind) {
                    JobOutcome::Failed(error) => failed = failed.or(Some(error)),
                    outcome => {
                        types.worked(kind);
                        return Ok(outcome);
                    }
                },
                Err(error) if error::is_refusal(&error) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Ok(match (failed, refused) {
            (Some(error), _) => JobOutcome::Failed(error),
            (None, Some(error)) => JobOutcome::Refused(error),
            (None, None) => JobOutcome::Unnamed,
        })
    }

    async fn status_after_job(
        &self,
        operation: &Operation,
        job: JobOutcome,
        lists: &mut Lists<'_>,
    ) -> Result<OperationStatus> {
        let Some(snapshot) = operation.snapshot() else { return self.status_of_unnamed(operation, job, lists).await };
        let (server, id) = convert::server_and_id(snapshot, self.account())?;
        let listed = lists.of(server).await?.iter().find(|wire| wire.id == id);
        let Some(wire) = listed else {
            return match (operation.kind(), job) {
                // Whether a restore consumes the snapshot is not documented.
                (OperationKind::Delete, _) | (OperationKind::Restore, JobOutcome::Completed(_)) => {
                    Ok(OperationStatus::succeeded(None))
                }
                (OperationKind::Create, JobOutcome::Refused(_)) => {
                    self.not_there_yet(server, not_listed(snapshot)).await
                }
                _ => Err(not_listed(snapshot)),
            };
        };
        let settled = self.settled(operation, server, wire);
        match (operation.kind(), job) {
            (OperationKind::Delete, _) => Ok(OperationStatus::running("the snapshot is still listed")),
            (OperationKind::Create, _) | (_, JobOutcome::Completed(_)) => Ok(settled),
            _ if matches!(settled, OperationStatus::Running { .. }) => Ok(settled),
            (OperationKind::Update, _) if self.end_has_changed(operation, wire)? => Ok(settled),
            (_, JobOutcome::Refused(error)) => Err(error),
            (kind, _) => {
                let message = format!("SiteHost does not show whether the {kind} of {snapshot} was done");
                Err(Error::answered(ErrorKind::OutcomeUnknown, message))
            }
        }
    }

    /// A create of which SiteHost did not name the snapshot: it is the one that was not there before, and none that was
    /// taken after the job was at its end.
    async fn status_of_unnamed(
        &self,
        operation: &Operation,
        job: JobOutcome,
        lists: &mut Lists<'_>,
    ) -> Result<OperationStatus> {
        let Some(fingerprint) = operation.fingerprint() else {
            return match job {
                JobOutcome::Refused(error) => Err(error),
                _ => Ok(OperationStatus::succeeded(None)),
            };
        };
        let (server, _) = convert::server_and_disk(&fingerprint.source, self.account())?;
        let listed = lists.of(server).await?;
        let lookup = match &job {
            JobOutcome::Completed(took) => self.told_apart(&sent_until(fingerprint, *took), listed).await?,
            JobOutcome::Refused(_) => self.told_apart(&sent_until(fingerprint, None), listed).await?,
            _ => self.told_apart(fingerprint, listed).await?,
        };
        match lookup {
            CreateLookup::Found(found) => {
                let found = found.first().and_then(Operation::snapshot);
                let id = found.map(|found| convert::server_and_id(found, self.account())).transpose()?;
                let wire = listed.iter().find(|wire| id.is_some_and(|(_, id)| wire.id == id));
                wire.map_or_else(|| Err(nothing_new()), |wire| Ok(self.settled(operation, server, wire)))
            }
            CreateLookup::Ambiguous(candidates) => Err(several(&candidates)),
            _ if matches!(job, JobOutcome::Refused(_)) => self.not_there_yet(server, nothing_new()).await,
            _ => Err(nothing_new()),
        }
    }

    /// Two things have to happen: the job is at its end, and nothing is `pending` on the snapshot.
    fn settled(&self, operation: &Operation, server: &str, wire: &ServerSnapshot) -> OperationStatus {
        let mut snapshot = self.place(server).snapshot(wire, &[]);
        snapshot.source = operation.source().cloned();
        match &snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            state => OperationStatus::running(format!("the snapshot is {state}")),
        }
    }

    fn end_has_changed(&self, operation: &Operation, wire: &ServerSnapshot) -> Result<bool> {
        let before = operation.open(self.account())?.detail(EXPIRED_BEFORE);
        Ok(before.is_some_and(|before| before != end(wire)))
    }

    /// While a job of the server is at work, that nothing is listed does not mean that there will be nothing.
    async fn not_there_yet(&self, server: &str, missing: Error) -> Result<OperationStatus> {
        match self.job_at_work(server).await? {
            Some(why) => Ok(OperationStatus::running(why)),
            None => Err(missing),
        }
    }

    /// Looks for the snapshot of a create whose answer was lost: a new id, of this disk, of the time of the create.
    /// While the latest job of the server is not at its end it may be the create, and nothing is not nothing.
    pub(crate) async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        let (server, _) = convert::server_and_disk(&fingerprint.source, self.account())?;
        let listed = self.api.list_snapshots(server).await?;
        match self.told_apart(fingerprint, &listed).await? {
            CreateLookup::Absent => {
                Ok(self.job_at_work(server).await?.map_or(CreateLookup::Absent, CreateLookup::Pending))
            }
            lookup => Ok(lookup),
        }
    }

    /// Looks whether a delete whose answer was lost was done.
    pub(crate) async fn find_deleted(&self, snapshot: &SnapshotRef) -> Result<Lookup<Operation>> {
        self.find_change(snapshot, |listed| {
            let is_gone = listed.is_none();
            is_gone.then(|| Operation::new(self.account(), OperationKind::Delete).with_snapshot(snapshot.clone()))
        })
        .await
    }

    /// Looks whether a change of the lifetime whose answer was lost was done: the end is another than before.
    pub(crate) async fn find_updated(
        &self,
        snapshot: &SnapshotRef,
        before: &ServerSnapshot,
    ) -> Result<Lookup<Operation>> {
        self.find_change(snapshot, |listed| {
            let is_changed = listed.is_some_and(|wire| end(wire) != end(before));
            is_changed.then(|| self.of_update(snapshot, before, &Queued::default()))
        })
        .await
    }

    async fn find_change(
        &self,
        snapshot: &SnapshotRef,
        made: impl Fn(Option<&ServerSnapshot>) -> Option<Operation> + Send,
    ) -> Result<Lookup<Operation>> {
        let (server, id) = convert::server_and_id(snapshot, self.account())?;
        let listed = self.api.list_snapshots(server).await?.value;
        let wire = listed.iter().find(|wire| wire.id == id);
        let is_pending = wire.is_some_and(|wire| convert::state(wire) == SnapshotState::Pending);
        Ok(match made(wire) {
            Some(operation) => Lookup::Found(operation),
            None if is_pending => Lookup::Pending("a job is at work on the snapshot".to_owned()),
            None => Lookup::Absent,
        })
    }

    async fn told_apart(&self, fingerprint: &CreateFingerprint, listed: &[ServerSnapshot]) -> Result<CreateLookup> {
        let (server, _) = convert::server_and_disk(&fingerprint.source, self.account())?;
        let new: Vec<_> = listed.iter().filter(|wire| !fingerprint.known_ids.contains(&wire.id)).collect();
        if new.is_empty() {
            return Ok(CreateLookup::Absent);
        }
        let (disks, place) = (self.disks(server).await?, self.place(server));
        let of_disk = new.into_iter().map(|wire| place.snapshot(wire, &disks)).filter(|new| {
            // Only where its disk is known to be another it is none of this source.
            new.source.as_ref().is_none_or(|taken_of| *taken_of == fingerprint.source)
        });
        let follow = |snapshot: &Snapshot| {
            let operation = Operation::new(self.account(), OperationKind::Create);
            operation.with_source(fingerprint.source.clone()).with_snapshot(snapshot.reference())
        };
        Ok(CreateLookup::by_new_id(fingerprint, of_disk, follow))
    }

    async fn job_at_work(&self, server: &str) -> Result<Option<String>> {
        let last_job = match self.api.get_server_state(server).await {
            Ok(state) => state.value.last_job,
            Err(error) if error.kind() == ErrorKind::NotFound && error.is_definite() => None,
            Err(error) => return Err(error),
        };
        let at_work =
            last_job.filter(|job| job.state.is_some() && wire::job_state(job.state.as_deref()) == JobState::GoingOn);
        Ok(at_work.map(|job| {
            let id = job.id.unwrap_or_default();
            format!("job {id} of the server is not at its end, and may be the create")
        }))
    }

    /// The disks of a server. Where the server may not be looked at, none is known.
    pub(crate) async fn disks(&self, server: &str) -> Result<Vec<Partition>> {
        match self.api.get_server(server).await {
            Ok(server) => Ok(server.value.partitions),
            Err(error) if error::is_refusal(&error) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// There are lists only: one snapshot is looked for among its server's.
    pub(crate) async fn find(&self, snapshot: &SnapshotRef) -> Result<ServerSnapshot> {
        let (server, id) = convert::server_and_id(snapshot, self.account())?;
        let listed = self.api.list_snapshots(server).await?.value;
        listed.into_iter().find(|wire| wire.id == id).ok_or_else(|| not_listed(snapshot))
    }
}

fn end(wire: &ServerSnapshot) -> &str {
    wire.expires.as_deref().unwrap_or_default()
}

fn outcome(job: Job, id: &str, kind: &str) -> JobOutcome {
    match wire::job_state(job.state.as_deref()) {
        JobState::Completed => JobOutcome::Completed(duration(&job)),
        JobState::GoingOn => JobOutcome::GoingOn(job.state.unwrap_or_else(|| "no state".to_owned())),
        JobState::Failed => {
            let last_line = job.logs.into_iter().rev().find_map(|line| line.message);
            let words = job.message.or(last_line).unwrap_or_else(|| "the job failed".to_owned());
            let error = Error::answered(ErrorKind::OperationFailed, words);
            JobOutcome::Failed(error.with_advice(format!("job {id} of the type {kind}")))
        }
    }
}

/// From the queueing of a job to its end, two times of one clock.
fn duration(job: &Job) -> Option<Duration> {
    let time = |text: &Option<String>| text.as_deref()?.parse::<DateTime>().ok();
    Duration::try_from(time(&job.completed)?.duration_since(time(&job.created)?)).ok()
}

/// What was accepted is done between its send and the end of its job, or now where that end is not known.
fn sent_until(fingerprint: &CreateFingerprint, took: Option<Duration>) -> CreateFingerprint {
    let (mut sent, now) = (fingerprint.sent.unwrap_or_else(SendWindow::now), Timestamp::now());
    let end = sent.last.zip(took).and_then(|(last, took)| last.checked_add(took + UNTIL_QUEUED).ok());
    sent.last = Some(end.map_or(now, |end| end.min(now)));
    fingerprint.clone().with_sent(sent)
}

fn not_listed(snapshot: &SnapshotRef) -> Error {
    Error::answered(ErrorKind::NotFound, format!("the server lists no snapshot '{snapshot}'"))
        .with_advice("it may have ended: SiteHost's snapshots last a day at most, unless that was extended")
}

fn nothing_new() -> Error {
    Error::answered(ErrorKind::NotFound, "the server lists no new snapshot")
}

fn several(candidates: &[SnapshotRef]) -> Error {
    let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    let message = format!("new snapshots of which any could be this one: {}", candidates.join(", "));
    Error::answered(ErrorKind::OutcomeUnknown, message)
        .with_advice("something else creates snapshots of this disk too; look which of them is yours")
}
