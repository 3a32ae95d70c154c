use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The moment a request is answered in, and the calendar that belongs to it.
///
/// Only tokio's clock is read after the start, so that paused time moves the calendar too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Instant,
    pub(crate) wall: Timestamp,
}

impl Moment {
    /// The present, on a calendar that is off by so much.
    pub(crate) fn first(clock_offset: SignedDuration) -> Self {
        let wall = Timestamp::now();
        Self { now: Instant::now(), wall: wall.checked_add(clock_offset).unwrap_or(wall) }
    }

    /// The present, reckoned from this earlier moment.
    pub(crate) fn present(self) -> Self {
        let now = Instant::now();
        Self { now, wall: self.wall_at(now) }
    }

    pub(crate) fn wall_at(self, instant: Instant) -> Timestamp {
        let since = |duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let moved = if instant >= self.now {
            self.wall.checked_add(since(instant - self.now))
        } else {
            self.wall.checked_sub(since(self.now - instant))
        };
        moved.unwrap_or(self.wall)
    }
}

/// The instant after this delay, or decades ahead where the delay is longer.
pub(crate) fn later(now: Instant, delay: Duration) -> Instant {
    const DECADES: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    now + delay.min(DECADES)
}

/// A time as HTTP headers state it.
pub(crate) fn http_date(wall: Timestamp) -> String {
    wall.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Something that takes time and then is done, or has failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) begun: Instant,
    pub(crate) due: Instant,
    fails: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Waiting,
    Running,
    Done,
    Failed,
}

impl Work {
    pub(crate) fn starting(begun: Instant, takes: Duration, fails: bool) -> Self {
        Self { begun, due: later(begun, takes), fails }
    }

    pub(crate) fn finished(begun: Instant) -> Self {
        Self { begun, due: begun, fails: false }
    }

    pub(crate) fn progress(self, now: Instant) -> Progress {
        if now >= self.due {
            return if self.fails { Progress::Failed } else { Progress::Done };
        }
        let waits = (self.due - self.begun) / 4;
        if now < self.begun + waits { Progress::Waiting } else { Progress::Running }
    }

    pub(crate) fn pending(self, now: Instant) -> bool {
        now < self.due
    }

    pub(crate) fn done(self, now: Instant) -> bool {
        self.progress(now) == Progress::Done
    }

    pub(crate) fn failed(self, now: Instant) -> bool {
        self.progress(now) == Progress::Failed
    }
}
