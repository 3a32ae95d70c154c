//! How far a run is: a line for each account, and one for all.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cloudsnap_fleet::run::{FinishedItem, RunEvent};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::duration;
use crate::exit::Exit;
use crate::output::say;
use crate::progress::Progress;

/// How often a line is written where there is no terminal.
const PAUSE: Duration = Duration::from_secs(30);

/// How much must be done before the rest can be estimated.
const GROUND: usize = 3;

/// How far a run is.
pub(crate) struct RunProgress {
    began: Instant,
    accounts: Mutex<BTreeMap<String, Counts>>,
    lines: bool,
    drawn: Option<Drawn>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    items: usize,
    done: usize,
    failed: usize,
    /// Done by an earlier process.
    before: usize,
}

impl Counts {
    fn in_flight(self) -> usize {
        self.items.saturating_sub(self.done + self.failed)
    }

    fn and(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            done: self.done + other.done,
            failed: self.failed + other.failed,
            before: self.before + other.before,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in flight, {} done, {} failed", self.in_flight(), self.done, self.failed)
    }
}

/// The lines on a terminal.
struct Drawn {
    all: MultiProgress,
    total: ProgressBar,
    accounts: Mutex<BTreeMap<String, ProgressBar>>,
}

impl RunProgress {
    pub(crate) fn new(progress: &Progress) -> Self {
        let drawn = (matches!(progress, Progress::Spinners(_)) && stderr().is_terminal()).then(|| {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
            let total = all.add(line());
            Drawn { all, total, accounts: Mutex::default() }
        });
        let lines = matches!(progress, Progress::Lines);
        Self { began: Instant::now(), accounts: Mutex::default(), lines, drawn }
    }

    /// Counts what happened.
    pub(crate) fn note(&self, event: &RunEvent) {
        match event {
            RunEvent::Listed { account, items, done } => self.count(account, |counts| {
                counts.items += items;
                counts.done += done;
                counts.before += done;
            }),
            RunEvent::Ended(item) => self.count(&item.account, |counts| {
                // What cannot be resolved was never listed.
                counts.items += usize::from(!item.has_source());
                *if is_good(item) { &mut counts.done } else { &mut counts.failed } += 1;
            }),
            _ => {}
        }
    }

    fn count(&self, account: &str, change: impl FnOnce(&mut Counts)) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = accounts.entry(account.to_owned()).or_default();
        change(counts);
        if let Some(drawn) = &self.drawn {
            drawn.draw(account, *counts);
            drawn.total.set_message(self.total(accounts.values().copied()));
        }
    }

    /// What the work comes to. Where no terminal shows how far it is, a line says so from time to time.
    pub(crate) async fn while_working<W: Future>(&self, work: W) -> W::Output {
        let mut work = std::pin::pin!(work);
        loop {
            match tokio::time::timeout(PAUSE, &mut work).await {
                Ok(output) => return output,
                Err(_) if self.lines => self.say_lines(),
                Err(_) => {}
            }
        }
    }

    fn say_lines(&self) {
        let accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let busy = accounts.iter().filter(|(_, counts)| counts.in_flight() > 0);
        busy.for_each(|(account, counts)| say(&format!("{account}: {counts}")));
        say(&self.total(accounts.into_values()));
    }

    /// Takes the lines away, so that other words can stand there.
    pub(crate) fn clear(&self) {
        if let Some(drawn) = &self.drawn {
            let _ = drawn.all.clear();
        }
    }

    fn total(&self, accounts: impl Iterator<Item = Counts>) -> String {
        let all = accounts.fold(Counts::default(), Counts::and);
        let left =
            estimate(all, self.began.elapsed()).map(|left| format!(", about {} left", duration::in_two_units(left)));
        format!("all: {all}{}", left.unwrap_or_default())
    }
}

fn is_good(item: &FinishedItem) -> bool {
    Exit::of_run_item(item) == Exit::Done
}

/// How long the rest takes, if it goes on as until now.
fn estimate(all: Counts, elapsed: Duration) -> Option<Duration> {
    let ended = (all.done + all.failed).saturating_sub(all.before);
    let (ended, left) = (u32::try_from(ended).ok()?, u32::try_from(all.in_flight()).ok()?);
    (ended as usize >= GROUND && left > 0).then(|| elapsed / ended * left)
}

impl Drawn {
    fn draw(&self, account: &str, counts: Counts) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = accounts.entry(account.to_owned()).or_insert_with(|| self.all.insert_before(&self.total, line()));
        bar.set_message(format!("{account}: {counts}"));
    }
}

fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_needs_ground_and_leaves_out_what_was_done_before() {
        let counts = |items, done, failed, before| Counts { items, done, failed, before };
        let seconds = Duration::from_secs;
        assert_eq!(estimate(counts(10, 2, 0, 0), seconds(60)), None);
        assert_eq!(estimate(counts(10, 5, 0, 5), seconds(60)), None);
        assert_eq!(estimate(counts(10, 4, 1, 0), seconds(60)), Some(seconds(60)));
        assert_eq!(estimate(counts(20, 10, 0, 5), seconds(50)), Some(seconds(100)));
        assert_eq!(estimate(counts(5, 5, 0, 0), seconds(50)), None);
        assert_eq!(counts(10, 4, 1, 0).to_string(), "5 in flight, 4 done, 1 failed");
    }
}
