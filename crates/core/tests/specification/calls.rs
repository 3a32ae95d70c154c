//! Restores, deletes and updates are awaited and started as creates are, and what outlives a call is told to its store.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::provider::Account;
use cloudsnap_core::{
    Ending, Error, ErrorKind, Finished, LockGuard, Operation, OperationKind, OperationStatus, ProcessState,
    RestoreSnapshot, Result, SnapshotProviderExt, SnapshotRef, SourceRef, StateStore, TagId, UpdateSnapshot,
};

use super::common::{ACCOUNT, Script, Scripted, absent, created, failing, lost, reference, refused, request, snapshot};

fn restore() -> RestoreSnapshot {
    RestoreSnapshot::new(reference("93")).with_target("scripted:web2".parse().unwrap())
}

fn update() -> UpdateSnapshot {
    UpdateSnapshot::new(reference("93")).with_name("weekly")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Each of the three, awaited with these bounds.
async fn each(provider: &Scripted, timeout: Duration) -> [Result<Finished>; 3] {
    [
        provider.restore(restore()).timeout(timeout).await,
        provider.delete(reference("93")).timeout(timeout).await,
        provider.update(update()).timeout(timeout).await,
    ]
}

#[tokio::test(start_paused = true)]
async fn each_call_is_started_and_followed_to_its_end() {
    let provider = Scripted::new();
    for ended in each(&provider, seconds(60)).await {
        let finished = ended.unwrap();
        assert_eq!((finished.confirmed, finished.snapshot), (true, Some(snapshot("93"))));
    }
    assert_eq!(
        provider.calls(),
        [
            "0 start_restore scripted:web1@93",
            "1000 poll 1",
            "1000 start_delete scripted:web1@93",
            "2000 poll 1",
            "2000 start_update scripted:web1@93",
            "3000 poll 1",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn each_call_can_be_started_without_waiting() {
    let provider = Scripted::new();
    let started = [
        provider.restore(restore()).start().await.unwrap(),
        provider.delete(reference("93")).start().await.unwrap(),
        provider.update(update()).start().await.unwrap(),
    ];
    assert_eq!(
        started.map(|started| started.operation.kind()),
        [OperationKind::Restore, OperationKind::Delete, OperationKind::Update]
    );
    assert_eq!(provider.count("poll"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_failed_or_takes_too_long_is_said_with_the_calls_name() {
    let provider = Scripted::new();
    provider.start_other.set((0..3).map(|_| refused(ErrorKind::Busy)));
    for (ended, name) in each(&provider, seconds(60)).await.into_iter().zip(["restore", "delete", "update"]) {
        let error = ended.unwrap_err();
        assert_eq!(error.to_string(), format!("scripted {name} at scripted.example: scripted busy [busy]"));
        assert_eq!(error.token(), None);
    }
    provider.poll.set((0..3).map(|_| Ok(OperationStatus::failed("no space"))));
    for ended in each(&provider, seconds(60)).await {
        assert_eq!(ended.unwrap_err().kind(), ErrorKind::OperationFailed);
    }
    let provider = Scripted { poll: Script::always(|| Ok(OperationStatus::running("BUSY"))), ..Scripted::new() };
    for ended in each(&provider, seconds(5)).await {
        let error = ended.unwrap_err();
        assert_eq!((error.kind(), error.token().is_some()), (ErrorKind::WaitTimeout, true));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_carries_a_token_even_where_the_provider_gave_none() {
    let provider = Scripted::new();
    provider.start_other.set([lost()]);
    let error = provider.restore(restore()).await.unwrap_err();
    let operation: Operation = error.token().unwrap().parse().unwrap();
    assert_eq!((operation.kind(), operation.snapshot()), (OperationKind::Restore, Some(&reference("93"))));
    assert_eq!(operation.source().map(ToString::to_string).as_deref(), Some("scripted:web2"));

    provider.start_other.set([lost::<Operation>().map_err(|error: Error| error.with_token("the provider's own"))]);
    assert_eq!(provider.delete(reference("93")).await.unwrap_err().token(), Some("the provider's own"));
}

/// Writes down what it is told, beside what it is asked for.
#[derive(Debug, Default)]
struct Noting {
    told: Mutex<Vec<String>>,
    refuses: Mutex<Option<&'static str>>,
    expects: Option<Duration>,
    within: ProcessState,
}

impl Noting {
    fn note(&self, what: &'static str, more: &str) -> Result<()> {
        self.told.lock().unwrap().push(format!("{what} {more}").trim().to_owned());
        if *self.refuses.lock().unwrap() == Some(what) { failing(ErrorKind::Config) } else { Ok(()) }
    }

    fn refusing(what: &'static str) -> Arc<Self> {
        Arc::new(Self { refuses: Mutex::new(Some(what)), ..Self::default() })
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

#[async_trait]
impl StateStore for Noting {
    async fn lock(&self, account: &Account, source: &SourceRef) -> Result<LockGuard> {
        self.note("lock", &source.to_string())?;
        self.within.lock(account, source).await
    }

    async fn sending(&self, operation: &Operation) -> Result<()> {
        let tag = operation.fingerprint().map(|_| " fingerprint").unwrap_or_default();
        self.note("sending", &format!("{}{tag}", operation.kind()))
    }

    async fn started(&self, sent: &Operation, operation: &Operation) -> Result<()> {
        assert_eq!(sent.kind(), operation.kind());
        self.note("started", operation.snapshot().map(ToString::to_string).as_deref().unwrap_or("-"))
    }

    async fn ended(&self, _: &Operation, ending: Ending<'_>) -> Result<()> {
        self.note(
            "ended",
            &match ending {
                Ending::Succeeded(snapshot) => snapshot.map_or_else(|| "well".to_owned(), ToString::to_string),
                _ => "failed".to_owned(),
            },
        )
    }

    async fn claim(&self, account: &Account, snapshot: &SnapshotRef, id: TagId) -> bool {
        let _ = self.note("claim", &snapshot.to_string());
        self.within.claim(account, snapshot, id).await
    }

    async fn claimed(&self, account: &Account, id: TagId) -> Vec<SnapshotRef> {
        self.within.claimed(account, id).await
    }

    async fn expected(&self, _: &Operation) -> Option<Duration> {
        self.expects
    }
}

async fn create(provider: &Scripted, store: &Arc<Noting>) -> Result<()> {
    let create = provider.create(request("scripted:web1")).with_state_store(Arc::clone(store) as Arc<dyn StateStore>);
    create.timeout(seconds(400)).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_create_is_noted_before_it_is_sent_when_it_is_answered_and_at_its_end() {
    let (provider, store) = (Scripted::new(), Arc::new(Noting::default()));
    create(&provider, &store).await.unwrap();
    assert_eq!(store.told(), ["sending create fingerprint", "started scripted:web1@93", "ended scripted:web1@93"]);

    let by_new_id = Scripted { start_create: Script::always(|| Ok(created("94"))), ..Scripted::by_new_id() };
    create(&by_new_id, &store).await.unwrap();
    assert_eq!(
        store.told()[..4],
        ["lock scripted:web1", "sending create fingerprint", "claim scripted:web1@94", "started scripted:web1@94"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_first_asks_shortly_before_the_end_that_the_store_expects() {
    let (provider, store) = (Scripted::new(), Noting { expects: Some(seconds(60)), ..Noting::default() });
    create(&provider, &Arc::new(store)).await.unwrap();
    assert_eq!(provider.times("poll"), [54_000]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_noted_as_an_end_and_an_unknown_outcome_or_a_deadline_is_not() {
    let (provider, store) = (Scripted::new(), Arc::new(Noting::default()));
    for failed in [refused(ErrorKind::Busy), failing(ErrorKind::Transport), failing(ErrorKind::InvalidInput)] {
        provider.start_create.set([failed]);
        create(&provider, &store).await.unwrap_err();
        assert_eq!(store.told(), ["sending create fingerprint", "ended failed"]);
    }
    provider.poll.set([Ok(OperationStatus::failed("no space"))]);
    create(&provider, &store).await.unwrap_err();
    assert_eq!(store.told().last().unwrap(), "ended failed");

    let unknown =
        Scripted { start_create: Script::always(lost), find_created: Script::always(absent), ..Scripted::new() };
    assert_eq!(create(&unknown, &store).await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(store.told(), ["sending create fingerprint"]);
    let endless = Scripted { poll: Script::always(|| Ok(OperationStatus::running("BUSY"))), ..Scripted::new() };
    assert_eq!(create(&endless, &store).await.unwrap_err().kind(), ErrorKind::WaitTimeout);
    assert_eq!(store.told(), ["sending create fingerprint", "started scripted:web1@93"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_noted_before_it_is_sent_is_not_sent_and_afterwards_it_goes_on() {
    for (refuses, calls) in [("lock", 1), ("sending", 2)] {
        let provider = Scripted::by_new_id();
        let error = create(&provider, &Noting::refusing(refuses)).await.unwrap_err();
        assert_eq!((error.kind(), provider.calls().len()), (ErrorKind::Config, calls), "{refuses}");
        assert_eq!(provider.count("start_create"), 0);
    }
    for refuses in ["started", "ended"] {
        create(&Scripted::new(), &Noting::refusing(refuses)).await.unwrap();
    }
    let (provider, store) = (Scripted::new(), Noting::refusing("sending"));
    let store: Arc<dyn StateStore> = store;
    provider.delete(reference("93")).with_state_store(store).await.unwrap_err();
    assert_eq!(provider.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_other_calls_are_noted_too_and_none_of_another_account() {
    let (provider, store) = (Scripted::new(), Arc::new(Noting::default()));
    let store_of = || Arc::clone(&store) as Arc<dyn StateStore>;
    provider.delete(reference("93")).with_state_store(store_of()).await.unwrap();
    assert_eq!(store.told(), ["sending delete", "started -", "ended scripted:web1@93"]);
    provider.wait(created("93")).with_state_store(store_of()).await.unwrap();
    assert_eq!(store.told(), ["ended scripted:web1@93"]);

    let calls = provider.calls().len();
    let foreign: SnapshotRef = "other:web1@93".parse().unwrap();
    let foreign_target = RestoreSnapshot::new(reference("93")).with_target("other:web1".parse().unwrap());
    for error in [
        provider.restore(RestoreSnapshot::new(foreign.clone())).with_state_store(store_of()).await.unwrap_err(),
        provider.restore(foreign_target).with_state_store(store_of()).await.unwrap_err(),
        provider.delete(foreign.clone()).with_state_store(store_of()).await.unwrap_err(),
        provider.update(UpdateSnapshot::new(foreign)).with_state_store(store_of()).await.unwrap_err(),
    ] {
        assert!(error.is_own_refusal() && error.message().contains("belongs to the account other"), "{error}");
    }
    assert_eq!((store.told(), provider.calls().len()), (vec![], calls), "nobody hears of it");
}

#[tokio::test(start_paused = true)]
async fn claims_of_one_process_hold_by_account_and_host_and_once_made_for_good() {
    let state = ProcessState::default();
    let id = || TagId::new(&request("scripted:web1").source, jiff::Timestamp::now()).unwrap();
    let (one, other) = (id(), id());
    let elsewhere = Account::new("scripted", "scripted", "elsewhere.example");
    assert!(state.claim(&ACCOUNT, &reference("1"), one).await);
    assert!(state.claim(&ACCOUNT, &reference("1"), one).await, "the same create again");
    assert!(!state.claim(&ACCOUNT, &reference("1"), other).await);
    assert!(state.claim(&elsewhere, &reference("1"), other).await, "at another host it is another snapshot");
    assert_eq!(state.claimed(&ACCOUNT, other).await, [reference("1")]);
    assert_eq!(state.claimed(&ACCOUNT, one).await, [], "its own is not another's");
    assert_eq!(state.claimed(&elsewhere, one).await, [reference("1")]);
}
