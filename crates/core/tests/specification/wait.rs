//! A wait survives trouble on the way, ends when the operation ends, and never calls a failed one a success, nor one
//! that it lost sight of a failure.

use std::sync::Mutex;
use std::time::Duration;

use cloudsnap_core::provider::{Account, CreateFingerprint, CreateLookup, SendWindow};
use cloudsnap_core::{
    Error, ErrorKind, Finished, Operation, OperationKind, OperationStatus, PollOptions, Progress, ProgressEvent,
    Result, Scope, SnapshotProviderExt, Stage,
};
use jiff::Timestamp;
use proptest::prelude::*;
use tokio::time::Instant;

use super::common::{
    ACCOUNT, Script, Scripted, absent, created, failing, fingerprint, found, job, reference, refused, snapshot,
    transient,
};

fn running(state: &str) -> Result<OperationStatus> {
    Ok(OperationStatus::running(state))
}

fn not_found() -> Result<OperationStatus> {
    refused(ErrorKind::NotFound)
}

/// A create that is under way, and can be found where it cannot be followed.
fn going_on() -> Operation {
    job().with_fingerprint(fingerprint())
}

fn unconfirmed() -> Operation {
    Operation::unconfirmed(&ACCOUNT, fingerprint())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A pause of one second, whatever the age.
fn every_second() -> PollOptions {
    PollOptions::default().with_pauses(seconds(1), seconds(1))
}

async fn waited(provider: &Scripted, operation: Operation) -> Result<Finished> {
    provider.wait(operation).with_poll_options(every_second()).await
}

/// The error of a wait that lost sight of what it followed: nobody can tell, and the token waits on.
async fn lost_sight(provider: &Scripted, operation: Operation) -> Error {
    let error = waited(provider, operation.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.token()), (ErrorKind::OutcomeUnknown, Some(operation.to_string().as_str())));
    assert!(error.may_have_acted() && !error.is_retryable());
    error
}

#[tokio::test(start_paused = true)]
async fn the_first_poll_of_what_something_else_began_comes_at_once() {
    let provider = Scripted::new();
    let finished = provider.wait(created("93")).await.unwrap();
    assert_eq!((finished.snapshot.unwrap().reference(), finished.confirmed), (reference("93"), true));
    assert_eq!((finished.operation, provider.calls()), (created("93"), vec!["0 poll 1".to_owned()]));
}

/// How long after its end the end of an operation that takes so long is seen, and when it was polled for.
async fn lateness(takes: Duration, options: PollOptions) -> (Duration, Vec<u64>) {
    let began = Instant::now();
    let end = move || if began.elapsed() < takes { running("BUSY") } else { Ok(OperationStatus::succeeded(None)) };
    let provider = Scripted { poll: Script::always(end), ..Scripted::new() };
    provider.wait(job()).timeout(Duration::MAX).with_poll_options(options).await.unwrap();
    (began.elapsed().saturating_sub(takes), provider.times("poll"))
}

