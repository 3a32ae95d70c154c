//! Waits on one client share their polls, whoever leads.

use std::future::{Future, IntoFuture, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, PollOptions, Result, SnapshotProviderExt,
};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::common::{ACCOUNT, Script, Scripted};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// An operation that ends so many milliseconds after the beginning.
fn ending(after: u64) -> Operation {
    Operation::new(&ACCOUNT, OperationKind::Create).with_detail("ends", after.to_string())
}

/// A provider at which each operation ends at its time.
fn timed() -> Scripted {
    let began = Instant::now();
    let status = move |operation: &Operation| -> Result<OperationStatus> {
        let ends = operation.open(&ACCOUNT)?.detail("ends").unwrap().parse().unwrap();
        let has_ended = began.elapsed() >= Duration::from_millis(ends);
        Ok(if has_ended { OperationStatus::succeeded(None) } else { OperationStatus::running("BUSY") })
    };
    Scripted { poll: Script::by(status), ..Scripted::new() }
}

/// How many operations each round asked for.
fn rounds(provider: &Scripted) -> Vec<usize> {
    let calls = provider.calls();
    calls.iter().filter_map(|call| call.split_once(" poll ")?.1.parse().ok()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_waits_share_their_polls_and_each_end_is_seen_in_time() {
    let provider: &'static Scripted = Box::leak(Box::new(timed()));
    let began = Instant::now();
    let mut waits = JoinSet::new();
    for number in 0..1_000 {
        let ends = 200 + number * 60;
        waits.spawn(async move {
            sleep(Duration::from_millis(number % 7 * 150)).await;
            provider.wait(ending(ends)).await.unwrap();
            (Duration::from_millis(ends), began.elapsed())
        });
    }
    while let Some(seen) = waits.join_next().await {
        let (ends, seen) = seen.unwrap();
        let late = seen.saturating_sub(ends);
        assert!(late <= ends.mul_f64(0.12).max(Duration::from_millis(1_200)), "{late:?} after {ends:?}");
    }
    let times = provider.times("poll");
    assert!(times.windows(2).all(|two| two[1] - two[0] >= 1_000), "never more than one a second: {times:?}");
    assert!(times.len() <= 70, "{} polls in a minute", times.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_due_in_the_next_second_is_asked_along_because_no_other_round_comes_in_time() {
    let provider = timed();
    let other = async {
        sleep(Duration::from_millis(500)).await;
        provider.wait(ending(5_000)).await
    };
    let (one, other) = tokio::join!(provider.wait(ending(5_000)).into_future(), other);
    one.unwrap();
    other.unwrap();
    assert_eq!(provider.times("poll"), [0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    assert_eq!(rounds(&provider), [1, 2, 2, 2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_enters_later_and_is_due_earlier_is_not_kept_waiting() {
    let provider = timed();
    let slow = PollOptions::default().with_pauses(seconds(50), seconds(50));
    let late = async {
        sleep(seconds(10)).await;
        provider.wait(ending(0)).await.unwrap();
        Instant::now()
    };
    let began = Instant::now();
    let (_, at) = tokio::join!(provider.wait(ending(60_000)).with_poll_options(slow).into_future(), late);
    assert_eq!((at - began).as_secs(), 10);
    assert_eq!(provider.times("poll"), [0, 10_000, 50_000, 100_000]);
}

#[tokio::test(start_paused = true)]
async fn where_the_leader_is_dropped_in_the_middle_of_a_poll_another_goes_on() {
    let provider = Scripted { latency: seconds(3), ..timed() };
    let leader = async { timeout(seconds(1), provider.wait(ending(0)).into_future()).await.is_err() };
    let others = async {
        sleep(Duration::from_millis(500)).await;
        tokio::join!(provider.wait(ending(0)).into_future(), provider.wait(ending(0)).into_future())
    };
    let (dropped, (one, other)) = timeout(seconds(60), async { tokio::join!(leader, others) }).await.expect("an end");
    assert!(dropped && one.is_ok() && other.is_ok());
    assert_eq!((provider.times("poll"), rounds(&provider)), (vec![0, 1_000], vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn where_the_next_leader_is_dropped_before_it_knows_another_goes_on() {
    let provider: &'static Scripted = Box::leak(Box::new(Scripted { latency: seconds(1), ..timed() }));
    let mut leader = Box::pin(provider.wait(ending(0)).into_future());
    let mut others: Vec<_> = (0..20).map(|_| Box::pin(provider.wait(ending(0)).into_future())).collect();
    poll_fn(|context| {
        assert!(leader.as_mut().poll(context).is_pending());
        assert!(others.iter_mut().all(|other| other.as_mut().poll(context).is_pending()));
        Poll::Ready(())
    })
    .await;
    leader.await.unwrap();
    // One of the others was told to go on. All of them but one are dropped before they run again.
    let last = others.pop().unwrap();
    drop(others);
    timeout(seconds(60), last).await.expect("it goes on").unwrap();
}

#[tokio::test(start_paused = true)]
async fn nobody_runs_while_there_is_nothing_to_do() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let provider: &'static Scripted = Box::leak(Box::new(timed()));
    let mut waits = JoinSet::new();
    for _ in 0..10 {
        let mut wait = Box::pin(provider.wait(ending(60_000)).into_future());
        waits.spawn(poll_fn(move |context| {
            RUNS.fetch_add(1, Ordering::Relaxed);
            wait.as_mut().poll(context)
        }));
    }
    assert!(waits.join_all().await.into_iter().all(|ended| ended.is_ok()));
    let (runs, polls) = (RUNS.load(Ordering::Relaxed), provider.count("poll"));
    assert!(runs <= 10 * 3 * polls, "each of ten waits runs a few times for each of {polls} polls: {runs}");
}

#[tokio::test(start_paused = true)]
async fn waits_that_keep_entering_do_not_hold_up_one_that_is_due() {
    let provider: &'static Scripted = Box::leak(Box::new(timed()));
    let crowd = tokio::spawn(async move {
        for _ in 0..10_000 {
            tokio::spawn(provider.wait(ending(u64::from(u32::MAX))).into_future());
            sleep(Duration::from_millis(1)).await;
        }
    });
    sleep(Duration::from_millis(100)).await;
    let began = Instant::now();
    provider.wait(ending(5_000)).await.unwrap();
    assert!(began.elapsed() <= Duration::from_millis(6_200), "{:?}", began.elapsed());
    crowd.abort();
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_one_wait_is_none_of_the_others() {
    let provider = timed();
    let short = async { provider.wait(ending(60_000)).timeout(seconds(5)).await.unwrap_err() };
    let (error, long) = tokio::join!(short, provider.wait(ending(20_000)).into_future());
    assert_eq!((error.kind(), long.unwrap().confirmed), (ErrorKind::WaitTimeout, true));
}

#[tokio::test(start_paused = true)]
async fn each_operation_gets_its_own_answer() {
    let status = |operation: &Operation| match operation.open(&ACCOUNT)?.detail("ends") {
        Some("1") => Ok(OperationStatus::failed("the first")),
        Some("2") => Err(Error::invalid_input("the second")),
        _ => Ok(OperationStatus::succeeded(None)),
    };
    let provider = Scripted { poll: Script::by(status), latency: seconds(1), ..Scripted::new() };
    let wait = |ends| provider.wait(ending(ends)).into_future();
    let (_, one, two, three) = tokio::join!(wait(0), wait(1), wait(2), wait(3));
    assert_eq!((one.unwrap_err().message(), two.unwrap_err().message()), ("the first", "the second"));
    assert!(three.is_ok());
    assert_eq!(rounds(&provider), [1, 3]);
}

#[tokio::test(start_paused = true)]
async fn clients_do_not_share_their_polls() {
    let (one, other) = (timed(), timed());
    let (first, second) = tokio::join!(one.wait(ending(0)).into_future(), other.wait(ending(0)).into_future());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!((rounds(&one), rounds(&other)), (vec![1], vec![1]));
}
