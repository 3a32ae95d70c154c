//! Calls that want to read the same thing at the same time share one read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudsnap_core::provider::SharedRead;
use cloudsnap_core::{Error, ErrorKind, Result, Scope};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

const A_SECOND: Duration = Duration::from_secs(1);

/// What was read, each time: what those who waited wanted.
#[derive(Default)]
struct Reads {
    shared: SharedRead<u32, usize>,
    wanted: Mutex<Vec<Vec<u32>>>,
    fails: AtomicBool,
}

impl Reads {
    fn wanted(&self) -> Vec<Vec<u32>> {
        self.wanted.lock().unwrap().clone()
    }

    /// All at the same time; the answers come in their order.
    async fn get_all(self: &Arc<Self>, wanted: std::ops::Range<u32>) -> Vec<Result<usize>> {
        let mut calls = JoinSet::new();
        for wanted in wanted {
            let reads = Arc::clone(self);
            calls.spawn(async move { (wanted, reads.get(wanted).await) });
        }
        let mut answers = calls.join_all().await;
        answers.sort_by_key(|(wanted, _)| *wanted);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    /// Takes a second, and answers how many reads there have been.
    async fn get(&self, wanted: u32) -> Result<usize> {
        let read = |all| async move {
            self.wanted.lock().unwrap().push(all);
            let number = self.wanted().len();
            sleep(A_SECOND).await;
            if self.fails.load(Ordering::Relaxed) {
                Err(Error::new(ErrorKind::Unavailable, "down"))
            } else {
                Ok(number)
            }
        };
        self.shared.get(wanted, read).await
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_reads_for_itself_and_one_read_serves_all_that_came_meanwhile() {
    let reads = Arc::new(Reads::default());
    let answers = reads.get_all(0..100).await;
    assert_eq!(answers[0].as_ref().unwrap(), &1);
    assert!(answers[1..].iter().all(|answer| answer.as_ref().unwrap() == &2));
    assert_eq!(reads.wanted(), [vec![0], (1..100).collect::<Vec<u32>>()]);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_call_asked_is_no_answer_to_it() {
    let reads = Arc::new(Reads::default());
    assert_eq!((reads.get(1).await.unwrap(), reads.get(2).await.unwrap()), (1, 2));
    assert_eq!(reads.wanted(), [[1], [2]]);
}

#[tokio::test(start_paused = true)]
async fn where_the_one_that_reads_is_dropped_the_next_one_reads() {
    let reads = Arc::new(Reads::default());
    let dropped = timeout(A_SECOND / 2, reads.get(1));
    let (dropped, other) = tokio::join!(dropped, reads.get(2));
    assert!(dropped.is_err());
    assert_eq!(other.unwrap(), 2);
    assert_eq!(reads.wanted()[1], [2]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_to_all_and_the_next_call_reads_anew() {
    let reads = Arc::new(Reads::default());
    reads.fails.store(true, Ordering::Relaxed);
    let answers = reads.get_all(0..5).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().kind() == ErrorKind::Unavailable));
    assert_eq!(reads.wanted().len(), 2);
    reads.fails.store(false, Ordering::Relaxed);
    assert_eq!(reads.get(9).await.unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_a_call_whose_time_is_over_is_its_own() {
    let reads = Arc::new(Reads::default());
    reads.fails.store(true, Ordering::Relaxed);
    let late = Scope::new().with_timeout(A_SECOND / 2);
    let (first, late, third) = tokio::join!(reads.get(1), late.run(reads.get(2)), reads.get(3));
    assert!(first.is_err() && late.is_err() && third.is_err());
    assert_eq!(reads.wanted(), [vec![1], vec![2, 3], vec![3]]);
}
