//! What went wrong, at which provider, in the provider's own words, and what to do next.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::account::Account;
use crate::printable::printable;

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
    /// Nobody can tell whether it was done. Look at the provider, or wait on [`Error::token`], before trying again.
    OutcomeUnknown,
    /// The provider accepted the operation, worked on it, and says that it failed.
    OperationFailed,
    /// The deadline passed while waiting. The operation goes on at the provider, and [`Error::token`] waits on; without
    /// a token nothing was sent.
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
/// `Display` is one line. [`code`](Self::code) and [`message`](Self::message) are the provider's words, with credentials
/// replaced and otherwise unchanged. A clone stands for a further operation that the same answer was for.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    provider: Option<Cow<'static, str>>,
    account: Option<Arc<str>>,
    host: Option<Arc<str>>,
    operation: Option<Cow<'static, str>>,
    status: Option<u16>,
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    stage: Stage,
    attempts: u32,
    may_have_acted: bool,
    advice: Option<Cow<'static, str>>,
    token: Option<String>,
    snapshot: Option<String>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// A failure of this kind, in these words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            provider: None,
            account: None,
            host: None,
            operation: None,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            stage: Stage::NotSent,
            attempts: 0,
            may_have_acted: false,
            advice: None,
            token: None,
            snapshot: None,
            source: None,
        }))
    }

    /// A call that the provider does not document.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Input that is refused before anything is sent.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// A wrong setting.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// What the provider's answers tell, beyond their words.
    pub fn answered(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(kind, message).with_stage(Stage::Answered)
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

    /// The account it happened to, by its name in references.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.0.account.as_deref()
    }

    /// The host that was asked, or would have been.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.0.host.as_deref()
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

    /// The provider's own error code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The provider's own words, or ours where the provider said nothing.
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

    /// Whether the provider may have done what was asked, by this attempt or an earlier one.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        self.0.may_have_acted
    }

    /// Whether the provider itself answered so, in its own form, and no attempt of this call may have acted.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.0.stage == Stage::Answered && !self.0.may_have_acted
    }

    /// What to do next, where we know.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The token of the [`Operation`](crate::Operation) to wait on, in this process or another, where the work may go
    /// on at the provider.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.0.token.as_deref()
    }

    /// The reference of the snapshot that it concerns, where the provider named one.
    #[must_use]
    pub fn snapshot(&self) -> Option<&str> {
        self.0.snapshot.as_deref()
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

    /// Whether the request was refused on this machine: nothing was sent.
    #[must_use]
    pub fn is_own_refusal(&self) -> bool {
        self.0.attempts == 0
            && self.0.stage == Stage::NotSent
            && matches!(self.0.kind, ErrorKind::Config | ErrorKind::InvalidInput | ErrorKind::Unsupported)
    }

    /// Names the account and the operation, unless they are named already.
    #[must_use]
    pub fn with_context(mut self, account: &Account, operation: &'static str) -> Self {
        let inner = &mut *self.0;
        inner.provider.get_or_insert(Cow::Borrowed(account.provider()));
        inner.account.get_or_insert_with(|| Arc::clone(account.name()));
        inner.host.get_or_insert_with(|| Arc::clone(account.host()));
        inner.operation.get_or_insert(Cow::Borrowed(operation));
        self
    }

    /// Names the provider.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.0.provider = Some(provider.into());
        self
    }

    /// Names the account.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Arc<str>>) -> Self {
        self.0.account = Some(account.into());
        self
    }

    /// Names the operation.
    #[must_use]
    pub fn with_operation(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        self.0.operation = Some(operation.into());
        self
    }

    /// Sets the kind anew: what failed is now known better.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the words.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: Option<u16>) -> Self {
        self.0.status = status;
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

    /// Sets whether the provider may have done what was asked.
    #[must_use]
    pub fn with_may_have_acted(mut self, may_have_acted: bool) -> Self {
        self.0.may_have_acted = may_have_acted;
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Names the operation to wait on, by its token.
    #[must_use]
    pub fn with_token(mut self, operation: impl fmt::Display) -> Self {
        self.0.token = Some(operation.to_string());
        self
    }

    /// Names the snapshot that it concerns, by its reference.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: impl fmt::Display) -> Self {
        self.0.snapshot = Some(snapshot.to_string());
        self
    }

    /// Keeps the error that caused this one. It must hold no URL and no credential.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        inner.write_where(f)?;
        write!(f, "{} [{}", printable(&inner.message), inner.kind)?;
        if let Some(status) = inner.status {
            write!(f, ", HTTP {status}")?;
        }
        if let Some(code) = &inner.code {
            write!(f, ", code {}", printable(code))?;
        }
        if let Some(id) = &inner.request_id {
            write!(f, ", request {}", printable(id))?;
        }
        if inner.attempts > 1 {
            write!(f, ", {} attempts", inner.attempts)?;
        }
        f.write_str("]")?;
        if let Some(advice) = &inner.advice {
            write!(f, "; {}", printable(advice))?;
        }
        Ok(())
    }
}

