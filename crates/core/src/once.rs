//! Sending something at most once, and looking for it where the answer was lost.
//!
//! Creates of snapshots, creates of images, deletes and restores all go through [`send_once`]. An outcome is unknown
//! until something proves another: [`NothingDone`] is the only proof that nothing was done, and only a
//! [`SendLedger`] makes it.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::error::{Error, ErrorKind, Result};
use crate::fingerprint::{SETTLE, SendWindow};
use crate::scope::Scope;

/// How a request whose answer was lost is made good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookupOptions {
    /// How long the provider is watched after a lost answer before the request is sent again.
    ///
    /// A request that was cut off may still be at work in a gateway or behind it. Providers answer a create at once and
    /// work on it afterwards, so that seconds are enough; none documents a bound. Ten seconds by default.
    pub settle: Duration,
    /// How long looking goes on while the provider cannot be asked, before the outcome is said to be unknown. Five
    /// minutes by default.
    pub lookup_timeout: Duration,
    /// How many times a request is sent in all, each after a look that showed nothing. Six by default.
    pub max_sends: u32,
}

impl Default for LookupOptions {
    fn default() -> Self {
        Self { settle: SETTLE, lookup_timeout: Duration::from_secs(300), max_sends: 6 }
    }
}

impl LookupOptions {
    /// Sets how long the provider is watched after a lost answer.
    #[must_use]
    pub fn with_settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Sets how long looking goes on while the provider cannot be asked.
    #[must_use]
    pub fn with_lookup_timeout(mut self, timeout: Duration) -> Self {
        self.lookup_timeout = timeout;
        self
    }

    /// Sets how many times a request is sent in all.
    #[must_use]
    pub fn with_max_sends(mut self, max_sends: u32) -> Self {
        self.max_sends = max_sends;
        self
    }
}

/// What a look for something that may have been done showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It was done.
    Found(T),
    /// Nothing.
    Absent,
    /// Nothing yet, and work at the provider that may still do it, in these words.
    Pending(String),
    /// What could be it, and could be something else, in these words.
    Ambiguous(String),
}

/// Something that was sent, and done once as far as the answers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent<T> {
    /// What the provider answered, or what was found.
    pub value: T,
    /// Whether the answer was lost and it was found.
    pub adopted: bool,
    /// Whether it was sent again after a lost answer, so that it may be there twice.
    pub resent: Option<SendWindow>,
}

/// Sends something, and looks for it where the answer was lost. It is sent again only after looks that showed nothing.
///
/// # Errors
///
/// What `send` failed with, where nothing was done for certain: nothing left this machine, or every send was refused by
/// the provider itself. Else [`ErrorKind::OutcomeUnknown`].
pub async fn send_once<T, S, F>(
    options: &LookupOptions,
    send: impl Fn() -> S + Send,
    find: impl Fn(SendWindow) -> F + Send + Sync,
) -> Result<Sent<T>>
where
    T: Send,
    S: Future<Output = Result<T>> + Send,
    F: Future<Output = Result<Lookup<T>>> + Send,
{
    send_once_tracked(options, send, find).await.map_err(|lost| match lost {
        LostSend::NothingDone(error) | LostSend::Unknown(error, _) => error,
    })
}

/// Why there is nothing to follow.
pub(crate) enum LostSend {
    /// Nothing was done, for certain.
    NothingDone(Error),
    /// Nobody can tell. It was sent in this time.
    Unknown(Error, SendWindow),
}

/// [`send_once`], telling apart what is certain.
pub(crate) async fn send_once_tracked<T, S, F>(
    options: &LookupOptions,
    send: impl Fn() -> S + Send,
    find: impl Fn(SendWindow) -> F + Send + Sync,
) -> Result<Sent<T>, LostSend>
where
    T: Send,
    S: Future<Output = Result<T>> + Send,
    F: Future<Output = Result<Lookup<T>>> + Send,
{
    let mut ledger = SendLedger::default();
    loop {
        ledger.begin();
        let scope = Scope::new();
        let error = match scope.run(send()).await {
            Ok(value) => return Ok(Sent { value, adopted: false, resent: ledger.resent() }),
            Err(error) => error,
        };
        // Only the request itself proves that nothing was done: what fails behind a good answer does not.
        let error = if scope.requests() > 0 && error.attempts() == 0 { error.with_may_have_acted(true) } else { error };
        ledger.note(&error);
        if let Some(nothing_done) = ledger.nothing_done() {
            return Err(nothing_done.with(error));
        }
        debug!(%error, "the answer was lost; looking before anything else");
        // A refusal after a lost answer may be because of what was done: there is more reason to look than to send.
        let is_refused = error.is_definite() && error.kind() != ErrorKind::RateLimited;
        let settle = if is_refused { options.settle.max(options.lookup_timeout / 5) } else { options.settle };
        match look(options, settle, ledger.window(), &find).await {
            Look::Found(value) => return Ok(Sent { value, adopted: true, resent: ledger.resent() }),
            Look::Absent if !is_refused && ledger.sends < options.max_sends && !Scope::deadline().has_passed() => {}
            looked => {
                let error = unknown(error, &looked.in_words(is_refused), &ledger);
                return Err(LostSend::Unknown(error, ledger.window()));
            }
        }
    }
}