#[tokio::test(start_paused = true)]
async fn an_end_is_seen_soon_in_relation_to_the_age_and_without_hurry() {
    for tenths in (1..300).chain((300..20_000).step_by(97)) {
        let takes = Duration::from_millis(tenths * 100);
        let (late, polls) = lateness(takes, PollOptions::default()).await;
        assert!(late <= takes.mul_f64(0.12).max(Duration::from_millis(1_200)), "{late:?} after {takes:?}");
        assert!(polls.windows(2).all(|two| two[1] - two[0] >= 1_000), "{polls:?}");
    }
    let (_, polls) = lateness(seconds(3_600), PollOptions::default()).await;
    assert!(polls.len() < 170, "{} polls an hour", polls.len());
    assert!(polls.windows(2).all(|two| two[1] - two[0] <= 30_001), "the longest pause");
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_which_it_is_known_how_long_it_takes_is_first_asked_for_shortly_before() {
    let provider = Scripted::new();
    let expecting = every_second().with_expected(Some(seconds(60)));
    provider.create(super::common::request("scripted:web1")).with_poll_options(expecting).await.unwrap();
    assert_eq!(provider.times("poll"), [54_000]);
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_too_long() {
    let longest = PollOptions::default().with_pauses(Duration::MAX, Duration::MAX).with_expected(Some(Duration::MAX));
    let provider = Scripted::new();
    provider.poll.set([running("BUSY")]);
    for operation in [job(), unconfirmed()] {
        let error = provider.wait(operation).with_poll_options(longest.clone()).timeout(seconds(60)).await.unwrap_err();
        assert!([ErrorKind::WaitTimeout, ErrorKind::OutcomeUnknown].contains(&error.kind()));
    }
    let create = provider.create(super::common::request("scripted:web1")).with_poll_options(longest);
    assert_eq!(create.timeout(seconds(60)).await.unwrap_err().kind(), ErrorKind::WaitTimeout);
}

#[tokio::test(start_paused = true)]
async fn trouble_on_the_way_does_not_end_a_wait() {
    use ErrorKind::{Busy, Decode, RateLimited, Transport, Unavailable, Unexpected};
    let provider = Scripted::new();
    provider.poll.set([Transport, Unavailable, RateLimited, Busy, Decode, Unexpected].map(failing));
    provider.poll.set((0..100).map(|_| running("FROBNICATING")));
    assert!(waited(&provider, job()).await.unwrap().confirmed);
    assert_eq!(provider.count("poll"), 107);
}

#[tokio::test(start_paused = true)]
async fn not_found_means_not_yet_for_a_while_after_the_last_good_answer() {
    let provider = Scripted::new();
    let outages = (0..3).flat_map(|_| (0..29).map(|_| not_found()).chain([running("BUSY")]));
    provider.poll.set(outages);
    assert!(waited(&provider, going_on()).await.unwrap().confirmed);
    assert_eq!(provider.count("find_created"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_found_any_more_is_looked_for_elsewhere_and_followed_there() {
    let provider = Scripted { find_created: Script::always(|| found(["94"])), ..Scripted::new() };
    provider.poll.set((0..31).map(|_| not_found()));
    let finished = waited(&provider, going_on()).await.unwrap();
    assert_eq!((finished.snapshot.unwrap().id.as_str(), finished.operation.snapshot()), ("94", Some(&reference("94"))));
    assert_eq!((provider.times("find_created"), *provider.times("poll").last().unwrap()), (vec![30_000], 31_000));
}

#[tokio::test(start_paused = true)]
async fn an_accepted_create_that_is_found_nowhere_is_never_called_failed() {
    // Not there, not to be looked at, and only there where it was followed before.
    for looked in [absent, transient, || Ok(CreateLookup::Pending("a job".to_owned())), || found(["93"])] {
        let provider =
            Scripted { poll: Script::always(not_found), find_created: Script::always(looked), ..Scripted::new() };
        let error = lost_sight(&provider, created("93").with_fingerprint(fingerprint())).await;
        assert_eq!((provider.count("find_created"), error.snapshot()), (1, Some("scripted:web1@93")));
        assert!(error.message().starts_with("the create was accepted, and can no longer be followed: "), "{error}");
        assert_eq!(
            error.advice(),
            Some("look for the snapshot, or wait on the operation's token, before creating again")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_refused_for_good_ends_the_wait_and_says_by_what() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied, ErrorKind::QuotaExceeded] {
        let provider = Scripted::new();
        let wall =
            Error::answered(kind, "not you").with_attempts(1).with_status(Some(403)).with_code(Some("E7".to_owned()));
        provider.poll.set([running("BUSY"), Err(wall.with_request_id(Some("9d0e".to_owned())))]);
        let error = lost_sight(&provider, Operation::new(&ACCOUNT, OperationKind::Restore)).await;
        assert_eq!(
            error.to_string(),
            "scripted restore at scripted.example: the restore was accepted, and can no longer be followed: not you \
             [outcome_unknown, HTTP 403, code E7, request 9d0e]; look at the provider, or wait on the operation's token, \
             before trying again"
        );
        assert_eq!((error.stage(), provider.count("poll")), (Stage::Answered, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_code_of_the_providers_may_be_a_gateways_and_is_given_half_a_minute() {
    let page = || Err(Error::answered(ErrorKind::PermissionDenied, "403 Forbidden").with_attempts(1));
    let provider = Scripted::new();
    provider.poll.set([page(), running("BUSY"), page()]);
    waited(&provider, job()).await.unwrap();
    assert_eq!(provider.count("poll"), 4);

    let walled = Scripted { poll: Script::always(page), ..Scripted::new() };
    lost_sight(&walled, job()).await;
    assert_eq!(walled.times("poll").last(), Some(&30_000));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_on_this_machine_says_nothing_of_the_operation() {
    let provider = Scripted::new();
    provider.poll.set([failing(ErrorKind::InvalidInput)]);
    assert!(waited(&provider, job()).await.unwrap_err().is_own_refusal());
    for other in [Account::new("scripted", "home", "h"), Account::new("other", "scripted", "h")] {
        let error = waited(&provider, Operation::new(&other, OperationKind::Delete)).await.unwrap_err();
        assert!(error.is_own_refusal(), "{error}");
    }
    assert_eq!(provider.count("poll"), 1, "another account's operation is not asked for");
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_failed_is_an_error_in_the_providers_words_with_the_snapshot() {
    let provider = Scripted::new();
    provider.poll.set([running("BUSY"), Ok(OperationStatus::failed("disk is gone"))]);
    let error = waited(&provider, created("93")).await.unwrap_err();
    assert_eq!(error.to_string(), "scripted create: disk is gone [operation_failed]");
    assert_eq!((error.snapshot(), provider.count("poll")), (Some("scripted:web1@93"), 2));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_wait_with_the_last_state_and_the_token() {
    let provider = Scripted { poll: Script::always(|| running("BACKING_UP")), ..Scripted::new() };
    let began = Instant::now();
    let error = provider.wait(created("93")).timeout(seconds(90)).await.unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 90);
    assert_eq!((error.kind(), error.token()), (ErrorKind::WaitTimeout, Some(created("93").to_string().as_str())));
    assert_eq!(
        error.to_string(),
        "scripted create: not finished after 90 s (BACKING_UP) [wait_timeout]; \
         it goes on at the provider; wait on with the operation's token"
    );
    let error = Scope::new().with_timeout(seconds(5)).run(provider.wait(job()).into_future()).await.unwrap_err();
    assert!(error.message().starts_with("not finished after 5.0 s"), "the nearest deadline is said: {error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_does_not_outlast_the_deadline() {
    let provider = Scripted { latency: seconds(1_000_000), ..Scripted::new() };
    let began = Instant::now();
    let error = provider.wait(job()).timeout(seconds(5)).await.unwrap_err();
    assert_eq!((began.elapsed().as_secs(), error.kind()), (5, ErrorKind::WaitTimeout));
    assert!(error.message().contains("(no answer yet)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_trouble_says_what_the_last_poll_met() {
    let provider = Scripted { latency: Duration::from_millis(1), poll: Script::always(transient), ..Scripted::new() };
    let error = provider.wait(job()).timeout(seconds(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WaitTimeout);
    assert!(error.message().contains("(the last poll failed: scripted unavailable)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_have_no_time_at_all_and_no_end() {
    let provider = Scripted::new();
    assert!(provider.wait(job()).timeout(Duration::ZERO).await.unwrap().confirmed, "it asks once");
    provider.poll.set((0..1_000).map(|_| running("BUSY")));
    assert!(provider.wait(job()).timeout(Duration::MAX).await.unwrap().confirmed);
}

fn ask_again_in(pause: Duration) -> Result<OperationStatus> {
    Err(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Some(pause)))
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_the_provider_asks_for_is_kept_or_ends_the_wait_at_once_where_there_is_no_time() {
    let provider = Scripted::new();
    provider.poll.set([ask_again_in(seconds(42))]);
    provider.wait(job()).await.unwrap();
    assert_eq!(provider.times("poll"), [0, 42_000]);

    for asked in [seconds(3_600), Duration::MAX] {
        provider.poll.set([ask_again_in(asked)]);
        let began = Instant::now();
        let error = provider.wait(job()).timeout(seconds(90)).await.unwrap_err();
        assert_eq!((began.elapsed() < seconds(2), error.retry_after()), (true, Some(asked)));
        assert_eq!((error.kind(), error.token()), (ErrorKind::WaitTimeout, Some(job().to_string().as_str())));
        assert!(error.message().contains("lies past the deadline of 90 s"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_a_wait_sends_nothing() {
    let provider = Scripted { poll: Script::always(|| running("BUSY")), ..Scripted::new() };
    drop(provider.wait(job()));
    assert_eq!(provider.calls(), [""; 0]);
    let wait = async { provider.wait(job()).await };
    assert!(tokio::time::timeout(Duration::from_millis(1_800), wait).await.is_err());
    tokio::time::sleep(seconds(60)).await;
    assert_eq!(provider.times("poll"), [0, 1_000]);
}

#[tokio::test(start_paused = true)]
async fn what_the_first_answer_said_of_its_end_is_not_asked_again() {
    for (progress, confirmed) in [(Progress::Finished, true), (Progress::Accepted, false)] {
        let provider = Scripted::new();
        let finished = waited(&provider, job().with_progress(progress)).await.unwrap();
        assert_eq!((finished.snapshot, finished.confirmed), (None, confirmed));
        assert_eq!(provider.calls(), [""; 0]);
    }
    // How the snapshot is now is asked for.
    let provider = Scripted::new();
    let finished = waited(&provider, created("93").with_progress(Progress::Finished)).await.unwrap();
    assert_eq!((finished.snapshot.unwrap().id.as_str(), provider.count("poll")), ("93", 1));
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_is_looked_for_first_and_then_followed() {
    let provider = Scripted::new();
    let pending = Ok(CreateLookup::Pending("a job is running".to_owned()));
    provider.find_created.set([absent(), failing(ErrorKind::Transport), pending, found(["94"])]);
    provider.poll.set([running("BUSY")]);
    let told = Mutex::new(0);
    let wait = provider.wait(unconfirmed()).with_poll_options(every_second());
    let wait = wait.on_progress(|event| *told.lock().unwrap() += u32::from(matches!(event, ProgressEvent::Polled(_))));
    let finished = wait.await.unwrap();
    assert_eq!(finished.snapshot.unwrap().reference(), reference("94"));
    assert!(finished.operation.fingerprint().is_some(), "it is still found where it cannot be followed");
    assert_eq!(provider.times("find_created")[..4], [0, 1_000, 2_000, 3_000]);
    assert_eq!(provider.count("find_created"), 6, "a create of which nobody saw the answer may be there twice");
    assert_eq!(provider.times("poll"), [3_000, 4_000]);
    assert_eq!(told.into_inner().unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_that_never_shows_up_stays_unknown() {
    let provider = Scripted::new();
    let error = lost_sight(&provider, unconfirmed()).await;
    assert!(error.message().starts_with("the provider shows no snapshot of this create (asked until 2"), "{error}");
    assert_eq!((error.advice(), provider.count("poll")), (Some("it was most likely never made"), 0));
    assert_eq!(provider.times("find_created").len(), 31);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_with_several_candidates_stays_unknown_and_they_are_named() {
    let several = || Ok(CreateLookup::Ambiguous(vec![reference("94"), reference("95")]));
    let provider = Scripted { find_created: Script::always(several), ..Scripted::new() };
    let error = lost_sight(&provider, unconfirmed()).await;
    assert!(error.message().contains("scripted:web1@94, scripted:web1@95"), "{error}");
    assert_eq!(provider.count("find_created"), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_stays_unknown_where_the_provider_cannot_be_asked_in_time() {
    let provider =
        Scripted { latency: Duration::from_millis(1), find_created: Script::always(transient), ..Scripted::new() };
    let error = provider.wait(unconfirmed()).timeout(seconds(20)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.token().is_some());
}

/// A token in which every time and number is anything that a token can say.
fn crafted() -> impl Strategy<Value = Operation> {
    let times = || {
        let seconds = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
        seconds.prop_map(|second| Timestamp::from_second(second).unwrap())
    };
    let extremes = || prop_oneof![Just(Timestamp::MIN), Just(Timestamp::MAX), times()];
    let clock = prop::option::of((any::<i64>(), any::<i64>()));
    let sent = prop::option::of((extremes(), prop::option::of(extremes())));
    (extremes(), prop::option::of(extremes()), clock, sent, any::<bool>()).prop_map(
        |(taken_at, expires_at, clock, sent, confirmed)| {
            let mut fingerprint = fingerprint();
            (fingerprint.taken_at, fingerprint.expires_at) = (taken_at, expires_at);
            let clock = clock.map(|(min, max)| format!(r#"{{"min_ms":{min},"max_ms":{max}}}"#));
            fingerprint.clock = clock.map(|clock| serde_json::from_str(&clock).unwrap());
            fingerprint.sent = sent.map(|(first, last)| {
                let mut window = SendWindow::now();
                (window.first, window.last) = (first, last);
                window
            });
            let operation = Operation::unconfirmed(&ACCOUNT, fingerprint);
            if confirmed { operation.with_detail("job", "7") } else { operation }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn no_token_makes_a_wait_fall_over(operation in crafted(), created_at in any::<i32>()) {
        let find = move |fingerprint: &CreateFingerprint| {
            let mut new = snapshot("300");
            new.created_at = Timestamp::from_second(created_at.into()).ok();
            let _ = fingerprint.tagged_description();
            Ok(CreateLookup::by_new_id(fingerprint, [new], |found| created(&found.id)))
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let ended = runtime.block_on(async {
            let provider = Scripted { find_created: Script::by(find), ..Scripted::by_new_id() };
            provider.poll.set((0..40).map(|_| not_found()));
            let token: Operation = operation.to_string().parse().unwrap();
            provider.wait(token).await
        });
        if let Err(error) = ended {
            prop_assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        }
    }
}
