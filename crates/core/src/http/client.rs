//! The chain that every request goes through.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, debug, debug_span};

use super::options::{BaseUrl, HttpOptions};
use super::protocol::{Failure, Protocol};
use super::rate::RateBudget;
use super::request::{Authentication, Request};
use super::response::{DecodeError, Response};
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::retry::{Happened, RetryBudget, RetryOptions, Verdict, verdict};
use crate::scope::Scope;

/// An HTTP client for one account at one provider. Clones share connections, rate and retry budget.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    client: reqwest::Client,
    base_url: BaseUrl,
    protocol: Box<dyn Protocol>,
    options: HttpOptions,
    rate: RateBudget,
    retries: RetryBudget,
}

impl HttpClient {
    /// A client for the API at `base_url`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where https is asked for without a TLS feature, or TLS cannot be set up.
    pub fn new(base_url: BaseUrl, protocol: impl Protocol + 'static, options: HttpOptions) -> Result<Self> {
        let client = connection_pool(&base_url, &options)?;
        let rate = RateBudget::new(options.requests_per_second);
        let retries = RetryBudget::new(options.retry.budget);
        let inner = Inner { client, base_url, protocol: Box::new(protocol), options, rate, retries };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner.base_url.as_str()
    }

    /// Sends a request, again where that is safe, and decodes the answer.
    ///
    /// # Errors
    ///
    /// What the provider refuses, in its words; [`ErrorKind::OutcomeUnknown`] where a request that must not be done
    /// twice may have been done; [`ErrorKind::Transport`], [`ErrorKind::Unavailable`] or [`ErrorKind::RateLimited`]
    /// after the last attempt; [`ErrorKind::Decode`] where the answer to a repeatable request cannot be read.
    pub async fn send<T>(
        &self,
        request: Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        let span = debug_span!(
            "request",
            provider = self.inner.protocol.provider(),
            operation = request.operation,
            method = %request.method,
            path = %request.path,
        );
        self.send_until_settled(&request, decode).instrument(span).await
    }

    /// The chain: authenticate (anew for each attempt), stay within the rate, send, read with a cap, classify, decode;
    /// then, where it failed, retry.
    async fn send_until_settled<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        let inner = &*self.inner;
        let mut attempts = Attempts::new(&inner.options.retry);
        loop {
            let authentication = inner.protocol.authenticate().map_err(|error| inner.signed(error, request))?;
            inner.rate.admit().await.map_err(|wait| inner.held_back(request, &attempts, wait))?;
            attempts.sent += 1;
            let answer = inner.exchange(request, &authentication).await;
            let answer = answer.and_then(|response| inner.accept(&response, &decode));
            let failure = match answer {
                Ok(value) => {
                    inner.retries.give_back();
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            debug!(attempt = attempts.sent, kind = %failure.kind, status = failure.status, happened = ?failure.happened, "failed");
            match inner.next_step(request, &failure, &mut attempts) {
                NextStep::Wait(pause) => sleep(pause).await,
                NextStep::GiveUp(reason) => return Err(inner.error(request, failure, &attempts, reason)),
            }
        }
    }
}

impl Inner {
    async fn exchange(&self, request: &Request, authentication: &Authentication) -> Result<Response, Failure> {
        let prepared = self
            .prepared(request, authentication)
            .map_err(|error| Failure::without_answer(ErrorKind::InvalidInput, Happened::Refused, error.message()))?;
        let limit = self.options.request_timeout;
        let allowed = Scope::time_left().map_or(limit, |left| left.min(limit));
        if allowed.is_zero() {
            let message = "the deadline passed before the request was sent";
            return Err(Failure::without_answer(ErrorKind::Transport, Happened::NeverSent, message));
        }
        let deadline = in_time(allowed);
        Scope::count_request();
        let mut response = match timeout_at(deadline, prepared.send()).await {
            Ok(sent) => sent.map_err(transport_failure)?,
            Err(_) => return Err(late("no answer within the time allowed")),
        };
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        debug!(status, "answered");
        let body = self.read(&mut response, deadline).await;
        let body = body.map_err(|failure| Failure { status: Some(status), ..failure })?;
        Ok(Response::received(status, headers, body))
    }

    fn prepared(&self, request: &Request, authentication: &Authentication) -> Result<reqwest::RequestBuilder> {
        let url = request.url(self.base_url.url(), authentication)?;
        let mut prepared = self.client.request(request.method.clone(), url);
        let own = request.headers.iter();
        for (name, value) in own.chain(authentication.headers.iter().map(|(name, value)| (name, value))) {
            prepared = prepared.header(name, value);
        }
        Ok(match request.encoded_body(authentication)? {
            Some((content_type, body)) => prepared.header(CONTENT_TYPE, content_type).body(body),
            None => prepared,
        })
    }

