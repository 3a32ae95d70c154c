//! One budget an account: it alone decides when a request is sent.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::options::HttpOptions;
use crate::deadline::Deadline;

const SECOND: Duration = Duration::from_secs(1);
/// A pause is no longer than what a clock can add.
const LONGEST_PAUSE: Duration = Duration::from_secs(365 * 24 * 3600);

/// What an answer says about the account's limit.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests a second the provider takes in the long run.
    pub per_second: f64,
    /// How many may be sent at once now.
    pub remaining: u32,
}

impl RateLimit {
    /// So many a second in the long run, and so many at once now.
    #[must_use]
    pub fn new(per_second: f64, remaining: u32) -> Self {
        Self { per_second, remaining }
    }
}

/// Lets requests through, first come first served: so many exchanges at once, so many in a second, what the provider
/// says is left, and what it was seen to take. A throttled answer slows the account down; time speeds it up again.
#[derive(Debug)]
pub(super) struct RequestBudget {
    places: Semaphore,
    /// Whoever holds it is let through next.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Wakes the one whose turn it is when answers widen the window.
    answered: tokio::sync::Notify,
}

#[derive(Debug)]
struct State {
    /// How many requests a second are let through at most, by the options.
    per_second: Option<usize>,
    /// When the last requests were let through, within a second.
    recent: VecDeque<Instant>,
    /// When the last requests that were not throttled were let through, within a second.
    accepted: VecDeque<Instant>,
    closed_until: Option<Instant>,
    quota: Option<Quota>,
    learned: Option<Learned>,
    /// How many exchanges may be under way before the provider's limit is known: it grows with each good answer.
    window: usize,
    under_way: usize,
    throttled_in_a_row: u32,
    last_slowed: Option<Instant>,
}

/// What the provider says is left.
#[derive(Debug)]
struct Quota {
    left: f64,
    per_second: f64,
    at: Instant,
}

/// What the provider was seen to take. After each refusal the rate drops, returns to where it was refused, stays near
/// it, and only then tries for more: the curve of TCP CUBIC.
#[derive(Debug)]
struct Learned {
    /// The rate at which the provider last refused.
    peak: f64,
    per_second: f64,
    /// When the rate is back at its peak.
    recovers: Instant,
    next: Instant,
}

/// To which part of its peak a refused rate drops.
const DROP: f64 = 0.8;
/// How steep the curve is, in requests a second per second cubed.
const STEEPNESS: f64 = 0.05;
/// No account is slowed down further.
const SLOWEST: f64 = 0.5;

/// The window of an account of which nothing is known.
const FIRST_WINDOW: usize = 8;

impl RequestBudget {
    pub(super) fn new(options: &HttpOptions) -> Self {
        let state = State {
            per_second: options.requests_per_second.map(|rate| rate.max(1) as usize),
            recent: VecDeque::new(),
            accepted: VecDeque::new(),
            closed_until: None,
            quota: None,
            learned: None,
            window: FIRST_WINDOW,
            under_way: 0,
            throttled_in_a_row: 0,
            last_slowed: None,
        };
        Self {
            places: Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            answered: tokio::sync::Notify::new(),
        }
    }

    /// Waits for its turn. Where that comes past the deadline it fails, at once where that is known beforehand.
    pub(super) async fn admit(&self, deadline: Deadline) -> Result<Admission<'_>, HeldBack> {
        let now = Instant::now();
        let closed = self.state().closed_until.map(|until| until.saturating_duration_since(now));
        if let Some(wait) = closed.filter(|wait| !wait.is_zero() && !deadline.allows(*wait)) {
            return Err(HeldBack::For(wait));
        }
        let place = deadline.bound(self.places.acquire()).await.and_then(Result::ok).ok_or(HeldBack::ByOthers)?;
        let turn = deadline.bound(self.turn.lock()).await.ok_or(HeldBack::ByOthers)?;
        loop {
            if deadline.has_passed() {
                return Err(HeldBack::TooLate);
            }
            let now = Instant::now();
            let admitted = self.state().try_admit(now);
            match admitted {
                Ok(()) => break,
                Err(Closed::Until(opens_at)) => {
                    let wait = opens_at.saturating_duration_since(now);
                    if !deadline.allows(wait) {
                        return Err(HeldBack::For(wait));
                    }
                    sleep_until(opens_at).await;
                }
                Err(Closed::WindowFull) => {
                    deadline.bound(self.answered.notified()).await.ok_or(HeldBack::ByOthers)?;
                }
            }
        }
        drop(turn);
        Ok(Admission { budget: self, at: Instant::now(), _place: place })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a request was not let through before its deadline.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeldBack {
    /// Nobody is let through before this time has passed.
    For(Duration),
    /// Others were in front of it.
    ByOthers,
    /// The deadline had passed already.
    TooLate,
}

/// One exchange that was let through; it ends when it is dropped.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    budget: &'a RequestBudget,
    at: Instant,
    _place: SemaphorePermit<'a>,
}

