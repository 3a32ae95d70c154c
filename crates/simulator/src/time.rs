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
    pub(crate) fn first() -> Self {
        Self { now: Instant::now(), wall: Timestamp::now() }
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
        Self { begun, due: begun + takes, fails }
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