    /// Reads a body to its end, or to the cap. What is left of a body beyond the cap is never read.
    async fn read(&self, response: &mut reqwest::Response, deadline: Instant) -> Result<Bytes, Failure> {
        let cap = self.options.max_response_bytes;
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let (mut first, mut joined) = (Bytes::new(), Vec::new());
        while let Some(piece) = self.next_piece(response, deadline).await? {
            if first.len().max(joined.len()) + piece.len() > cap {
                return Err(Failure {
                    advice: Some("where an account's lists are that long, raise HttpOptions::max_response_bytes"),
                    ..Failure::without_answer(
                        ErrorKind::Decode,
                        Happened::Unreadable,
                        format!("the answer is larger than {cap} bytes and was not read further"),
                    )
                });
            }
            if first.is_empty() {
                // Most bodies come in one piece, which is kept without a copy.
                first = piece;
                continue;
            }
            if joined.is_empty() {
                joined.reserve(announced.min(cap));
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&piece);
        }
        Ok(if joined.is_empty() { first } else { joined.into() })
    }

    async fn next_piece(&self, response: &mut reqwest::Response, deadline: Instant) -> Result<Option<Bytes>, Failure> {
        let until = deadline.min(in_time(self.options.read_timeout));
        match timeout_at(until, response.chunk()).await {
            Ok(piece) => piece.map_err(broken_body),
            Err(_) => Err(late("the answer did not end in time")),
        }
    }

    fn accept<T>(
        &self,
        response: &Response,
        decode: impl Fn(&Response) -> Result<T, DecodeError>,
    ) -> Result<T, Failure> {
        if let Some(failure) = self.protocol.failure(response) {
            return Err(failure);
        }
        decode(response).map_err(|error| Failure {
            status: Some(response.status),
            ..Failure::without_answer(ErrorKind::Decode, Happened::Unreadable, error.to_string())
        })
    }

    fn next_step(&self, request: &Request, failure: &Failure, attempts: &mut Attempts<'_>) -> NextStep {
        let pause = match verdict(failure.happened, request.effect) {
            Verdict::Stop | Verdict::OutcomeUnknown => return NextStep::GiveUp(None),
            Verdict::Again => match attempts.next_pause() {
                Some(pause) => pause.max(failure.retry_after.unwrap_or_default()),
                None => return NextStep::GiveUp(None),
            },
            Verdict::AgainWhenAllowed => match attempts.next_throttled_pause(failure.retry_after) {
                Some(pause) => pause,
                None => return NextStep::GiveUp(Some(when_allowed(failure.retry_after))),
            },
        };
        if Scope::time_left().is_some_and(|left| pause >= left) || pause > attempts.longest_pause() {
            return NextStep::GiveUp(Some(when_allowed(failure.retry_after)));
        }
        if failure.happened == Happened::NotProcessed {
            self.rate.pause(pause);
        } else if !self.retries.take() {
            return NextStep::GiveUp(Some(
                "too many requests of this client failed of late; it sends nothing again for now".into(),
            ));
        }
        NextStep::Wait(pause)
    }

    fn error(
        &self,
        request: &Request,
        failure: Failure,
        attempts: &Attempts<'_>,
        reason: Option<Cow<'static, str>>,
    ) -> Error {
        let unknown = verdict(failure.happened, request.effect) == Verdict::OutcomeUnknown;
        let stage = match failure.happened {
            Happened::NeverSent => Stage::NotSent,
            Happened::MaybeSent if failure.status.is_none() => Stage::MaybeSent,
            _ => Stage::Answered,
        };
        let mut error = Error::new(if unknown { ErrorKind::OutcomeUnknown } else { failure.kind }, failure.message)
            .with_code(failure.code)
            .with_request_id(failure.request_id)
            .with_retry_after(failure.retry_after)
            .with_stage(stage)
            .with_attempts(attempts.sent);
        if let Some(status) = failure.status {
            error = error.with_status(status);
        }
        if unknown {
            error = error.with_advice("it may have been done: look at the provider before trying again");
        }
        if let Some(advice) = failure.advice.map(Cow::Borrowed).or(reason) {
            error = error.with_advice(advice);
        }
        self.signed(error, request)
    }

    /// A request that was not let through before its deadline.
    fn held_back(&self, request: &Request, attempts: &Attempts<'_>, wait: Duration) -> Error {
        let error = Error::new(ErrorKind::RateLimited, "the requests of this client are held back for now")
            .with_retry_after(Some(wait))
            .with_attempts(attempts.sent)
            .with_advice(format!("the next may be sent in {:.1} s, past the deadline", wait.as_secs_f64()));
        self.signed(error, request)
    }

