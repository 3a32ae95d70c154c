//! The chain that every request goes through.

use std::fmt;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, DATE};
use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tracing::{Instrument, debug, debug_span, info};

use super::attempts::{Attempts, NextStep, RetryBudget};
use super::authentication::Authentication;
use super::budget::{Admission, HeldBack, RateLimit, RequestBudget};
use super::connections::Connections;
use super::failure::Failure;
use super::options::HttpOptions;
use super::redact::Redactor;
use super::request::Request;
use super::response::{DecodeError, Response};
use super::retry::{AttemptOutcome, Idempotency, RetryDecision, retry_decision};
use super::{body, redact, transport};
use crate::account::Account;
use crate::clock::{ClockOffset, ProviderClock};
use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::poll_queue::PollQueue;
use crate::scope::Scope;
use crate::secret::Secret;

const HELD_BACK: &str = "the requests of this account are held back for now";

/// What one provider adds to every exchange: its credentials, and what its answers mean.
pub trait Protocol: fmt::Debug + Send + Sync {
    /// Says who asks. Called anew for each attempt, because some credentials are good only once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where they cannot be made.
    fn authenticate(&self) -> Result<Authentication>;

    /// The credentials of the account: no answer leaves the client with one of them in it.
    fn secrets(&self) -> Vec<Secret>;

    /// What the answer says went wrong; `None` where it says that all is well.
    fn failure(&self, response: &Response) -> Option<Failure>;

    /// What the answer says about the account's limit of requests.
    fn rate_limit(&self, _response: &Response) -> Option<RateLimit> {
        None
    }
}

/// An HTTP client for one account at one provider. Clones share connections, budget, clock and polls.
#[derive(Clone)]
pub struct HttpClient {
    inner: Arc<Inner>,
}

struct Inner {
    account: Account,
    connections: Connections,
    protocol: Box<dyn Protocol>,
    redactor: Redactor,
    options: HttpOptions,
    budget: RequestBudget,
    retries: RetryBudget,
    clock: ProviderClock,
    poll_queue: PollQueue,
}

