//! One successful call is exactly one snapshot, whatever the network does.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::{
    CreateIdentity, CreateOptions, CreateSnapshot, Created, Error, ErrorKind, Operation, OperationKind,
    OperationStatus, PollOptions, Result, SnapshotProvider, SnapshotProviderExt, Stage,
};
use tokio::time::{Instant, sleep, timeout};

use super::common::{Script, Scripted, failing, found, transient};

fn request(source: &str) -> CreateSnapshot {
    CreateSnapshot::new(source.parse().unwrap())
}

async fn create(provider: &Scripted) -> Result<Created> {
    provider.create(request("scripted:web1")).await
}

fn lost<T>() -> Result<T> {
    let error = Error::new(ErrorKind::OutcomeUnknown, "the connection broke before the answer came");
    Err(error.with_stage(Stage::MaybeSent).with_attempts(1))
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn a_create_is_checked_marked_sent_and_followed() {
    let provider = Scripted::new();
    let created = create(&provider).await.unwrap();
    assert_eq!((created.snapshot.id.as_str(), created.adopted), ("93", false));
    assert_eq!(provider.calls(), ["0 validate_create", "0 mark web1", "0 start_create web1", "500 poll"]);
}

#[tokio::test(start_paused = true)]
async fn starting_does_not_wait_for_the_snapshot() {
    let provider = Scripted::new();
    let started = provider.create(request("scripted:web1")).start().await.unwrap();
    assert_eq!((started.operation.get_detail("job"), started.adopted), (Some("7"), false));
    assert_eq!(provider.count("poll"), 0);
}

#[tokio::test(start_paused = true)]
async fn by_what_to_find_it_is_told_before_it_is_sent_and_holds_the_mark_that_is_sent() {
    let provider = Scripted::new();
    provider.start_create.set([lost(), lost()]);
    let told = std::sync::Mutex::new(Vec::new());
    let create = provider.create(request("scripted:web1")).on_sending(|operation| {
        provider.note("told");
        told.lock().unwrap().push(operation.clone());
    });
    create.await.unwrap();
    assert_eq!(provider.calls()[..4], ["0 validate_create", "0 mark web1", "0 told", "0 start_create web1"]);
    let told = told.into_inner().unwrap();
    assert_eq!((told.len(), told[0].create_mark().unwrap().source.to_string().as_str()), (1, "scripted:web1"));
    assert_eq!(told[0].to_string().parse::<Operation>().unwrap(), told[0]);
}

#[tokio::test(start_paused = true)]
async fn what_to_resume_is_told_before_the_wait() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::running("BUSY"))]);
    let create = provider.create(request("scripted:web1"));
    create
        .on_started(|started| provider.note(&format!("started {}", started.adopted)))
        .on_status(|status| provider.note(if status.is_ok() { "told" } else { "failed" }))
        .await
        .unwrap();
    assert_eq!(
        provider.calls()[2..],
        ["0 start_create web1", "0 started false", "500 poll", "500 told", "1000 poll", "1000 told"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_wrong_sends_nothing_at_all() {
    let provider = Scripted::new();
    provider.validate.set([failing(ErrorKind::InvalidInput)]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!(error.to_string(), "scripted create: scripted invalid_input [invalid_input]");
    assert_eq!(provider.calls(), ["0 validate_create"]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_not_awaited_sends_nothing_at_all() {
    let provider = Scripted::new();
    drop(provider.create(request("scripted:web1")));
    assert_eq!(provider.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_create_is_not_looked_for() {
    for kind in ErrorKind::ALL.into_iter().filter(|kind| *kind != ErrorKind::OutcomeUnknown) {
        let provider = Scripted::new();
        provider.start_create.set([failing(kind)]);
        assert_eq!(create(&provider).await.unwrap_err().kind(), kind);
        assert_eq!((provider.count("start_create"), provider.count("find_created")), (1, 0), "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_its_snapshot_adopted_after_a_single_send() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created.set([Ok(None), transient(), found("94")]);
    let created = create(&provider).await.unwrap();
    assert!(created.adopted);
    assert_eq!(created.operation.snapshot_ref().unwrap().id(), "94");
    assert_eq!(
        provider.calls()[2..],
        ["0 start_create web1", "0 find_created web1", "500 find_created web1", "1500 find_created web1", "2000 poll"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_stays_absent_until_the_provider_settled_is_created_anew() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    let created = create(&provider).await.unwrap();
    assert!(!created.adopted);
    assert_eq!(provider.times("start_create"), [0, 10_000]);
    assert_eq!(provider.times("find_created"), [0, 500, 1_500, 3_500, 7_500, 10_000]);
}

#[tokio::test(start_paused = true)]
async fn it_is_never_sent_again_before_a_look_that_could_see_it() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created.set((0..20).map(|_| transient()));
    create(&provider).await.unwrap();
    let (sends, looks) = (provider.times("start_create"), provider.times("find_created"));
    assert_eq!((sends.len(), looks.len()), (2, 21));
    assert_eq!(sends[1], looks[20], "the send follows the first look that was answered");
}

#[tokio::test(start_paused = true)]
async fn the_mark_is_made_once_and_holds_for_every_send() {
    let provider = Scripted::new();
    provider.start_create.set([lost(), lost(), lost()]);
    create(&provider).await.unwrap();
    assert_eq!((provider.count("mark"), provider.count("start_create")), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn the_sends_are_bounded_and_the_last_error_says_that_it_is_safe_to_try_again() {
    let mut provider = Scripted::new();
    provider.start_create = Script::always(lost);
    let create = provider.create(request("scripted:web1")).with(CreateOptions::default().sends(3).settle(seconds(2)));
    let error = create.await.unwrap_err();
    assert_eq!(provider.times("start_create"), [0, 2_000, 4_000]);
    assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Transport, true, 3));
    assert_eq!(error.resume(), None);
    assert!(error.to_string().contains("shows no such snapshot; it is safe to try again"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_kept_failing_ends_as_unavailable() {
    let mut provider = Scripted::new();
    provider.start_create =
        Script::always(|| Err(Error::new(ErrorKind::OutcomeUnknown, "bad gateway").with_status(502)));
    let error = create(&provider).await.unwrap_err();
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Unavailable, Some(502), 6));
}

#[tokio::test(start_paused = true)]
async fn looks_that_keep_failing_end_as_an_unknown_outcome_after_the_patience() {
    let mut provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created = Script::always(transient);
    let request = request("scripted:web1").name("nightly");
    let error = provider.create(request).with(CreateOptions::default().patience(seconds(60))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.stage(), error.is_retryable()),
        (ErrorKind::OutcomeUnknown, Stage::MaybeSent, false)
    );
    assert_eq!(provider.count("start_create"), 1);
    let last = *provider.times("find_created").last().unwrap();
    assert!((60_000..=65_000).contains(&last), "{last}");

    let resume = error.resume().unwrap();
    let mark = resume.create_mark().unwrap();
    assert_eq!((resume.kind(), resume.source_ref()), (OperationKind::Create, Some(&mark.source)));
    assert_eq!(resume.to_string().parse::<Operation>().unwrap(), *resume, "the token is good in another process");
    assert_eq!(
        error.to_string(),
        format!(
            "scripted create: the connection broke before the answer came; looking for the snapshot failed too: \
             scripted unavailable [outcome_unknown]; look for a snapshot of scripted:web1 named 'nightly' made after \
             {:.0} (mark {}), or wait on the operation's token, before creating again",
            mark.marked_at, mark.id
        )
    );
}

#[tokio::test(start_paused = true)]
async fn the_advice_of_an_unknown_outcome_is_one_line_whatever_the_name() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created.set([failing(ErrorKind::OutcomeUnknown)]);
    let error = provider.create(request("scripted:web1").name("a\nb\u{1b}[31m")).await.unwrap_err();
    let shown = error.to_string();
    assert!(shown.lines().count() == 1 && !shown.contains('\u{1b}'), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn without_patience_the_provider_is_still_not_hurried() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    let create = provider.create(request("scripted:web1")).with(CreateOptions::default().patience(Duration::ZERO));
    timeout(seconds(60), async { create.await }).await.expect("an end").unwrap();
    assert!(provider.count("find_created") <= 22, "{:?}", provider.times("find_created"));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_will_never_be_answered_is_not_repeated() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::OutcomeUnknown] {
        let provider = Scripted::new();
        provider.start_create.set([lost()]);
        provider.find_created.set([failing(kind)]);
        assert_eq!(create(&provider).await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
        assert_eq!((provider.count("find_created"), provider.count("start_create")), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_outcome_is_found_out_later_by_its_token() {
    let mut provider = Scripted::new();
    provider.start_create.set([lost()]);
    provider.find_created = Script::always(transient);
    let error = create(&provider).await.unwrap_err();
    provider.find_created = Script::always(|| found("94"));
    let finished = provider.wait(error.resume().unwrap().clone()).await.unwrap();
    assert!(finished.confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_after_an_unsure_send_is_our_own() {
    let provider = Scripted::new();
    provider.start_create.set([lost(), failing(ErrorKind::AlreadyExists)]);
    provider.find_created.set((0..6).map(|_| Ok(None)).chain([found("94")]));
    let created = create(&provider).await.unwrap();
    assert!(created.adopted);
    assert_eq!(provider.count("start_create"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_second_send_that_is_refused_for_any_reason_may_be_refused_because_of_the_first() {
    for kind in [ErrorKind::QuotaExceeded, ErrorKind::Busy, ErrorKind::AlreadyExists, ErrorKind::InvalidInput] {
        let provider = Scripted::new();
        provider.start_create.set([lost(), failing(kind)]);
        provider.find_created.set((0..6).map(|_| Ok(None)).chain([found("94")]));
        assert!(create(&provider).await.unwrap().adopted);

        let provider = Scripted::new();
        provider.start_create.set([lost(), failing(kind)]);
        assert_eq!(create(&provider).await.unwrap_err().kind(), kind);
        assert_eq!(provider.count("start_create"), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_by_another_after_an_unsure_send_is_an_error() {
    let provider = Scripted::new();
    provider.start_create.set([lost(), failing(ErrorKind::AlreadyExists)]);
    assert_eq!(create(&provider).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(provider.count("start_create"), 2);
}

/// The provider answered, and badly.
fn answered_badly(kind: ErrorKind) -> Result<()> {
    Err(Error::new(kind, "trouble").with_stage(Stage::Answered).with_attempts(4))
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_was_answered_badly_is_asked_for_again_a_few_times_before_anything_is_sent() {
    for kind in [ErrorKind::Decode, ErrorKind::Unavailable, ErrorKind::Transport, ErrorKind::Unexpected] {
        let provider = Scripted::new();
        provider.mark.set([answered_badly(kind), answered_badly(kind)]);
        create(&provider).await.unwrap();
        assert_eq!((provider.times("mark"), provider.count("start_create")), (vec![0, 500, 1_000], 1));

        let provider = Scripted::new();
        provider.mark.set((0..3).map(|_| answered_badly(kind)));
        assert_eq!(create(&provider).await.unwrap_err().kind(), kind);
        assert_eq!((provider.count("mark"), provider.count("start_create")), (3, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_mark_is_not_asked_for_again_where_nothing_answers_or_the_wait_for_a_turn_was_long_enough() {
    for error in [
        Error::new(ErrorKind::Transport, "no connection").with_stage(Stage::NotSent),
        Error::new(ErrorKind::RateLimited, "slow down").with_stage(Stage::Answered),
        Error::new(ErrorKind::PermissionDenied, "not you").with_stage(Stage::Answered),
    ] {
        let (kind, provider) = (error.kind(), Scripted::new());
        provider.mark.set([Err(error)]);
        assert_eq!(create(&provider).await.unwrap_err().kind(), kind);
        assert_eq!((provider.count("mark"), provider.count("start_create")), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_fails_sends_nothing() {
    let provider = Scripted::new();
    provider.mark.set([failing(ErrorKind::Unauthenticated)]);
    assert_eq!(create(&provider).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    assert_eq!((provider.count("mark"), provider.count("start_create")), (1, 0));
}

fn within(timeout: Duration) -> CreateOptions {
    CreateOptions::default().poll(PollOptions::default().timeout(timeout))
}

#[tokio::test(start_paused = true)]
async fn the_deadline_bounds_the_whole_create() {
    let mut provider = Scripted::new();
    provider.latency = seconds(4);
    provider.poll = Script::always(|| Ok(OperationStatus::running("BUSY")));
    let began = Instant::now();
    let error = provider.create(request("scripted:web1")).with(within(seconds(20))).await.unwrap_err();
    assert_eq!((began.elapsed().as_secs(), error.kind()), (20, ErrorKind::WaitTimeout));
    assert_eq!(error.resume().unwrap().get_detail("job"), Some("7"));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_before_the_provider_settled_is_an_unknown_outcome_not_a_second_send() {
    let provider = Scripted::new();
    provider.start_create.set([lost()]);
    let began = Instant::now();
    let error = provider.create(request("scripted:web1")).with(within(seconds(5))).await.unwrap_err();
    assert!(began.elapsed() <= seconds(5));
    assert_eq!((error.kind(), provider.count("start_create")), (ErrorKind::OutcomeUnknown, 1));
    assert!(error.resume().is_some());
    assert!(error.to_string().contains("there is no time left for the provider to show whether"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_failed_is_an_error() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::failed("no space"))]);
    assert_eq!(create(&provider).await.unwrap_err().kind(), ErrorKind::OperationFailed);
}

#[tokio::test(start_paused = true)]
async fn a_finished_create_without_a_snapshot_is_an_error_that_can_be_resumed() {
    let provider = Scripted::new();
    provider.poll.set([Ok(OperationStatus::succeeded(None))]);
    let error = create(&provider).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.resume().is_some());
}

/// A job of which the provider does not say yet which snapshot it makes.
fn job() -> Result<Operation> {
    Ok(Operation::new("scripted", "scripted", OperationKind::Create).detail("job", "7"))
}

/// Two creates of the sources at one provider, side by side; the calls they made.
async fn side_by_side(mut provider: Scripted, sources: [&str; 2]) -> Vec<String> {
    provider.latency = seconds(1);
    provider.start_create = Script::always(job);
    let (a, b) = tokio::join!(provider.create(request(sources[0])), provider.create(request(sources[1])));
    a.unwrap();
    b.unwrap();
    provider.calls()
}

fn position(calls: &[String], call: &str, nth: usize) -> usize {
    calls.iter().enumerate().filter(|(_, line)| line.contains(call)).nth(nth).unwrap().0
}

#[tokio::test(start_paused = true)]
async fn where_only_new_ids_tell_creates_of_one_server_take_turns_until_the_id_is_known() {
    let provider = Scripted { identity: CreateIdentity::NewId, ..Scripted::new() };
    let calls = side_by_side(provider, ["scripted:turn-1/vda", "scripted:turn-1/vdb"]).await;
    assert!(position(&calls, "poll", 0) < position(&calls, "mark", 1), "{calls:#?}");
}

#[tokio::test(start_paused = true)]
async fn where_only_new_ids_tell_creates_of_different_servers_run_side_by_side() {
    let provider = Scripted { identity: CreateIdentity::NewId, ..Scripted::new() };
    let calls = side_by_side(provider, ["scripted:turn-2", "scripted:turn-3"]).await;
    assert!(position(&calls, "mark", 1) < position(&calls, "start_create", 0), "{calls:#?}");
}

#[tokio::test(start_paused = true)]
async fn where_a_marker_tells_creates_of_one_source_run_side_by_side() {
    let calls = side_by_side(Scripted::new(), ["scripted:turn-4", "scripted:turn-4"]).await;
    assert!(position(&calls, "mark", 1) < position(&calls, "start_create", 0), "{calls:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_turn_ends_as_soon_as_the_id_is_known() {
    let provider = Scripted { identity: CreateIdentity::NewId, latency: seconds(1), ..Scripted::new() };
    let create = || async { provider.create(request("scripted:turn-5")).await };
    let (a, b) = tokio::join!(create(), create());
    a.unwrap();
    b.unwrap();
    let calls = provider.calls();
    assert!(position(&calls, "start_create", 0) < position(&calls, "mark", 1), "{calls:#?}");
    assert!(position(&calls, "mark", 1) < position(&calls, "poll", 0) + 2, "{calls:#?}");
    assert_eq!(provider.times("mark"), [0, 2_000]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_dropped_gives_its_turn_back() {
    let provider = Arc::new(Scripted {
        identity: CreateIdentity::NewId,
        latency: seconds(5),
        start_create: Script::always(job),
        ..Scripted::new()
    });
    let create = || async { provider.create(request("scripted:turn-6")).await };
    assert!(timeout(seconds(7), create()).await.is_err(), "it is cut off while it is sent");
    let began = Instant::now();
    create().await.unwrap();
    assert!(began.elapsed() < seconds(20));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_fails_gives_its_turn_back() {
    let provider = Scripted { identity: CreateIdentity::NewId, ..Scripted::new() };
    provider.start_create.set([failing(ErrorKind::Busy), job(), job()]);
    provider.poll.set([Ok(OperationStatus::failed("no space"))]);
    let create = || async { provider.create(request("scripted:turn-7")).await };
    assert_eq!(create().await.unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(create().await.unwrap_err().kind(), ErrorKind::OperationFailed);
    timeout(seconds(10), create()).await.expect("the turn is free").unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_create_that_waits_for_its_turn_can_be_dropped_without_harm() {
    let provider = Scripted { identity: CreateIdentity::NewId, latency: seconds(10), ..Scripted::new() };
    let create = || async { provider.create(request("scripted:turn-8")).await };
    let impatient = async {
        sleep(seconds(1)).await;
        timeout(seconds(1), create()).await.is_err()
    };
    let (first, gave_up) = tokio::join!(create(), impatient);
    assert!(gave_up && first.is_ok());
    create().await.unwrap();
    assert_eq!(provider.count("start_create"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_create_works_through_any_kind_of_pointer() {
    let boxed: Box<dyn SnapshotProvider> = Box::new(Scripted::new());
    assert!(!boxed.create(request("scripted:web1")).await.unwrap().adopted);
    let shared: Arc<dyn SnapshotProvider> = Arc::new(Scripted::new());
    assert!(!shared.create(request("scripted:web1")).await.unwrap().adopted);
}
