//! What went wrong, at which provider, in the provider's own words, and what to do next.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::operation::Operation;

/// Shorthand for a result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it was. Each kind says whether the provider may have acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is incomplete or wrong: a variable is missing, a URL is not allowed. Nothing was sent.
    Config,
    /// The provider refused the credentials. Nothing was done: check key, token, or user and password.
    Unauthenticated,
    /// The credentials are good but may not do this. Nothing was done: ask for the right at the provider.
    PermissionDenied,
    /// There is no such server, volume, snapshot or operation. Nothing was done.
    NotFound,
    /// The name is taken. Nothing was done: choose another.
    AlreadyExists,
    /// The input is wrong, by our own check (nothing was sent) or the provider's (nothing was done).
    InvalidInput,
    /// The resource is busy with something else. Nothing was done: try again later.
    Busy,
    /// A limit of the account or server is reached. Nothing was done: delete something or raise the limit.
    QuotaExceeded,
    /// Too many requests, for longer than we were ready to wait. Nothing was done: try again later.
    RateLimited,
    /// The provider documents no such operation. Nothing was sent.
    Unsupported,
    /// The provider, or a gateway before it, is out of order. For a read: try again later.
    Unavailable,
    /// The connection could not be made or broke. See [`Error::stage`] for whether the request left.
    Transport,
    /// Nobody can tell whether it was done. Look at the provider, or resume [`Error::resume`], before trying again.
    OutcomeUnknown,
    /// The provider accepted the operation, worked on it, and says that it failed.
    OperationFailed,
    /// The deadline passed while waiting. The operation goes on at the provider; [`Error::resume`] waits on.
    WaitTimeout,
    /// The answer cannot be read. The request itself was accepted.
    Decode,
    /// The provider answered with something that its documentation does not mention.
    Unexpected,
}

impl ErrorKind {
    /// Every kind there is, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::Config,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::NotFound,
        Self::AlreadyExists,
        Self::InvalidInput,
        Self::Busy,
        Self::QuotaExceeded,
        Self::RateLimited,
        Self::Unsupported,
        Self::Unavailable,
        Self::Transport,
        Self::OutcomeUnknown,
        Self::OperationFailed,
        Self::WaitTimeout,
        Self::Decode,
        Self::Unexpected,
    ];

    /// The kind as scripts read it, in snake_case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Unauthenticated => "unauthenticated",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::InvalidInput => "invalid_input",
            Self::Busy => "busy",
            Self::QuotaExceeded => "quota_exceeded",
            Self::RateLimited => "rate_limited",
            Self::Unsupported => "unsupported",
            Self::Unavailable => "unavailable",
            Self::Transport => "transport",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::OperationFailed => "operation_failed",
            Self::WaitTimeout => "wait_timeout",
            Self::Decode => "decode",
            Self::Unexpected => "unexpected",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far the last attempt came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Nothing reached the provider.
    #[default]
    NotSent,
    /// The request may have reached the provider; no answer came back.
    MaybeSent,
    /// The provider answered.
    Answered,
}