impl Inner {
    /// `production (ionos) create at api.ionos.com: `, as far as it is known.
    fn write_where(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named_otherwise = self.account.as_deref().filter(|account| self.provider.as_deref() != Some(account));
        let mut words = Vec::new();
        match (named_otherwise, &self.provider) {
            (Some(account), Some(provider)) => words.push(format!("{} ({})", printable(account), printable(provider))),
            (Some(word), None) => words.push(printable(word).to_string()),
            (None, Some(word)) => words.push(printable(word).to_string()),
            (None, None) => {}
        }
        words.extend(self.operation.as_ref().map(|operation| printable(operation).to_string()));
        words.extend(self.host.as_ref().filter(|_| self.attempts > 0).map(|host| format!("at {}", printable(host))));
        if words.is_empty() { Ok(()) } else { write!(f, "{}: ", words.join(" ")) }
    }
}

/// As the command's JSON.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let inner = &self.0;
        let mut object = serializer.serialize_struct("Error", 12)?;
        object.serialize_field("kind", &inner.kind)?;
        object.serialize_field("provider", &inner.provider)?;
        object.serialize_field("account", &inner.account.as_deref())?;
        object.serialize_field("host", &inner.host.as_deref())?;
        object.serialize_field("operation", &inner.operation)?;
        object.serialize_field("status", &inner.status)?;
        object.serialize_field("code", &inner.code)?;
        object.serialize_field("message", &inner.message)?;
        object.serialize_field("request_id", &inner.request_id)?;
        object.serialize_field("retryable", &self.is_retryable())?;
        object.serialize_field("attempts", &inner.attempts)?;
        object.serialize_field("advice", &inner.advice)?;
        object.end()
    }
}

/// The facts that are known, as a struct.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        let mut facts = f.debug_struct("Error");
        facts.field("kind", &inner.kind).field("message", &inner.message).field("stage", &inner.stage);
        let optional: [(&str, Option<&dyn fmt::Debug>); 12] = [
            ("provider", inner.provider.as_ref().map(|it| it as _)),
            ("account", inner.account.as_ref().map(|it| it as _)),
            ("host", inner.host.as_ref().map(|it| it as _)),
            ("operation", inner.operation.as_ref().map(|it| it as _)),
            ("status", inner.status.as_ref().map(|it| it as _)),
            ("code", inner.code.as_ref().map(|it| it as _)),
            ("request_id", inner.request_id.as_ref().map(|it| it as _)),
            ("retry_after", inner.retry_after.as_ref().map(|it| it as _)),
            ("advice", inner.advice.as_ref().map(|it| it as _)),
            ("token", inner.token.as_ref().map(|it| it as _)),
            ("snapshot", inner.snapshot.as_ref().map(|it| it as _)),
            ("source", inner.source.as_ref().map(|it| it as _)),
        ];
        for (name, fact) in optional {
            if let Some(fact) = fact {
                facts.field(name, fact);
            }
        }
        facts.field("attempts", &inner.attempts).field("may_have_acted", &inner.may_have_acted).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Any error, for `fn main() -> Result<(), Report>`: what the runtime prints is the error's line and those of its
/// causes, not a struct.
///
/// ```
/// fn main() -> Result<(), cloudsnap_core::Report> {
///     let source: cloudsnap_core::SourceRef = "ionos:DATACENTER/VOLUME".parse()?;
///     println!("{source}");
///     Ok(())
/// }
/// ```
pub struct Report(Box<dyn std::error::Error + Send + Sync>);

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for Report {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(&self.0.to_string()))?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {}", printable(&error.to_string()))?;
            cause = error.source();
        }
        Ok(())
    }
}
