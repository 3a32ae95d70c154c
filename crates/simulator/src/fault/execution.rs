use super::kind::FaultKind;
use crate::effect::{Effect, Endless, Execution};

impl FaultKind {
    /// Whether the provider carries the request out, and what the fault makes of that.
    pub(crate) fn execution(self) -> Execution {
        let done = Effect::default();
        match self {
            Self::Status(_)
            | Self::Refuse(_)
            | Self::InternalError
            | Self::NotFound
            | Self::Forbidden
            | Self::Busy
            | Self::Throttle
            | Self::ThrottleBare
            | Self::ThrottleFor(_)
            | Self::ThrottlePast
            | Self::ThrottleFar
            | Self::ResetBefore
            | Self::Hang
            | Self::Redirect
            | Self::EchoCredentials
            | Self::EchoCredentialsPage
            | Self::HostileRefusal => Execution::Never,
            Self::StatusAfter(_)
            | Self::RefuseAfter(_)
            | Self::InternalErrorAfter
            | Self::LostThenBusy(_)
            | Self::ResetAfter
            | Self::Truncate
            | Self::Garbage
            | Self::Misprint
            | Self::Slow
            | Self::Oversize
            | Self::Elements
            | Self::Bomb
            | Self::EchoCredentialsFields
            | Self::HostileText => Execution::Now(done),
            Self::Late(delay) | Self::LateGatewayTimeout(delay) => Execution::Later(delay),
            Self::OperationFails => Execution::Now(Effect { fails: true, ..done }),
            Self::Vanish => Execution::Now(Effect { vanishes: true, ..done }),
            Self::Lag(delay) => Execution::Now(Effect { shown_after: delay, ..done }),
            Self::LogLag(delay) => Execution::Now(Effect { logged_after: delay, ..done }),
            Self::DaemonJob => Execution::Now(Effect { is_daemon_job: true, ..done }),
            Self::Endless => Execution::Now(Effect { endless: Some(Endless::Empty), ..done }),
            Self::EndlessFull => Execution::Now(Effect { endless: Some(Endless::Full), ..done }),
        }
    }
}