/// One failure, opaque, with all that a person needs to act on it.
///
/// `Display` is one line. [`code`](Self::code) and [`message`](Self::message) are the provider's words, unchanged;
/// no credential is ever in it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    provider: Option<Cow<'static, str>>,
    operation: Option<Cow<'static, str>>,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    stage: Stage,
    attempts: u32,
    advice: Option<Cow<'static, str>>,
    resume: Option<Operation>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this kind, in these words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            provider: None,
            operation: None,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            stage: Stage::NotSent,
            attempts: 0,
            advice: None,
            resume: None,
            source: None,
        }))
    }

    /// A call that the provider does not document.
    pub fn unsupported(provider: &'static str, operation: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message).with_provider(provider).with_operation(operation)
    }

    /// Input that is refused before anything is sent.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The provider it happened at.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// What was being done: `create`, `poll`, `list` and so on.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// The HTTP status of the last answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The provider's own error code, unchanged.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The provider's own words, unchanged, or ours where the provider said nothing.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id under which the provider's support finds the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the provider asked to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How far the last attempt came.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// How many times the request was sent, or tried to be.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What to do next, where we know.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The operation to wait on, in this process or another, where the work may go on at the provider.
    #[must_use]
    pub fn resume(&self) -> Option<&Operation> {
        self.0.resume.as_ref()
    }

    /// Whether the same call may be made again later without the risk of doing it twice.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Busy | ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::Transport)
    }

    /// Whether a wait goes on after this: the trouble lies between us and the provider, not in the operation.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_retryable() || matches!(self.0.kind, ErrorKind::Decode | ErrorKind::Unexpected)
    }

    /// Names the provider, unless one is named already.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.0.provider.get_or_insert_with(|| provider.into());
        self
    }

    /// Names the operation, unless one is named already.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation.get_or_insert_with(|| operation.into());
        self
    }

    /// Sets the kind anew: what failed is now known better.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the provider's own code.
    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    /// Sets the provider's request id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
        self
    }

    /// Sets how long the provider asked to wait.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    /// Sets how far the last attempt came.
    #[must_use]
    pub fn with_stage(mut self, stage: Stage) -> Self {
        self.0.stage = stage;
        self
    }

    /// Sets how many attempts were made.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Says what to do next, unless that is said already.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice.get_or_insert_with(|| advice.into());
        self
    }

    /// Sets the HTTP status that another failure had.
    #[must_use]
    pub(crate) fn with_status_of(mut self, other: &Self) -> Self {
        self.0.status = other.status();
        self
    }

    /// Says anew what to do next: what happened is now known better.
    #[must_use]
    pub(crate) fn replacing_advice(mut self, advice: &'static str) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Names the operation to wait on.
    #[must_use]
    pub fn with_resume(mut self, operation: Operation) -> Self {
        self.0.resume = Some(operation);
        self
    }

    /// Keeps the error that caused this one. It must hold no URL and no credential.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        match (&inner.provider, &inner.operation) {
            (Some(provider), Some(operation)) => write!(f, "{} {}: ", OneLine(provider), OneLine(operation))?,
            (Some(word), None) | (None, Some(word)) => write!(f, "{}: ", OneLine(word))?,
            (None, None) => {}
        }
        write!(f, "{}", OneLine(&inner.message))?;
        write!(f, " [{}", inner.kind)?;
        if let Some(status) = inner.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(code) = &inner.code {
            write!(f, ", code {}", OneLine(code))?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, ", request {}", OneLine(id))?;
        }
        if inner.attempts > 1 {
            write!(f, ", {} attempts", inner.attempts)?;
        }
        f.write_str("]")?;
        if let Some(advice) = &inner.advice {
            write!(f, "; {}", OneLine(advice))?;
        }
        Ok(())
    }
}

/// The facts that are known, as a struct.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut facts = f.debug_struct("Error");
        facts.field("kind", &inner.kind).field("message", &inner.message).field("stage", &inner.stage);
        let optional: [(&str, Option<&dyn fmt::Debug>); 9] = [
            ("provider", inner.provider.as_ref().map(|it| it as _)),
            ("operation", inner.operation.as_ref().map(|it| it as _)),
            ("status", inner.status.as_ref().map(|it| it as _)),
            ("code", inner.code.as_ref().map(|it| it as _)),
            ("request_id", inner.request_id.as_ref().map(|it| it as _)),
            ("retry_after", inner.retry_after.as_ref().map(|it| it as _)),
            ("advice", inner.advice.as_ref().map(|it| it as _)),
            ("resume", inner.resume.as_ref().map(|it| it as _)),
            ("source", inner.source.as_ref().map(|it| it as _)),
        ];
        for (name, fact) in optional {
            if let Some(fact) = fact {
                facts.field(name, fact);
            }
        }
        facts.field("attempts", &inner.attempts).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Text from outside, with line breaks and terminal controls made visible.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.trim().chars() {
            match character {
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => f.write_str(" ")?,
                control if control.is_control() || turns_direction(control) => {
                    write!(f, "{}", control.escape_default())?
                }
                plain => write!(f, "{plain}")?,
            }
        }
        Ok(())
    }
}

/// Characters that make a terminal show text in another order than it is written.
fn turns_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