impl Admission<'_> {
    /// The answer was not throttled.
    pub(super) fn accepted(&self, limit: Option<RateLimit>) {
        let mut state = self.budget.state();
        state.accepted(self.at, Instant::now());
        state.observe(limit);
    }

    /// The answer was throttled: nobody is let through for at least `pause`, which grows with each in a row.
    pub(super) fn throttled(&self, limit: Option<RateLimit>, pause: impl FnOnce(u32) -> Duration) -> Duration {
        let mut state = self.budget.state();
        let pause = state.throttled(self.at, Instant::now(), pause);
        state.observe(limit);
        pause
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.under_way = state.under_way.saturating_sub(1);
        drop(state);
        self.budget.answered.notify_one();
    }
}

enum Closed {
    Until(Instant),
    /// Until an exchange under way ends.
    WindowFull,
}

impl State {
    fn try_admit(&mut self, now: Instant) -> Result<(), Closed> {
        if self.under_way >= self.window {
            return Err(Closed::WindowFull);
        }
        forget(&mut self.recent, now);
        let full_second = self
            .per_second
            .filter(|rate| self.recent.len() >= *rate)
            .and_then(|_| self.recent.front())
            .map(|at| *at + SECOND);
        let quota = self.quota.as_mut().and_then(|quota| quota.empty_until(now));
        let learned = self.learned.as_ref().map(|learned| learned.next);
        let opens_at = [self.closed_until, full_second, quota, learned].into_iter().flatten().max();
        if let Some(opens_at) = opens_at.filter(|at| *at > now) {
            return Err(Closed::Until(opens_at));
        }
        self.let_through(now);
        Ok(())
    }

    fn let_through(&mut self, now: Instant) {
        self.under_way += 1;
        if self.per_second.is_some() {
            self.recent.push_back(now);
        }
        if let Some(quota) = &mut self.quota {
            quota.left -= 1.0;
        }
        if let Some(learned) = &mut self.learned {
            learned.next = learned.next.max(now) + Duration::from_secs_f64(1.0 / learned.per_second);
        }
    }

    fn accepted(&mut self, sent_at: Instant, now: Instant) {
        self.throttled_in_a_row = 0;
        self.window = self.window.saturating_add(1);
        forget(&mut self.accepted, now);
        self.accepted.push_back(sent_at);
        if let Some(learned) = &mut self.learned {
            learned.recover(now);
        }
    }

    fn throttled(&mut self, sent_at: Instant, now: Instant, pause: impl FnOnce(u32) -> Duration) -> Duration {
        let is_same_crowd = self.last_slowed.is_some_and(|slowed| sent_at <= slowed);
        if !is_same_crowd {
            self.throttled_in_a_row += 1;
            self.last_slowed = Some(now);
        }
        let pause = pause(self.throttled_in_a_row.max(1));
        self.slow_down(now, is_same_crowd);
        // What was accepted within the last second still counts at the provider.
        let second_ends = self.accepted.front().map(|first| *first + SECOND).filter(|_| self.throttled_in_a_row < 3);
        let until = now + pause.min(LONGEST_PAUSE);
        self.closed_until = [self.closed_until, Some(until), second_ends].into_iter().flatten().max();
        pause
    }

    /// What was accepted within a second is what the provider takes.
    fn slow_down(&mut self, now: Instant, is_same_crowd: bool) {
        forget(&mut self.accepted, now);
        #[expect(clippy::cast_precision_loss, reason = "a second has few requests")]
        let seen = (self.accepted.len() as f64 * 0.95).max(SLOWEST);
        match &mut self.learned {
            None => self.learned = Some(Learned { peak: seen, per_second: seen, recovers: now, next: now }),
            // More answers of the same crowd tell more of what was accepted.
            Some(learned) if is_same_crowd => {
                learned.peak = learned.peak.max(seen);
                learned.per_second = learned.per_second.max(seen * DROP);
            }
            Some(learned) => learned.drop_back(now),
        }
    }

    fn observe(&mut self, limit: Option<RateLimit>) {
        let Some(limit) = limit.filter(|limit| limit.per_second > 0.0 && limit.per_second.is_finite()) else { return };
        #[expect(clippy::cast_precision_loss, reason = "few are under way")]
        let left = f64::from(limit.remaining) - self.under_way.saturating_sub(1) as f64;
        self.quota = Some(Quota { left: left.max(0.0), per_second: limit.per_second, at: Instant::now() });
        // What the provider says is better than what it was seen to take.
        self.learned = None;
    }
}

