//! A wait survives trouble on the way, ends when the operation ends, and never calls a failed one a success.

use std::sync::Mutex;
use std::time::Duration;

use cloudsnap_core::{
    CreateMark, CreateSnapshot, Error, ErrorKind, Operation, OperationKind, OperationStatus, PollOptions, Poller,
    Progress, SnapshotProviderExt,
};
use tokio::time::Instant;

use super::common::{Script, Scripted, failing, found, not_found, transient};

fn running(state: &str) -> cloudsnap_core::Result<OperationStatus> {
    Ok(OperationStatus::running(state))
}

/// A create of which the provider knows the job.
fn going_on() -> Operation {
    Operation::new("scripted", "scripted", OperationKind::Create).detail("job", "7")
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn the_first_poll_comes_at_once_and_a_finished_operation_needs_no_second() {
    let provider = Scripted::new();
    let finished = provider.wait(going_on()).await.unwrap();
    assert_eq!((finished.snapshot.unwrap().id.as_str(), finished.confirmed), ("93", true));
    assert_eq!(provider.calls(), ["0 poll"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_begin_after_a_delay() {
    let provider = Scripted::new();
    provider.wait(going_on()).after(seconds(3)).await.unwrap();
    assert_eq!(provider.calls(), ["3000 poll"]);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_up_to_the_cap_without_jitter() {
    let provider = Scripted::new();
    provider.poll.set((0..9).map(|_| running("BUSY")));
    provider.wait(going_on()).with(PollOptions::default().pauses(seconds(1), seconds(4))).await.unwrap();
    assert_eq!(provider.times("poll"), [0, 1_000, 2_500, 4_750, 8_125, 12_125, 16_125, 20_125, 24_125, 28_125]);
}

#[tokio::test(start_paused = true)]
async fn a_job_of_three_seconds_is_seen_long_before_thirty() {
    let provider = Scripted::new();
    provider.poll.set((0..5).map(|_| running("BUSY")));
    provider.wait(going_on()).await.unwrap();
    let times = provider.times("poll");
    let seen = *times.iter().find(|time| **time >= 3_000).unwrap();
    assert!(seen <= 4_500, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn each_status_is_told_before_the_pause_that_follows_it() {
    let provider = Scripted::new();
    provider.poll.set([running("QUEUED"), transient(), running("RUNNING")]);
    let tell = |status: &cloudsnap_core::Result<OperationStatus>| match status {
        Ok(OperationStatus::Running { state }) => provider.note(state),
        Ok(OperationStatus::Succeeded { .. }) => provider.note("done"),
        Ok(_) => provider.note("else"),
        Err(error) => provider.note(error.kind().as_str()),
    };
    provider
        .wait(going_on())
        .with(PollOptions::default().pauses(seconds(1), seconds(1)))
        .on_status(tell)
        .await
        .unwrap();
    assert_eq!(
        provider.calls(),
        ["0 poll", "0 QUEUED", "1000 poll", "1000 unavailable", "2000 poll", "2000 RUNNING", "3000 poll", "3000 done"]
    );
}

#[tokio::test(start_paused = true)]
async fn trouble_on_the_way_does_not_end_a_wait() {
    use ErrorKind::{Busy, Decode, RateLimited, Transport, Unavailable, Unexpected};
    let provider = Scripted::new();
    provider.poll.set([Transport, Unavailable, RateLimited, Busy, Decode, Unexpected].map(failing));
    assert!(provider.wait(going_on()).await.unwrap().confirmed);
    assert_eq!(provider.count("poll"), 7);
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_is_refused_for_good_ends_the_wait_and_leaves_what_to_resume() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied, ErrorKind::InvalidInput, ErrorKind::Config] {
        let provider = Scripted::new();
        provider.poll.set([running("BUSY"), failing(kind)]);
        let error = provider.wait(going_on()).await.unwrap_err();
        assert_eq!((error.kind(), error.resume()), (kind, Some(&going_on())));
        assert_eq!((error.provider(), error.operation()), (Some("scripted"), Some("create")));
        assert_eq!(provider.count("poll"), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn not_found_means_not_yet_for_a_while() {
    let provider = Scripted::new();
    provider.poll.set([not_found(), not_found(), not_found()]);
    assert!(provider.wait(going_on()).await.unwrap().confirmed);
}

#[tokio::test(start_paused = true)]
async fn not_found_after_the_grace_is_the_answer() {
    let mut provider = Scripted::new();
    provider.poll = Script::always(not_found);
    let options = PollOptions::default().pauses(seconds(1), seconds(1)).not_found_grace(seconds(5));
    let error = provider.wait(going_on()).with(options).await.unwrap_err();
    assert_eq!((error.kind(), error.resume()), (ErrorKind::NotFound, Some(&going_on())));
    assert_eq!(provider.times("poll"), [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_failed_is_an_error_in_the_providers_words() {
    let provider = Scripted::new();
    provider.poll.set([running("BUSY"), Ok(OperationStatus::failed("disk is gone"))]);
    let error = provider.wait(going_on()).await.unwrap_err();
    assert_eq!(error.to_string(), "scripted create: disk is gone [operation_failed]");
    assert_eq!(provider.count("poll"), 2);
}

#[tokio::test(start_paused = true)]
async fn unknown_states_keep_the_wait_alive() {
    let provider = Scripted::new();
    provider.poll.set((0..100).map(|_| running("FROBNICATING")));
    assert!(provider.wait(going_on()).await.unwrap().confirmed);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_a_wait_with_the_last_state_and_what_to_resume() {
    let mut provider = Scripted::new();
    provider.poll = Script::always(|| running("BACKING_UP"));
    let began = Instant::now();
    let wait = provider.wait(going_on()).with(PollOptions::default().timeout(seconds(90)));
    let error = tokio::time::timeout(seconds(1_000), async { wait.await }).await.expect("an end").unwrap_err();
    assert_eq!(began.elapsed().as_secs(), 90);
    assert_eq!((error.kind(), error.resume()), (ErrorKind::WaitTimeout, Some(&going_on())));
    assert_eq!(
        error.to_string(),
        "scripted create: not finished after 90 s (BACKING_UP) [wait_timeout]; \
         it goes on at the provider; wait on with the operation's token"
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_does_not_outlast_the_deadline() {
    let mut provider = Scripted::new();
    provider.latency = seconds(1_000_000);
    let began = Instant::now();
    let error = provider.wait(going_on()).with(PollOptions::default().timeout(seconds(5))).await.unwrap_err();
    assert_eq!((began.elapsed().as_secs(), error.kind()), (5, ErrorKind::WaitTimeout));
    assert!(error.to_string().contains("no answer yet"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_in_trouble_says_what_the_last_poll_met() {
    let mut provider = Scripted::new();
    provider.latency = Duration::from_millis(1);
    provider.poll = Script::always(transient);
    let error = provider.wait(going_on()).with(PollOptions::default().timeout(seconds(20))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WaitTimeout);
    assert!(error.to_string().contains("the last poll failed: scripted unavailable"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_without_any_time_still_asks_once() {
    let provider = Scripted::new();
    assert!(provider.wait(going_on()).with(PollOptions::default().timeout(Duration::ZERO)).await.unwrap().confirmed);
}

#[tokio::test(start_paused = true)]
async fn a_wait_may_have_no_deadline_at_all() {
    let provider = Scripted::new();
    provider.poll.set((0..1_000).map(|_| running("BUSY")));
    assert!(provider.wait(going_on()).with(PollOptions::default().timeout(Duration::MAX)).await.unwrap().confirmed);
}

fn ask_again_in(pause: Duration) -> cloudsnap_core::Result<OperationStatus> {
    Err(Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Some(pause)))
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_the_provider_asks_for_is_kept() {
    let provider = Scripted::new();
    provider.poll.set([ask_again_in(seconds(42))]);
    provider.wait(going_on()).await.unwrap();
    assert_eq!(provider.times("poll"), [0, 42_000]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_past_the_deadline_ends_the_wait_at_once_and_says_when_to_ask_again() {
    for (asked, said) in
        [(seconds(3_600), "ask again in 3600 s,"), (Duration::from_secs(u64::MAX), "ask again in 184467440737095")]
    {
        let provider = Scripted::new();
        provider.poll.set([ask_again_in(asked)]);
        let began = Instant::now();
        let error = provider.wait(going_on()).with(PollOptions::default().timeout(seconds(90))).await.unwrap_err();
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::WaitTimeout, Some(asked)));
        assert_eq!(error.resume(), Some(&going_on()));
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_a_wait_sends_nothing() {
    let mut provider = Scripted::new();
    provider.poll = Script::always(|| running("BUSY"));
    drop(provider.wait(going_on()));
    assert_eq!(provider.calls(), [""; 0]);
    let wait = async { provider.wait(going_on()).await };
    assert!(tokio::time::timeout(Duration::from_millis(800), wait).await.is_err());
    let calls = provider.calls();
    tokio::time::sleep(seconds(60)).await;
    assert_eq!((calls.len(), provider.calls()), (2, calls));
}

#[tokio::test(start_paused = true)]
async fn polling_by_hand_never_sleeps_and_a_failed_poll_is_not_the_end() {
    let provider = Scripted::new();
    provider.poll.set([running("BUSY"), transient()]);
    let began = Instant::now();
    let mut poller: Poller<'_, Scripted> = provider.wait(going_on());
    assert!(matches!(poller.poll().await, Ok(OperationStatus::Running { state }) if state == "BUSY"));
    assert_eq!(poller.poll().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(matches!(poller.poll().await, Ok(OperationStatus::Succeeded { .. })));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_was_only_accepted_is_asked_nothing_and_ends_unconfirmed() {
    let provider = Scripted::new();
    let finished = provider.wait(going_on().progress(Progress::Accepted)).await.unwrap();
    assert_eq!((finished.snapshot, finished.confirmed), (None, false));
    assert_eq!(provider.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_was_finished_at_once_is_asked_nothing() {
    let provider = Scripted::new();
    let finished = provider.wait(going_on().progress(Progress::Finished)).await.unwrap();
    assert_eq!((finished.snapshot, finished.confirmed), (None, true));
    assert_eq!(provider.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_is_looked_for_first_and_then_followed() {
    let provider = Scripted::new();
    provider.find_created.set([Ok(None), failing(ErrorKind::Transport), found("94")]);
    provider.poll.set([running("BUSY")]);
    let mark = CreateMark::new(&CreateSnapshot::new("scripted:web1".parse().unwrap())).unwrap();
    let operation = Operation::unconfirmed("scripted", "scripted", mark);
    let seen = Mutex::new(0);
    let options = PollOptions::default().pauses(seconds(1), seconds(1));
    provider.wait(operation).with(options).on_status(|_| *seen.lock().unwrap() += 1).await.unwrap();
    assert_eq!(
        provider.calls(),
        ["0 find_created web1", "1000 find_created web1", "2000 find_created web1", "2000 poll", "3000 poll"]
    );
    assert_eq!(seen.into_inner().unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_that_never_shows_up_is_not_found_and_may_be_resumed() {
    let provider = Scripted::new();
    let mark = CreateMark::new(&CreateSnapshot::new("scripted:web1".parse().unwrap())).unwrap();
    let operation = Operation::unconfirmed("scripted", "scripted", mark);
    let error = provider.wait(operation.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.resume()), (ErrorKind::NotFound, Some(&operation)));
    assert!(error.to_string().contains("it was most likely never created"), "{error}");
    assert_eq!(provider.count("poll"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unconfirmed_create_stays_unknown_where_the_provider_cannot_be_asked_in_time() {
    let mut provider = Scripted::new();
    provider.latency = Duration::from_millis(1);
    provider.find_created = Script::always(transient);
    let mark = CreateMark::new(&CreateSnapshot::new("scripted:web1".parse().unwrap())).unwrap();
    let operation = Operation::unconfirmed("scripted", "scripted", mark);
    let options = PollOptions::default().timeout(seconds(20));
    let error = provider.wait(operation.clone()).with(options).await.unwrap_err();
    assert_eq!((error.kind(), error.resume()), (ErrorKind::OutcomeUnknown, Some(&operation)));
}