/// What became of the sends of one request.
#[derive(Debug, Default)]
struct SendLedger {
    sends: u32,
    window: Option<SendWindow>,
    lost: bool,
}

/// The proof that nothing was done: no send left this machine, or each was refused by the provider itself.
struct NothingDone(());

impl NothingDone {
    fn with(self, error: Error) -> LostSend {
        let Self(()) = self;
        LostSend::NothingDone(error)
    }
}

impl SendLedger {
    fn begin(&mut self) {
        self.sends += 1;
        self.window.get_or_insert_with(SendWindow::now).last = None;
    }

    fn note(&mut self, error: &Error) {
        self.lost |= error.may_have_acted();
        if let (true, Some(window)) = (error.may_have_acted(), &mut self.window) {
            window.last = Some(Timestamp::now());
        }
    }

    fn nothing_done(&self) -> Option<NothingDone> {
        (!self.lost).then_some(NothingDone(()))
    }

    fn window(&self) -> SendWindow {
        let window = self.window.unwrap_or_else(SendWindow::now);
        let last = window.last.or_else(|| Some(Timestamp::now()));
        SendWindow { last, is_repeated: self.sends > 1 && self.lost, ..window }
    }

    fn resent(&self) -> Option<SendWindow> {
        Some(self.window()).filter(|window| window.is_repeated)
    }
}

enum Look<T> {
    Found(T),
    Absent,
    /// Why it cannot be told.
    Unclear(String),
}

impl<T> Look<T> {
    fn in_words(&self, is_refused: bool) -> String {
        let likely = if is_refused {
            "this may be because an earlier send, whose answer was lost, was done"
        } else {
            "most likely it was not done"
        };
        match self {
            Self::Unclear(why) => why.clone(),
            Self::Absent | Self::Found(_) => {
                format!("asked until {:.0}, the provider shows nothing of it; {likely}", Timestamp::now())
            }
        }
    }
}

/// Watches until it is there, or has had time enough to be.
async fn look<T: Send, F: Future<Output = Result<Lookup<T>>> + Send>(
    options: &LookupOptions,
    settle: Duration,
    window: SendWindow,
    find: impl Fn(SendWindow) -> F + Send + Sync,
) -> Look<T> {
    let (began, deadline) = (Instant::now(), Scope::deadline());
    let mut pause = Duration::from_millis(500);
    loop {
        let elapsed = began.elapsed();
        let (settled, given_up) = (elapsed >= settle, elapsed >= options.lookup_timeout.max(settle));
        let unclear = match find(window).await {
            Ok(Lookup::Found(value)) => return Look::Found(value),
            Ok(Lookup::Absent) if settled => return Look::Absent,
            Ok(Lookup::Absent) => None,
            Ok(Lookup::Ambiguous(why)) if settled => return Look::Unclear(why),
            Ok(Lookup::Pending(why) | Lookup::Ambiguous(why)) => Some(why),
            Err(error) if !error.is_transient() => return Look::Unclear(failed_look(&error)),
            Err(error) => Some(failed_look(&error)),
        };
        if let Some(why) = unclear.clone().filter(|_| given_up) {
            return Look::Unclear(why);
        }
        let until_settled = settle.saturating_sub(elapsed);
        let next = if until_settled.is_zero() { pause } else { pause.min(until_settled) };
        if !deadline.allows(next) {
            let no_time = || "there is no time left for the provider to show whether it was done".to_owned();
            return Look::Unclear(unclear.unwrap_or_else(no_time));
        }
        sleep(next).await;
        pause = (pause * 2).min(Duration::from_secs(5)).min(options.lookup_timeout.max(settle) / 20);
    }
}

fn failed_look(error: &Error) -> String {
    let advice = error.advice().map(|advice| format!(" ({advice})")).unwrap_or_default();
    format!("looking for it failed: {}{advice}", error.message())
}

fn unknown(error: Error, looked: &str, ledger: &SendLedger) -> Error {
    let message = format!("{}; {looked}", error.message());
    error
        .with_kind(ErrorKind::OutcomeUnknown)
        .with_message(message)
        .with_attempts(ledger.sends)
        .with_may_have_acted(true)
        .with_advice("it may have been done: look at the provider before trying again")
}