impl Learned {
    fn drop_back(&mut self, now: Instant) {
        self.peak = self.per_second.max(SLOWEST);
        self.per_second = (self.peak * DROP).max(SLOWEST);
        let takes = ((self.peak - self.per_second) / STEEPNESS).cbrt();
        self.recovers = now + Duration::try_from_secs_f64(takes).unwrap_or_default();
    }

    fn recover(&mut self, now: Instant) {
        let past = now.saturating_duration_since(self.recovers).as_secs_f64();
        let left = self.recovers.saturating_duration_since(now).as_secs_f64();
        self.per_second = (self.peak + STEEPNESS * (past - left).powi(3)).max(SLOWEST);
    }
}

impl Quota {
    /// Until when nothing is left.
    fn empty_until(&mut self, now: Instant) -> Option<Instant> {
        self.left += now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        let missing = (1.0 - self.left) / self.per_second;
        (missing > 0.0).then(|| Duration::try_from_secs_f64(missing).map_or(now, |wait| now + wait))
    }
}

fn forget(times: &mut VecDeque<Instant>, now: Instant) {
    while times.front().is_some_and(|at| now.saturating_duration_since(*at) >= SECOND) {
        times.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::task::JoinSet;

    use super::*;

    fn budget(options: HttpOptions) -> RequestBudget {
        RequestBudget::new(&options)
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_its_share() {
        let budget = budget(HttpOptions::default().with_requests_per_second(3));
        let start = Instant::now();
        for _ in 0..9 {
            drop(budget.admit(Deadline::never()).await.unwrap());
        }
        assert_eq!(start.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_answer_holds_for_everybody() {
        let budget = budget(HttpOptions::default());
        let admission = budget.admit(Deadline::never()).await.unwrap();
        admission.throttled(None, |_| Duration::from_secs(7));
        drop(admission);
        let start = Instant::now();
        drop(budget.admit(Deadline::never()).await.unwrap());
        assert_eq!(start.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_grows_with_each_crowd_that_is_throttled() {
        let budget = budget(HttpOptions::default());
        let mut rows = Vec::new();
        for _ in 0..3 {
            let (one, other) =
                (budget.admit(Deadline::never()).await.unwrap(), budget.admit(Deadline::never()).await.unwrap());
            one.throttled(None, |in_a_row| {
                rows.push(in_a_row);
                Duration::from_secs(1)
            });
            other.throttled(None, |in_a_row| {
                rows.push(in_a_row);
                Duration::from_secs(1)
            });
        }
        assert_eq!(rows, [1, 1, 2, 2, 3, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_provider_says_is_left_is_kept_to() {
        let budget = budget(HttpOptions::default());
        let first = budget.admit(Deadline::never()).await.unwrap();
        first.accepted(Some(RateLimit::new(2.0, 3)));
        drop(first);
        let start = Instant::now();
        for _ in 0..7 {
            drop(budget.admit(Deadline::never()).await.unwrap());
        }
        assert_eq!(start.elapsed().as_secs(), 2, "three at once, then two a second");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_ends_past_the_deadline_is_not_begun() {
        let budget = budget(HttpOptions::default());
        let admission = budget.admit(Deadline::never()).await.unwrap();
        admission.throttled(None, |_| Duration::from_secs(60));
        drop(admission);
        let start = Instant::now();
        let held_back = budget.admit(Deadline::after(Duration::from_secs(5))).await.unwrap_err();
        assert_eq!((start.elapsed().as_secs(), held_back), (0, HeldBack::For(Duration::from_secs(60))));
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_are_under_way_at_once_and_the_others_come_in_their_order() {
        let budget = budget(HttpOptions::default().with_concurrency(2));
        let shared = Arc::new((budget, AtomicU32::new(0), Mutex::new(Vec::new())));
        let mut exchanges = JoinSet::new();
        for number in 0..3_000 {
            let shared = Arc::clone(&shared);
            exchanges.spawn(async move {
                let (budget, under_way, order) = &*shared;
                let _admission = budget.admit(Deadline::never()).await.unwrap();
                assert!(under_way.fetch_add(1, Ordering::Relaxed) < 2);
                order.lock().unwrap().push(number);
                tokio::time::sleep(Duration::from_millis(100)).await;
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        exchanges.join_all().await;
        assert!(shared.2.lock().unwrap().is_sorted());
    }

    #[tokio::test(start_paused = true)]
    async fn the_window_of_an_unknown_account_opens_with_each_good_answer_only() {
        let budget = budget(HttpOptions::default().with_concurrency(100));
        let mut first = Vec::new();
        for _ in 0..FIRST_WINDOW {
            first.push(budget.admit(Deadline::never()).await.unwrap());
        }
        let soon = || Deadline::after(Duration::from_secs(1));
        assert_eq!(budget.admit(soon()).await.unwrap_err(), HeldBack::ByOthers);
        // One that ends badly makes room for one, one that ends well for two.
        drop(first.pop());
        first.push(budget.admit(soon()).await.unwrap());
        assert_eq!(budget.admit(soon()).await.unwrap_err(), HeldBack::ByOthers);
        first.pop().unwrap().accepted(None);
        let _two = (budget.admit(soon()).await.unwrap(), budget.admit(soon()).await.unwrap());
        assert_eq!(budget.admit(soon()).await.unwrap_err(), HeldBack::ByOthers);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_stops_waiting_takes_nothing_from_those_behind_it() {
        let budget = budget(HttpOptions::default());
        let admission = budget.admit(Deadline::never()).await.unwrap();
        admission.throttled(None, |_| Duration::from_secs(10));
        drop(admission);
        let impatient =
            async { tokio::time::timeout(Duration::from_secs(2), budget.admit(Deadline::never())).await.is_err() };
        let start = Instant::now();
        let (gave_up, next) = tokio::join!(impatient, budget.admit(Deadline::never()));
        assert!(gave_up && next.is_ok());
        assert_eq!(start.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn nonsense_about_the_limit_is_no_limit() {
        let budget = budget(HttpOptions::default());
        for per_second in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let admission = budget.admit(Deadline::never()).await.unwrap();
            admission.accepted(Some(RateLimit::new(per_second, 0)));
        }
        let start = Instant::now();
        drop(budget.admit(Deadline::never()).await.unwrap());
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn an_account_that_was_slowed_down_is_fast_again_after_a_while() {
        let budget = budget(HttpOptions::default());
        let admission = budget.admit(Deadline::never()).await.unwrap();
        admission.throttled(None, |_| Duration::from_secs(1));
        drop(admission);
        let timed = async |requests: u32| {
            let start = Instant::now();
            for _ in 0..requests {
                budget.admit(Deadline::never()).await.unwrap().accepted(None);
            }
            start.elapsed().as_secs()
        };
        assert!(timed(10).await >= 3, "it begins slowly");
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(timed(100).await <= 3, "{:?}", budget.state().learned);
    }

    /// Whether a provider takes a request at this moment, and what it says of its limit.
    type Answer = Box<dyn FnMut(Instant) -> (Option<RateLimit>, bool) + Send>;

    /// Takes ten requests in any second and says no more than "too many".
    fn ten_in_any_second() -> Answer {
        let mut taken = VecDeque::new();
        Box::new(move |now| {
            forget(&mut taken, now);
            let takes = taken.len() < 10;
            if takes {
                taken.push_back(now);
            }
            (None, takes)
        })
    }

    /// Takes ten requests a second and as many at once as it has saved, a hundred at most, and says how many.
    fn ten_a_second_and_a_hundred_at_once() -> Answer {
        let (mut left, mut at) = (100.0_f64, Instant::now());
        Box::new(move |now| {
            left = (left + (now - at).as_secs_f64() * 10.0).min(100.0);
            at = now;
            let takes = left >= 1.0;
            left -= f64::from(u8::from(takes));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 100")]
            (Some(RateLimit::new(10.0, left as u32)), takes)
        })
    }

    /// How many seconds so many requests take that are made at once, and how many of them are refused.
    async fn storm(requests: usize, provider: Answer) -> (f64, u32) {
        let options = HttpOptions::default().with_concurrency(60);
        let shared = Arc::new((budget(options.clone()), Mutex::new(provider), AtomicU32::new(0)));
        let start = Instant::now();
        let mut storm = JoinSet::new();
        for _ in 0..requests {
            let (shared, retry) = (Arc::clone(&shared), options.retry.clone());
            storm.spawn(async move {
                let (budget, provider, refused) = &*shared;
                loop {
                    let admission = budget.admit(Deadline::never()).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let (limit, takes) = (provider.lock().unwrap())(Instant::now());
                    if takes {
                        return admission.accepted(limit);
                    }
                    refused.fetch_add(1, Ordering::Relaxed);
                    admission.throttled(limit, |in_a_row| retry.throttled_pause(in_a_row));
                }
            });
        }
        storm.join_all().await;
        (start.elapsed().as_secs_f64(), shared.2.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_shows_in_refusals_only_is_learned() {
        for (requests, least, most_refused) in [(200, 20.0, 40), (3_000, 300.0, 300)] {
            let (elapsed, refused) = storm(requests, ten_in_any_second()).await;
            assert!(elapsed < least * 1.15 + 2.0, "{requests} requests take {elapsed} s");
            assert!(refused < most_refused, "{refused} of {requests} were refused");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_said_is_kept_to() {
        let (elapsed, refused) = storm(2_500, ten_a_second_and_a_hundred_at_once()).await;
        assert!(elapsed < 240.0 * 1.02, "{elapsed} s");
        assert!(refused <= 2, "{refused} were refused");
    }
}
