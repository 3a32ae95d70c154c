//! One successful call is exactly one snapshot, whatever the network does. How a lost answer is made good is in `once`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudsnap_core::provider::{CreateFingerprint, CreateLookup, SendWindow};
use cloudsnap_core::{
    CreateIdentity, Created, Error, ErrorKind, LookupOptions, Operation, OperationKind, OperationStatus, PollOptions,
    ProcessState, Progress, ProgressEvent, Result, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotState,
    Stage, StateStore, TagId,
};
use tokio::time::Instant;

use super::common::{
    ACCOUNT, Script, Scripted, absent, failing, found, job, lost, reference, refused, request, snapshot, transient,
};

async fn create(provider: &Scripted) -> Result<Created> {
    provider.create(request("scripted:web1")).await
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Writes down what happens.
fn told(provider: &Scripted) -> impl FnMut(ProgressEvent<'_>) + Send {
    |event| match event {
        ProgressEvent::Sending(_) => provider.note("told sending"),
        ProgressEvent::Started(_) => provider.note("told started"),
        ProgressEvent::Polled(Ok(_)) => provider.note("told polled"),
        ProgressEvent::Polled(Err(error)) => provider.note(&format!("told {}", error.kind())),
        ProgressEvent::DuplicateDeleted(other) => provider.note(&format!("told deleted {other}")),
        _ => provider.note("told more"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_is_checked_fingerprinted_sent_and_followed_and_each_step_is_told() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::running("BUSY")), transient()]);
    let created = provider.create(request("scripted:web1")).on_progress(told(&provider)).await.unwrap();
    assert_eq!((created.snapshot.id.as_str(), created.adopted, created.duplicates), ("93", false, vec![]));
    assert_eq!(
        provider.calls(),
        [
            "0 validate_create",
            "0 fingerprint",
            "0 told sending",
            "0 start_create",
            "0 told started",
            "1000 poll 1",
            "1000 told polled",
            "2000 poll 1",
            "2000 told unavailable",
            "3000 poll 1",
            "3000 told polled"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn starting_does_not_wait_for_the_snapshot() {
    let provider = Scripted::new();
    let started = provider.create(request("scripted:web1")).start().await.unwrap();
    assert_eq!((started.operation.snapshot(), started.adopted), (Some(&reference("93")), false));
    assert!(started.operation.fingerprint().is_some(), "it can be found again where it cannot be followed");
    assert_eq!(provider.count("poll"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_wrong_or_of_another_account_or_not_awaited_sends_nothing_at_all() {
    let provider = Scripted::new();
    provider.validate.set([failing(ErrorKind::InvalidInput)]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!(error.to_string(), "scripted create: scripted invalid_input [invalid_input]");
    assert_eq!(provider.calls(), ["0 validate_create"]);

    let error = provider.create(request("other:web1")).await.unwrap_err();
    assert!(error.is_own_refusal() && error.to_string().contains("belongs to the account other"), "{error}");
    drop(provider.create(request("scripted:web1")));
    assert_eq!(provider.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_not_looked_for() {
    let provider = Scripted::new();
    provider.start_create.set([refused(ErrorKind::QuotaExceeded)]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!((error.kind(), error.token()), (ErrorKind::QuotaExceeded, None));
    assert_eq!((provider.count("start_create"), provider.count("find_created")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_its_snapshot_adopted_after_a_single_send() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created.set([absent(), found(["94"])]);
    let created = create(&provider).await.unwrap();
    assert!(created.adopted && created.duplicates.is_empty());
    assert_eq!(created.snapshot.reference(), reference("94"));
    assert_eq!(provider.calls()[2..], ["0 start_create", "0 find_created", "500 find_created", "1500 poll 1"]);
}

#[tokio::test(start_paused = true)]
async fn the_fingerprint_is_taken_once_and_each_look_knows_when_it_was_sent() {
    let windows: Arc<Mutex<Vec<(TagId, SendWindow)>>> = Arc::default();
    let seen = Arc::clone(&windows);
    let provider = Scripted {
        find_created: Script::by(move |fingerprint: &CreateFingerprint| {
            seen.lock().unwrap().push((fingerprint.id, fingerprint.sent.unwrap()));
            absent()
        }),
        ..Scripted::new()
    };
    provider.start_create.set([lost(), lost()]);
    let created = create(&provider).await.unwrap();
    assert_eq!((provider.count("fingerprint"), provider.count("start_create")), (1, 3));
    let (windows, id) = (windows.lock().unwrap(), created.operation.fingerprint().unwrap().id);
    assert!(windows.iter().all(|(of, sent)| *of == id && sent.first == windows[0].1.first && sent.last.is_some()));
    assert!(windows.last().unwrap().1.last > windows[0].1.last, "a later send widens it");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_says_what_to_look_for_and_carries_the_token_that_finds_it_later() {
    let mut provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created = Script::always(transient);
    let request = request("scripted:web1").with_name("nightly\n\u{1b}[31m");
    let options = LookupOptions::default().with_lookup_timeout(seconds(60));
    let error = provider.create(request).with_lookup_options(options).await.unwrap_err();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::OutcomeUnknown, Stage::MaybeSent));
    let operation: Operation = error.token().unwrap().parse().unwrap();
    let fingerprint = operation.fingerprint().unwrap();
    assert!(operation.is_unconfirmed() && fingerprint.sent.unwrap().last.is_some());
    assert_eq!(
        error.to_string(),
        format!(
            "scripted create at scripted.example: the connection broke before the answer came; looking for it failed: \
             scripted unavailable [outcome_unknown]; look for a snapshot of scripted:web1 named 'nightly \\u{{1b}}[31m' \
             made after {:.0} (id {}), or wait on the operation's token, before creating again",
            fingerprint.taken_at, fingerprint.id
        )
    );
    provider.find_created = Script::always(|| found(["94"]));
    assert_eq!(provider.wait(operation).await.unwrap().snapshot.unwrap().id, "94");
}

#[tokio::test(start_paused = true)]
async fn candidates_that_could_be_something_else_are_named_and_never_taken() {
    let provider = Scripted {
        start_create: Script::always(lost),
        find_created: Script::always(|| Ok(CreateLookup::Ambiguous(vec![reference("94"), reference("95")]))),
        ..Scripted::new()
    };
    let error = create(&provider).await.unwrap_err();
    assert_eq!((error.kind(), provider.count("start_create")), (ErrorKind::OutcomeUnknown, 1));
    let candidates = "new snapshots of which any could be this one: scripted:web1@94, scripted:web1@95";
    assert!(error.message().ends_with(candidates), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_fingerprint_that_was_answered_badly_is_asked_for_again_a_few_times_before_anything_is_sent() {
    use ErrorKind::{Decode, PermissionDenied, RateLimited, Transport, Unavailable, Unexpected};
    let answered = |kind| Err(Error::answered(kind, "trouble").with_attempts(4));
    for kind in [Decode, Unavailable, Transport, Unexpected] {
        let provider = Scripted::new();
        provider.fingerprint.set([answered(kind), answered(kind)]);
        create(&provider).await.unwrap();
        assert_eq!((provider.times("fingerprint"), provider.count("start_create")), (vec![0, 500, 1_000], 1));

        let provider = Scripted::new();
        provider.fingerprint.set((0..3).map(|_| answered(kind)));
        assert_eq!(create(&provider).await.unwrap_err().kind(), kind);
        assert_eq!((provider.count("fingerprint"), provider.count("start_create")), (3, 0));
    }
    // Not where nothing answers at all, the wait for a turn was long enough, or another time changes nothing.
    for failed in [failing(Transport), answered(RateLimited), answered(PermissionDenied)] {
        let provider = Scripted::new();
        provider.fingerprint.set([failed]);
        create(&provider).await.unwrap_err();
        assert_eq!((provider.count("fingerprint"), provider.count("start_create")), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_bounds_the_whole_create() {
    let provider = Scripted {
        latency: seconds(4),
        poll: Script::always(|| Ok(OperationStatus::running("BUSY"))),
        ..Scripted::new()
    };
    let began = Instant::now();
    let error = provider.create(request("scripted:web1")).timeout(seconds(20)).await.unwrap_err();
    assert_eq!((began.elapsed().as_secs(), error.kind()), (20, ErrorKind::WaitTimeout));
    assert_eq!(
        (error.token().unwrap().parse::<Operation>().unwrap().snapshot(), error.snapshot()),
        (Some(&reference("93")), Some("scripted:web1@93"))
    );
    assert!(error.message().starts_with("not finished after 20 s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_while_the_provider_settles_is_an_unknown_outcome_and_no_second_send() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    let began = Instant::now();
    let error = provider.create(request("scripted:web1")).timeout(seconds(5)).await.unwrap_err();
    assert!(began.elapsed() <= seconds(5));
    assert_eq!((error.kind(), provider.count("start_create")), (ErrorKind::OutcomeUnknown, 1));
    assert!(error.token().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_failed_is_an_error_that_names_it() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::failed("no space"))]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!((error.kind(), error.snapshot()), (ErrorKind::OperationFailed, Some("scripted:web1@93")));
    assert_eq!(error.to_string(), "scripted create: no space [operation_failed]");
}

#[tokio::test(start_paused = true)]
async fn a_finished_create_that_names_no_snapshot_is_no_success() {
    let provider = Scripted::new();
    provider.start_create.set([Ok(job().with_progress(Progress::Finished))]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!((error.kind(), error.is_definite()), (ErrorKind::OutcomeUnknown, false));
    assert!(error.token().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_create_works_through_any_kind_of_pointer() {
    let boxed: Box<dyn SnapshotProvider> = Box::new(Scripted::new());
    assert!(!boxed.create(request("scripted:web1")).await.unwrap().adopted);
    let shared: Arc<dyn SnapshotProvider> = Arc::new(Scripted::new());
    assert!(!shared.create(request("scripted:web1")).await.unwrap().adopted);
}

/// Sent twice: the first answer was lost, the second names 93. Looks show nothing before the second send, and then these.
fn sent_twice(after: impl IntoIterator<Item = Result<CreateLookup>>) -> Scripted {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created.set((0..6).map(|_| absent()).chain(after));
    provider
}

fn every_two_seconds() -> PollOptions {
    PollOptions::default().with_pauses(seconds(2), seconds(2))
}

/// The calls, and what was told, after the second send and the end of what was created.
async fn after_the_end(provider: &Scripted) -> (Created, Vec<String>) {
    let create = provider.create(request("scripted:web1")).with_poll_options(every_two_seconds());
    let created = create.on_progress(told(provider)).await.unwrap();
    assert_eq!((created.snapshot.id.as_str(), created.adopted), ("93", false));
    let calls = provider.calls().into_iter().skip_while(|line| !line.ends_with("told polled")).skip(1);
    (created, calls.collect())
}

#[tokio::test(start_paused = true)]
async fn after_a_second_send_twins_are_looked_for_at_the_end_and_once_more_when_the_provider_has_settled() {
    let provider = sent_twice([found(["93"]), found(["93"])]);
    let (created, calls) = after_the_end(&provider).await;
    assert_eq!(created.duplicates, []);
    assert_eq!(calls.len(), 2);
    let looks = provider.times("find_created");
    assert_eq!(looks[6], 12_000, "the end");
    assert!((20_000..=22_000).contains(&looks[7]), "{looks:?}");
}

/// Nothing of what other tests have claimed.
fn apart() -> Arc<dyn StateStore> {
    Arc::new(ProcessState::default())
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_create_that_was_sent_twice_tells_of_the_twin_too() {
    let provider = Scripted { identity: CreateIdentity::NewId, ..sent_twice([]) };
    let create = provider.create(request("scripted:web1")).with_state_store(apart());
    let started = create.start().await.unwrap();
    let elsewhere = Scripted { identity: CreateIdentity::NewId, ..Scripted::new() };
    elsewhere.find_created.set([found(["94", "93"]), found(["94", "93"])]);
    let token: Operation = started.operation.to_string().parse().unwrap();
    let finished = elsewhere.wait(token).with_state_store(apart()).await.unwrap();
    assert_eq!((finished.snapshot.unwrap().id.as_str(), finished.duplicates), ("93", vec![reference("94")]));
}

#[tokio::test(start_paused = true)]
async fn that_one_send_failed_proves_nothing_where_another_was_lost() {
    let failed = || [Ok(OperationStatus::failed("no space"))];
    let provider = sent_twice([absent()]);
    provider.poll.set(failed());
    let error = create(&provider).await.unwrap_err();
    assert!(error.kind() == ErrorKind::OutcomeUnknown && error.token().is_some(), "{error}");

    let provider = sent_twice([found(["94"])]);
    provider.poll.set(failed());
    assert_eq!(create(&provider).await.unwrap().snapshot.id, "94");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_names_what_was_there_before_is_no_answer() {
    let provider = Scripted { identity: CreateIdentity::NewId, ..Scripted::new() };
    let known = CreateFingerprint::new(&ACCOUNT, &request("scripted:web1")).unwrap();
    provider.fingerprint.set([Ok(known.with_known(["93".to_owned()], None))]);
    provider.find_created.set([found(["94"])]);
    let create = provider.create(request("scripted:web1")).with_state_store(apart());
    let created = create.await.unwrap();
    assert_eq!((created.snapshot.id.as_str(), created.adopted), ("94", true));
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_answers_with_another_snapshot_is_no_end() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::succeeded(Some(snapshot("80"))))]);
    assert_eq!(create(&provider).await.unwrap().snapshot.id, "93");
    assert_eq!(provider.count("poll"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_twin_is_deleted_where_its_tag_proves_it_ours_once_it_is_finished() {
    let provider = sent_twice([found(["94", "93"]), found(["93"])]);
    provider.get_snapshot.set([Ok(pending("94")), Ok(pending("94"))]);
    let (created, calls) = after_the_end(&provider).await;
    assert_eq!(created.duplicates, []);
    assert_eq!(
        calls[..7],
        [
            "12000 find_created",
            "12000 get_snapshot scripted:web1@94",
            "14000 get_snapshot scripted:web1@94",
            "16000 get_snapshot scripted:web1@94",
            "16000 start_delete scripted:web1@94",
            "18000 poll 1",
            "18000 told deleted scripted:web1@94",
        ]
    );
    assert_eq!(provider.count("start_delete"), 1);
}

fn pending(id: &str) -> Snapshot {
    let mut snapshot = snapshot(id);
    snapshot.state = SnapshotState::Pending;
    snapshot
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_is_never_taken_for_its_own_twin_wherever_it_is_filed() {
    let provider = sent_twice([found(["93"]), found(["93"])]);
    let filed_elsewhere =
        || Operation::new(&ACCOUNT, OperationKind::Create).with_snapshot("scripted:@93".parse().unwrap());
    provider.start_create.set([Ok(filed_elsewhere())]);
    let (created, _) = after_the_end(&provider).await;
    assert_eq!((created.duplicates, provider.count("start_delete")), (vec![], 0));
}

#[tokio::test(start_paused = true)]
async fn a_twin_that_shows_late_or_is_deleted_at_the_second_try_only_is_gone_at_the_end() {
    let late = sent_twice([found(["93"]), found(["93", "94"])]);
    let (created, calls) = after_the_end(&late).await;
    assert_eq!((created.duplicates, late.count("start_delete")), (vec![], 1));
    assert!(calls.last().unwrap().ends_with("told deleted scripted:web1@94"));

    let tried_twice = sent_twice([found(["93", "94"]), found(["93", "94"])]);
    tried_twice.start_other.set([refused(ErrorKind::Busy)]);
    let (created, _) = after_the_end(&tried_twice).await;
    assert_eq!((created.duplicates, tried_twice.count("start_delete")), (vec![], 2));
}

#[tokio::test(start_paused = true)]
async fn twins_that_cannot_be_deleted_are_said() {
    let twins = || sent_twice([found(["93", "94"]), found(["93", "94"])]);
    let (refusing, without_delete) = (twins(), Scripted { deletes: false, ..twins() });
    refusing.start_other.set([refused(ErrorKind::Busy), refused(ErrorKind::Busy)]);
    for provider in [refusing, without_delete] {
        let (created, _) = after_the_end(&provider).await;
        assert_eq!(created.duplicates, [reference("94")]);
        assert_eq!(provider.count("told deleted"), 0);
    }
    // A new id proves less than a tag: nothing is deleted by it.
    let ambiguous = || Ok(CreateLookup::Ambiguous(vec![reference("94"), reference("93")]));
    let by_new_id = Scripted { identity: CreateIdentity::NewId, ..sent_twice([ambiguous(), ambiguous()]) };
    let (created, _) = after_the_end(&by_new_id).await;
    assert_eq!((created.duplicates, by_new_id.count("start_delete")), (vec![reference("94")], 0));
}

#[tokio::test(start_paused = true)]
async fn a_twin_that_was_first_seen_and_then_cannot_be_looked_for_is_still_said() {
    let provider = Scripted { deletes: false, ..sent_twice([found(["93", "94"]), transient()]) };
    assert_eq!(after_the_end(&provider).await.0.duplicates, [reference("94")]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_only_started_says_the_twins_that_show_and_deletes_none() {
    let start = async |provider: Scripted| {
        let started = provider.create(request("scripted:web1")).start().await.unwrap();
        assert_eq!(provider.count("start_delete"), 0);
        started.duplicates
    };
    assert_eq!(start(sent_twice([found(["93", "94"])])).await, [reference("94")]);
    // Where the provider has not said yet which is its own, one is, and of several each may be.
    let unnamed = |after| {
        let provider = sent_twice([after]);
        provider.start_create.set([Ok(job())]);
        provider
    };
    assert_eq!(start(unnamed(found(["93"]))).await, []);
    assert_eq!(start(unnamed(found(["93", "94"]))).await, [reference("93"), reference("94")]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_sent_once_is_looked_for_no_further() {
    let provider = Scripted::new();
    create(&provider).await.unwrap();
    provider.start_create.set([lost()]);
    provider.find_created.set([found(["94"])]);
    create(&provider).await.unwrap();
    assert_eq!(provider.count("find_created"), 1);
}
