//! How the command ends. Scripts rely on the numbers.

use std::process::ExitCode;

use cloudsnap::{Error, ErrorKind};
use cloudsnap_fleet::run::FinishedItem;
use cloudsnap_fleet::{Item, Outcome};

/// The exit codes, one word each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything asked for is done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The command line or the configuration is wrong; nothing was sent.
    Usage = 2,
    /// Some items failed, others are done.
    Partial = 3,
    /// Nobody can tell the outcome of an item.
    Unknown = 4,
    /// The deadline passed while waiting.
    Deadline = 5,
    /// A signal ended it.
    Interrupted = 130,
}

impl Exit {
    /// The end of a command that met one error.
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::OutcomeUnknown => Self::Unknown,
            ErrorKind::WaitTimeout => Self::Deadline,
            _ if error.is_own_refusal() => Self::Usage,
            _ => Self::Failed,
        }
    }

    /// The end of one item.
    pub(crate) fn of_item(item: &Item) -> Self {
        Self::of_outcome(item.outcome, item.error.as_ref())
    }

    /// The end of one item of a run.
    pub(crate) fn of_run_item(item: &FinishedItem) -> Self {
        Self::of_outcome(item.outcome, item.error.as_ref())
    }

    fn of_outcome(outcome: Outcome, error: Option<&Error>) -> Self {
        match (outcome, error) {
            (Outcome::Unknown, _) => Self::Unknown,
            (Outcome::Timeout, _) => Self::Deadline,
            (Outcome::Failed, Some(error)) if error.is_own_refusal() => Self::Usage,
            (Outcome::Failed, _) => Self::Failed,
            _ => Self::Done,
        }
    }

    /// The word by which hooks and the history call it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed | Self::Usage => "failed",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Deadline => "timeout",
            Self::Interrupted => "interrupted",
        }
    }

    /// This end, unless `other` is graver than a mere failure.
    pub(crate) fn graver_of(self, other: Self) -> Self {
        if matches!(other, Self::Unknown | Self::Partial | Self::Deadline) { other } else { self }
    }

    /// The end of a command whose items ended each in its own way.
    pub(crate) fn of_all(ends: impl IntoIterator<Item = Self>) -> Self {
        let ends: Vec<Self> = ends.into_iter().collect();
        let any = |exit: Self| ends.contains(&exit);
        let failed = any(Self::Failed) || any(Self::Usage);
        match () {
            () if any(Self::Interrupted) => Self::Interrupted,
            () if any(Self::Unknown) => Self::Unknown,
            () if any(Self::Partial) || failed && any(Self::Done) => Self::Partial,
            () if any(Self::Deadline) => Self::Deadline,
            () if any(Self::Failed) => Self::Failed,
            () if any(Self::Usage) => Self::Usage,
            () => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{Deadline, Done, Failed, Interrupted, Partial, Unknown, Usage};
    use super::*;

    #[test]
    fn of_several_ends_the_gravest_counts() {
        for (ends, expected) in [
            (&[][..], Done),
            (&[Done, Done], Done),
            (&[Failed], Failed),
            (&[Deadline], Deadline),
            (&[Unknown], Unknown),
            (&[Usage, Usage], Usage),
            (&[Failed, Usage], Failed),
            (&[Failed, Failed], Failed),
            (&[Done, Failed], Partial),
            (&[Done, Usage], Partial),
            (&[Done, Deadline], Deadline),
            (&[Failed, Deadline], Deadline),
            (&[Done, Failed, Deadline], Partial),
            (&[Done, Failed, Deadline, Unknown], Unknown),
            (&[Done, Interrupted, Unknown], Interrupted),
        ] {
            assert_eq!(Exit::of_all(ends.iter().copied()), expected, "{ends:?}");
        }
    }

    #[test]
    fn what_we_refuse_is_usage_and_what_the_provider_refuses_is_failure() {
        let error = || Error::invalid_input("no");
        assert_eq!(Exit::of(&error()), Usage);
        assert_eq!(Exit::of(&error().with_stage(cloudsnap::Stage::Answered)), Failed);
        assert_eq!(Exit::of(&Error::new(ErrorKind::NotFound, "no")), Failed);
        assert_eq!(Exit::of(&Error::new(ErrorKind::OutcomeUnknown, "?")), Unknown);
        assert_eq!(Exit::of(&Error::new(ErrorKind::WaitTimeout, "late")), Deadline);
    }
}
