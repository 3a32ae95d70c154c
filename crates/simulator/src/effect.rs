use std::time::Duration;

use tokio::time::Instant;

use crate::operation::Operation;
use crate::time::later;

/// What a fault makes of a request that the provider carries out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effect {
    /// What the request starts ends failed.
    pub(crate) fails: bool,
    /// What the request starts is never made, though the answer says that it is accepted.
    pub(crate) vanishes: bool,
    /// How long reads do not find the snapshot that is made.
    pub(crate) shown_after: Duration,
    /// How long IONOS's request log does not list the request.
    pub(crate) logged_after: Duration,
    /// SiteHost's job is of the type `daemon`.
    pub(crate) is_daemon_job: bool,
    /// How a list goes on after its end.
    pub(crate) endless: Option<Endless>,
}

/// Whether and when the provider carries a request out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Execution {
    Never,
    Now(Effect),
    Later(Duration),
}

/// The pages of a list that never ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endless {
    /// Every page is empty.
    Empty,
    /// Every page has the items of the first.
    Full,
}

impl Effect {
    /// What is left of it at this operation: only what is created vanishes.
    pub(crate) fn on(self, operation: Operation) -> Self {
        let creates = matches!(operation, Operation::Create | Operation::CreateImage);
        Self { vanishes: self.vanishes && creates, ..self }
    }

    /// From when on reads find what the request makes.
    pub(crate) fn presence(self, now: Instant) -> Presence {
        if self.vanishes { Presence::Never } else { Presence::From(later(now, self.shown_after)) }
    }

    /// From when on the request log lists the request.
    pub(crate) fn log_presence(self, now: Instant) -> Presence {
        if self.vanishes { Presence::Never } else { Presence::From(later(now, self.logged_after)) }
    }
}

/// Whether something exists, and from when on reads find it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Presence {
    From(Instant),
    Never,
}

impl Presence {
    pub(crate) fn exists(self) -> bool {
        matches!(self, Self::From(_))
    }

    pub(crate) fn is_shown(self, now: Instant) -> bool {
        matches!(self, Self::From(first) if now >= first)
    }
}
