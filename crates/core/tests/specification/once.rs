//! Sending something once, and looking for it where the answer was lost: what may be concluded, and when.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use cloudsnap_core::provider::{Lookup, Sent, send_once};
use cloudsnap_core::{Error, ErrorKind, HttpOptions, LookupOptions, Result, Scope, Stage};
use tokio::time::Instant;

use super::common::{Reply, Wire, client, create, failing, lost, read_text, refused, transient};

type Look = Result<Lookup<&'static str>>;

/// What came of it, and when it was sent and looked for, in milliseconds.
struct Outcome {
    result: Result<Sent<&'static str>>,
    sends: Vec<u128>,
    looks: Vec<u128>,
}

impl Outcome {
    /// The error that says that nobody can tell.
    fn unknown(self) -> Error {
        let error = self.result.expect_err("nobody can tell");
        assert_eq!(
            (error.kind(), error.is_retryable(), error.is_definite()),
            (ErrorKind::OutcomeUnknown, false, false)
        );
        assert!(error.may_have_acted());
        error
    }

    fn value(&self) -> (&'static str, bool, bool) {
        let sent = self.result.as_ref().expect("it was done");
        (sent.value, sent.adopted, sent.resent.is_some())
    }
}

/// Sends are answered with these and then are lost; looks with these and then show nothing.
async fn sent_once(
    options: LookupOptions,
    sends: impl IntoIterator<Item = Result<&'static str>>,
    looks: impl IntoIterator<Item = Look>,
) -> Outcome {
    let sends: Mutex<VecDeque<_>> = Mutex::new(sends.into_iter().collect());
    let looks: Mutex<VecDeque<Look>> = Mutex::new(looks.into_iter().collect());
    let (began, sent_at, looked_at) = (Instant::now(), Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let send = || async {
        sent_at.lock().unwrap().push(began.elapsed().as_millis());
        sends.lock().unwrap().pop_front().unwrap_or_else(lost)
    };
    let look = |_| async {
        looked_at.lock().unwrap().push(began.elapsed().as_millis());
        looks.lock().unwrap().pop_front().unwrap_or(Ok(Lookup::Absent))
    };
    let result = send_once(&options, send, look).await;
    Outcome { result, sends: sent_at.into_inner().unwrap(), looks: looked_at.into_inner().unwrap() }
}

fn options() -> LookupOptions {
    LookupOptions::default()
}

fn again(look: fn() -> Look, times: usize) -> impl Iterator<Item = Look> {
    std::iter::repeat_with(look).take(times)
}

fn pending() -> Look {
    Ok(Lookup::Pending("a job is running".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn what_is_answered_is_not_looked_for() {
    let outcome = sent_once(options(), [Ok("done")], []).await;
    assert_eq!((outcome.value(), outcome.sends.len(), outcome.looks.len()), (("done", false, false), 1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_or_was_refused_is_a_failure_and_is_not_looked_for() {
    for kind in ErrorKind::ALL.into_iter().filter(|kind| *kind != ErrorKind::OutcomeUnknown) {
        for failed in [failing(kind), refused(kind)] {
            let outcome = sent_once(options(), [failed], []).await;
            assert_eq!((outcome.sends.len(), outcome.looks.len()), (1, 0), "{kind}");
            assert_eq!(outcome.result.unwrap_err().kind(), kind);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_what_was_done_is_found_after_a_single_send() {
    let outcome = sent_once(options(), [lost()], [Ok(Lookup::Absent), transient(), Ok(Lookup::Found("it"))]).await;
    assert_eq!(outcome.value(), ("it", true, false));
    assert_eq!((outcome.sends, outcome.looks), (vec![0], vec![0, 500, 1_500]));
}

#[tokio::test(start_paused = true)]
async fn what_stays_absent_until_the_provider_settled_is_sent_again() {
    let outcome = sent_once(options(), [lost(), Ok("done")], []).await;
    assert_eq!(outcome.value(), ("done", false, true));
    assert_eq!((outcome.sends, outcome.looks), (vec![0, 10_000], vec![0, 500, 1_500, 3_500, 7_500, 10_000]));
}

#[tokio::test(start_paused = true)]
async fn it_is_never_sent_again_before_a_look_that_could_see_it() {
    let outcome = sent_once(options(), [lost(), Ok("done")], again(transient, 20)).await;
    assert_eq!((outcome.sends.len(), outcome.looks.len()), (2, 21));
    assert_eq!(outcome.sends[1], outcome.looks[20], "the send follows the first look that was answered");
}

#[tokio::test(start_paused = true)]
async fn a_second_send_that_is_refused_may_be_refused_because_of_the_first() {
    use ErrorKind::{AlreadyExists, Busy, InvalidInput, NotFound, PermissionDenied, QuotaExceeded, Unauthenticated};
    for kind in [AlreadyExists, Busy, InvalidInput, NotFound, PermissionDenied, QuotaExceeded, Unauthenticated] {
        // Six looks show nothing before the second send, and five after it.
        let looks = again(|| Ok(Lookup::Absent), 11).chain([Ok(Lookup::Found("it"))]);
        let outcome = sent_once(options(), [lost(), refused(kind)], looks).await;
        assert_eq!((outcome.value(), outcome.sends.len()), (("it", true, true), 2));

        let outcome = sent_once(options(), [lost(), refused(kind), Ok("never sent")], []).await;
        assert_eq!(outcome.sends, [0, 10_000], "{kind}");
        assert!(*outcome.looks.last().unwrap() >= 60_000, "it is looked for longer than after a lost answer");
        let error = outcome.unknown();
        assert!(error.message().starts_with(&format!("scripted {kind}; asked until ")), "{error}");
        assert!(error.message().contains("may be because an earlier send, whose answer was lost, was done"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_send_that_was_held_back_or_never_left_says_nothing_of_the_first() {
    for not_sent in [failing(ErrorKind::Transport), failing(ErrorKind::RateLimited), refused(ErrorKind::RateLimited)] {
        let outcome = sent_once(options(), [lost(), not_sent, Ok("done")], []).await;
        assert_eq!((outcome.value(), outcome.sends), (("done", false, true), vec![0, 10_000, 20_000]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_sends_are_bounded_and_then_nobody_can_tell() {
    let outcome = sent_once(options().with_max_sends(3).with_settle(Duration::from_secs(2)), [], []).await;
    assert_eq!(outcome.sends, [0, 2_000, 4_000]);
    let error = outcome.unknown();
    assert_eq!((error.attempts(), error.stage()), (3, Stage::MaybeSent));
    assert!(error.message().starts_with("the connection broke before the answer came; asked until 2"), "{error}");
    assert!(error.message().ends_with("Z, the provider shows nothing of it; most likely it was not done"), "{error}");
    assert_eq!(error.advice(), Some("it may have been done: look at the provider before trying again"));
    for max_sends in [0, 1] {
        assert_eq!(sent_once(options().with_max_sends(max_sends), [], []).await.sends, [0]);
    }
    assert_eq!(sent_once(options(), [], []).await.sends.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn looks_that_keep_failing_end_after_the_time_for_looks_without_a_second_send() {
    let outcome = sent_once(options(), [], again(transient, 1_000)).await;
    let last = *outcome.looks.last().unwrap();
    assert_eq!((outcome.sends.len(), (300_000..=305_000).contains(&last)), (1, true), "{last}");
    let error = outcome.unknown();
    assert!(error.message().ends_with("; looking for it failed: scripted unavailable"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_will_never_be_answered_is_not_repeated_and_its_advice_is_passed_on() {
    for kind in [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied, ErrorKind::OutcomeUnknown] {
        let wall = Err(Error::answered(kind, "a wall").with_advice("check the base URL"));
        let outcome = sent_once(options(), [], [wall]).await;
        assert_eq!((outcome.sends.len(), outcome.looks.len()), (1, 1));
        assert!(outcome.unknown().message().ends_with("; looking for it failed: a wall (check the base URL)"));
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_may_still_do_it_is_waited_for() {
    let outcome = sent_once(options(), [lost()], again(pending, 30).chain([Ok(Lookup::Found("it"))])).await;
    assert_eq!((outcome.value(), outcome.sends.len()), (("it", true, false), 1));
    let outcome = sent_once(options(), [lost(), Ok("done")], again(pending, 30)).await;
    assert_eq!((outcome.value(), outcome.sends.len()), (("done", false, true), 2), "it ended without doing it");
    let outcome = sent_once(options(), [], again(pending, 1_000)).await;
    assert_eq!(outcome.sends.len(), 1);
    assert!(outcome.unknown().message().ends_with("; a job is running"));
}

#[tokio::test(start_paused = true)]
async fn what_could_be_it_and_could_be_something_else_is_looked_at_until_the_provider_settled() {
    let ambiguous = || Ok(Lookup::Ambiguous("two are new".to_owned()));
    let outcome = sent_once(options(), [lost()], [ambiguous(), Ok(Lookup::Found("it"))]).await;
    assert_eq!(outcome.value(), ("it", true, false));
    let outcome = sent_once(options(), [lost()], again(ambiguous, 100)).await;
    assert_eq!((outcome.sends.len(), *outcome.looks.last().unwrap()), (1, 10_000));
    assert!(outcome.unknown().message().ends_with("; two are new"));
}

#[tokio::test(start_paused = true)]
async fn neither_sends_nor_looks_outlast_the_deadline() {
    for (timeout, looks) in
        [(5, again(|| Ok(Lookup::Absent), 0)), (20, again(transient, 1_000)), (0, again(pending, 9))]
    {
        let (began, scope) = (Instant::now(), Scope::new().with_timeout(Duration::from_secs(timeout)));
        let outcome = scope.run(sent_once(options(), [], looks)).await;
        assert!(began.elapsed() <= Duration::from_secs(timeout));
        assert_eq!(outcome.sends.len(), 1, "no time was left to settle");
        outcome.unknown();
    }
    let scope = Scope::new().with_timeout(Duration::from_secs(5));
    let error = scope.run(sent_once(options(), [], [])).await.unknown();
    assert!(
        error.message().ends_with("; there is no time left for the provider to show whether it was done"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn without_time_for_looks_the_provider_is_still_not_hurried() {
    let hasty = options().with_lookup_timeout(Duration::ZERO).with_settle(Duration::from_secs(1));
    let outcome = sent_once(hasty, [], []).await;
    assert!(outcome.looks.len() <= 6 * 25, "{:?}", outcome.looks);
    let hasty = options().with_lookup_timeout(Duration::ZERO).with_settle(Duration::ZERO);
    assert_eq!(sent_once(hasty, [], []).await.looks.len(), 6, "one look before each send and at the end");
}

#[tokio::test]
async fn a_failure_that_follows_a_good_answer_proves_nothing() {
    let server = Wire::start([Reply::ok("accepted")]).await;
    let client = client(server.url(), HttpOptions::default());
    let unreadable: fn() -> Error = || Error::invalid_input("the id is empty");
    for failed in [unreadable, || Error::answered(ErrorKind::Unexpected, "no id")] {
        let send = || async {
            client.send(create(), read_text).await?;
            Err(failed())
        };
        let sent = send_once(&options(), send, |_| async { Ok(Lookup::Found("it")) }).await.unwrap();
        assert!(sent.adopted, "it was looked for");
    }
    assert_eq!(server.count(), 2);
}