    fn signed(&self, error: Error, request: &Request) -> Error {
        error.with_provider(self.protocol.provider()).with_operation(request.operation)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("provider", &self.inner.protocol.provider())
            .field("base_url", &self.inner.base_url.as_str())
            .finish_non_exhaustive()
    }
}

enum NextStep {
    Wait(Duration),
    GiveUp(Option<Cow<'static, str>>),
}

/// The attempts of one request so far.
struct Attempts<'a> {
    options: &'a RetryOptions,
    sent: u32,
    throttled: u32,
    began: Instant,
}

impl<'a> Attempts<'a> {
    fn new(options: &'a RetryOptions) -> Self {
        Self { options, sent: 0, throttled: 0, began: Instant::now() }
    }

    fn next_pause(&self) -> Option<Duration> {
        let counted = self.sent - self.throttled;
        (counted < self.options.attempts).then(|| self.options.pause(counted))
    }

    /// Our own pauses may be longer than the patience with a provider's.
    fn longest_pause(&self) -> Duration {
        self.options.throttle_patience.max(self.options.cap)
    }

    fn next_throttled_pause(&mut self, asked: Option<Duration>) -> Option<Duration> {
        self.throttled += 1;
        let pause = asked.unwrap_or_else(|| self.options.throttled_pause(self.throttled));
        (self.began.elapsed().saturating_add(pause) <= self.options.throttle_patience).then_some(pause)
    }
}

/// Why nothing is sent again, where that is a matter of time.
fn when_allowed(retry_after: Option<Duration>) -> Cow<'static, str> {
    match retry_after {
        Some(pause) => {
            format!("the provider asks for a pause of {} s, longer than we may wait", pause.as_secs_f64()).into()
        }
        None => "the next attempt would come later than we may wait".into(),
    }
}

fn connection_pool(base_url: &BaseUrl, options: &HttpOptions) -> Result<reqwest::Client> {
    refuse_missing_tls(base_url)?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let mut builder = reqwest::Client::builder()
        .user_agent(options.user_agent())
        .default_headers(headers)
        .connect_timeout(options.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false);
    if base_url.is_loopback() {
        builder = builder.no_proxy();
    }
    #[cfg(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"))]
    if !base_url.is_https() {
        // Reading the system's certificates takes longer than a whole exchange on loopback.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, "the HTTP client cannot be set up").with_source(innermost(&error.without_url()))
    })
}

fn refuse_missing_tls(base_url: &BaseUrl) -> Result<()> {
    const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));
    if base_url.is_https() && !HAS_TLS {
        return Err(Error::new(ErrorKind::Config, "https needs TLS, and this program was built without it")
            .with_advice("switch on one of the features rustls, native-tls or rustls-no-provider"));
    }
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Error::new(ErrorKind::Config, "rustls has no crypto provider")
            .with_advice("install one with rustls::crypto::CryptoProvider::install_default before the first client"));
    }
    Ok(())
}

/// A request that got no answer. The URL is dropped: at some providers it holds a key.
fn transport_failure(error: reqwest::Error) -> Failure {
    let happened = if error.is_connect() || error.is_builder() { Happened::NeverSent } else { Happened::MaybeSent };
    let what = match (happened, error.is_timeout()) {
        (Happened::NeverSent, true) => "no connection within the time allowed",
        (Happened::NeverSent, false) => "no connection",
        _ => "the connection broke before the answer came",
    };
    Failure::without_answer(ErrorKind::Transport, happened, with_cause(what, error))
}

/// A body that did not come whole: cut off on the way, or compressed in a way that cannot be undone.
fn broken_body(error: reqwest::Error) -> Failure {
    let (what, kind, happened) = if is_invalid_data(&error) {
        ("the answer cannot be decompressed", ErrorKind::Decode, Happened::Unreadable)
    } else {
        ("the answer broke off", ErrorKind::Transport, Happened::MaybeSent)
    };
    Failure::without_answer(kind, happened, with_cause(what, error))
}

/// The moment so long from now. One that no clock can tell is years away.
fn in_time(duration: Duration) -> Instant {
    const YEARS: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    let now = Instant::now();
    now.checked_add(duration).unwrap_or(now + YEARS)
}

/// What takes longer than it may. It is given up on, wherever it may be by now.
fn late(what: &str) -> Failure {
    Failure::without_answer(ErrorKind::Transport, Happened::MaybeSent, what)
}

/// reqwest gives a cut body and a wrongly compressed one the same kind; the cause underneath differs.
fn is_invalid_data(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    false
}

fn with_cause(what: &str, error: reqwest::Error) -> String {
    format!("{what}: {}", innermost(&error.without_url()))
}

/// The words of the innermost cause: "Connection refused", not the layers around it.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