impl HttpClient {
    /// A client for the API that `connection` names.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, https is asked for without a TLS feature, or TLS cannot
    /// be set up.
    pub fn new(connection: Connection, protocol: impl Protocol + 'static) -> Result<Self> {
        let base_url = connection.checked_base_url()?;
        let account = connection.account(&base_url);
        let options = connection.into_options();
        let connections = Connections::new(base_url, &options);
        let connections = connections.map_err(|error| error.with_context(&account, "connect"))?;
        let inner = Inner {
            account,
            connections,
            redactor: Redactor::new(protocol.secrets()),
            protocol: Box::new(protocol),
            budget: RequestBudget::new(&options),
            retries: RetryBudget::new(options.retry.budget),
            options,
            clock: ProviderClock::default(),
            poll_queue: PollQueue::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whose client it is.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.inner.account
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner.connections.base_url().as_str()
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &HttpOptions {
        &self.inner.options
    }

    /// The provider's clock, as far as its answers have told.
    #[must_use]
    pub fn clock(&self) -> Option<ClockOffset> {
        self.inner.clock.offset()
    }

    /// Where the waits on this client meet.
    #[must_use]
    pub fn poll_queue(&self) -> &PollQueue {
        &self.inner.poll_queue
    }

    /// Sends a request, again where that is safe, and decodes the answer.
    ///
    /// # Errors
    ///
    /// What the provider refuses, in its words; [`ErrorKind::OutcomeUnknown`] where a request that must not be done
    /// twice may have been done; [`ErrorKind::Transport`], [`ErrorKind::Unavailable`] or [`ErrorKind::RateLimited`]
    /// after the last attempt; [`ErrorKind::Decode`] where the answer to an idempotent request cannot be read.
    pub async fn send<T>(
        &self,
        request: Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        let span = debug_span!(
            "request",
            provider = self.inner.account.provider(),
            operation = request.operation,
            method = %request.method,
            path = %request.path,
        );
        self.inner.send_until_settled(&request, decode).instrument(span).await
    }
}

impl Inner {
    /// The chain: authenticate (anew for each attempt), be admitted by the budget, send, read with a cap, redact,
    /// classify, decode; then, where it failed, perhaps again.
    async fn send_until_settled<T>(
        &self,
        request: &Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        let mut own = Deadline::after(self.options.total_timeout);
        // Waiting for the account's turn fails nothing while the call has time.
        let turn_deadline = Scope::deadline().or(own);
        let (mut attempts, mut last) = (Attempts::default(), None);
        loop {
            let authentication = self.protocol.authenticate().map_err(|error| self.in_context(error, request))?;
            let admission = match self.budget.admit(turn_deadline).await {
                Ok(admission) => admission,
                Err(held) => return Err(self.held_back(request, last, &attempts, &held)),
            };
            if attempts.were_all_throttled() {
                own = Deadline::after(self.options.total_timeout);
            }
            attempts.sent += 1;
            let answer = self.attempt(request, &authentication, &admission, turn_deadline).await;
            let failure = match answer.and_then(|response| self.decode(&response, &decode)) {
                Ok(value) => {
                    self.retries.give_back();
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            drop(admission);
            attempts.note(&failure);
            debug!(attempt = attempts.sent, kind = %failure.kind, status = failure.status, outcome = ?failure.outcome, "failed");
            let retry = &self.options.retry;
            match attempts.next_step(request, &failure, retry, &self.retries, own.earlier(turn_deadline), turn_deadline)
            {
                NextStep::Pause(pause) => sleep(pause).await,
                NextStep::WhenAllowed => {}
                NextStep::GiveUp(reason) => return Err(self.error(request, failure, &attempts, reason)),
            }
            last = Some(failure);
        }
    }

    /// One attempt: an answer in which the provider says that all is well, or what went wrong.
    async fn attempt(
        &self,
        request: &Request,
        authentication: &Authentication,
        admission: &Admission<'_>,
        deadline: Deadline,
    ) -> Result<Response, Failure> {
        let began = Instant::now();
        let answer = self.exchange(request, authentication, deadline).await;
        let status = answer.as_ref().map_or_else(|failure| failure.status, |response| Some(response.status));
        let outcome = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        info!(
            host = &**self.account.host(),
            method = %request.method,
            path = %request.path.split('?').next().unwrap_or_default(),
            outcome,
            ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "request"
        );
        let response = answer.inspect_err(|failure| {
            if failure.outcome == AttemptOutcome::MaybeSent {
                self.connections.broke();
            }
        })?;
        let failure = self.protocol.failure(&response).map(|failure| self.redacted(failure, &authentication.secrets));
        let limit = self.protocol.rate_limit(&response);
        match failure {
            None => {
                admission.accepted(limit);
                Ok(response)
            }
            Some(failure) if failure.outcome == AttemptOutcome::NotProcessed => {
                let asked = failure.retry_after.unwrap_or_default();
                admission.throttled(limit, |in_a_row| self.options.retry.throttled_pause(in_a_row).max(asked));
                Err(failure)
            }
            Some(failure) => {
                admission.accepted(limit);
                Err(failure)
            }
        }
    }

    async fn exchange(
        &self,
        request: &Request,
        authentication: &Authentication,
        deadline: Deadline,
    ) -> Result<Response, Failure> {
        let prepared = self
            .prepared(request, authentication)
            .map_err(|error| Failure::new(error.kind(), AttemptOutcome::CannotConnect, error.message()))?;
        let deadline = deadline.earlier(Deadline::after(self.options.request_timeout));
        Scope::count_request();
        let sent_at = Timestamp::now();
        let mut response = match deadline.bound(prepared.send()).await {
            Some(sent) => sent.map_err(transport::failure)?,
            None => return Err(Failure::timed_out("no answer within the time allowed")),
        };
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        self.clock.observe(headers.get(DATE), sent_at);
        let body = body::read(&mut response, &headers, &self.options, deadline).await;
        let body = body.map_err(|failure| failure.with_status(status))?;
        let body = redact::without(self.redactor.body(body), &authentication.secrets);
        Ok(Response::received(status, headers, body))
    }

    fn prepared(&self, request: &Request, authentication: &Authentication) -> Result<reqwest::RequestBuilder> {
        let url = request.url(self.connections.base_url().url(), authentication)?;
        let client = self.connections.of(request.idempotency)?;
        let mut prepared = client.request(request.method.clone(), url);
        let own = request.headers.iter();
        for (name, value) in own.chain(authentication.headers.iter().map(|(name, value)| (name, value))) {
            prepared = prepared.header(name, value);
        }
        Ok(match request.encoded_body(authentication)? {
            Some((content_type, body)) => prepared.header(CONTENT_TYPE, content_type).body(body),
            None => prepared,
        })
    }

    fn decode<T>(
        &self,
        response: &Response,
        decode: impl Fn(&Response) -> Result<T, DecodeError>,
    ) -> Result<T, Failure> {
        decode(response).map_err(|error| {
            let failure = Failure::new(ErrorKind::Decode, AttemptOutcome::Unreadable, error.to_string());
            self.redacted(failure, &[]).with_status(response.status)
        })
    }

    /// Decoding undoes encodings, and headers are not redacted: what they brought to light is redacted here.
    fn redacted(&self, failure: Failure, of_attempt: &[Secret]) -> Failure {
        let words = |words: String| redact::words_without(self.redactor.words(words), of_attempt);
        Failure {
            message: words(failure.message),
            code: failure.code.map(words),
            request_id: failure.request_id.map(words),
            ..failure
        }
    }

    fn error(
        &self,
        request: &Request,
        failure: Failure,
        attempts: &Attempts,
        reason: Option<std::borrow::Cow<'static, str>>,
    ) -> Error {
        let is_unknown = attempts.may_have_acted && request.idempotency == Idempotency::NonIdempotent;
        debug_assert!(
            is_unknown || retry_decision(failure.outcome, request.idempotency) != RetryDecision::OutcomeUnknown
        );
        let stage = match failure.outcome {
            outcome if !outcome.was_sent() => Stage::NotSent,
            AttemptOutcome::MaybeSent if failure.status.is_none() => Stage::MaybeSent,
            _ => Stage::Answered,
        };
        let error = Error::new(if is_unknown { ErrorKind::OutcomeUnknown } else { failure.kind }, failure.message)
            .with_code(failure.code)
            .with_request_id(failure.request_id)
            .with_retry_after(failure.retry_after)
            .with_status(failure.status)
            .with_stage(stage)
            .with_attempts(attempts.sent)
            .with_may_have_acted(attempts.may_have_acted);
        let unclear = is_unknown.then_some("it may have been done: look at the provider before trying again".into());
        let error = match failure.advice.map(std::borrow::Cow::Borrowed).or(reason).or(unclear) {
            Some(advice) => error.with_advice(advice),
            None => error,
        };
        self.in_context(error, request)
    }

    /// A request that was not let through before its deadline, after the last failure where there was one.
    fn held_back(&self, request: &Request, last: Option<Failure>, attempts: &Attempts, held: &HeldBack) -> Error {
        let why = match held {
            HeldBack::For(wait) => format!("the next may be sent in {:.1} s, past the deadline", wait.as_secs_f64()),
            HeldBack::ByOthers => "others of this account were in front of it until the deadline".to_owned(),
            HeldBack::TooLate => "the deadline passed before the request was sent".to_owned(),
        };
        if let Some(failure) = last {
            return self.error(request, failure, attempts, Some(why.into()));
        }
        let error = match held {
            HeldBack::TooLate => Error::new(ErrorKind::Transport, why),
            HeldBack::ByOthers => Error::new(ErrorKind::RateLimited, HELD_BACK).with_advice(why),
            HeldBack::For(wait) => {
                Error::new(ErrorKind::RateLimited, HELD_BACK).with_advice(why).with_retry_after(Some(*wait))
            }
        };
        self.in_context(error, request)
    }

    fn in_context(&self, error: Error, request: &Request) -> Error {
        error.with_context(&self.account, request.operation)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient")
            .field("provider", &self.inner.account.provider())
            .field("account", self.inner.account.name())
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}
