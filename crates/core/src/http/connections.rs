//! The connections to one provider.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::base_url::BaseUrl;
use super::options::HttpOptions;
use super::retry::Idempotency;
use super::transport::innermost;
use crate::error::{Error, Result};

/// How long after its last answer a connection is still taken for a request that must not be lost.
///
/// A server may close a connection while a request is on its way; whether it was processed cannot be told then.
const FRESH: Duration = Duration::from_secs(1);

/// How long after a connection broke each request that must not be lost has a connection of its own: a server that
/// closes one is likely to close others, and what is sent again must not meet that twice.
const MISTRUST: Duration = Duration::from_secs(60);

/// Pools of connections. All of them have the same settings, but for how long a connection stays in the pool.
#[derive(Debug)]
pub(super) struct Connections {
    base_url: BaseUrl,
    options: HttpOptions,
    /// For requests that may be sent again.
    pooled: reqwest::Client,
    /// For requests that may not: their connections were used within the last second.
    fresh: OnceLock<reqwest::Client>,
    /// For those that are sent soon after a connection broke: each has its own.
    new: OnceLock<reqwest::Client>,
    broke_at: Mutex<Option<Instant>>,
}

impl Connections {
    pub(super) fn new(base_url: BaseUrl, options: &HttpOptions) -> Result<Self> {
        refuse_missing_tls(&base_url)?;
        let pooled = build(&base_url, options, |builder| builder)?;
        let (fresh, new) = (OnceLock::new(), OnceLock::new());
        Ok(Self { base_url, options: options.clone(), pooled, fresh, new, broke_at: Mutex::default() })
    }

    pub(super) fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }

    /// Notes that a connection broke.
    pub(super) fn broke(&self) {
        *self.broke_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn broke_lately(&self) -> bool {
        let broke_at = *self.broke_at.lock().unwrap_or_else(PoisonError::into_inner);
        broke_at.is_some_and(|at| at.elapsed() < MISTRUST)
    }

    /// The pool for a request.
    pub(super) fn of(&self, idempotency: Idempotency) -> Result<&reqwest::Client> {
        match (idempotency, self.broke_lately()) {
            (Idempotency::Idempotent, _) => Ok(&self.pooled),
            (Idempotency::NonIdempotent, false) => self.lazily(&self.fresh, |builder| builder.pool_idle_timeout(FRESH)),
            (Idempotency::NonIdempotent, true) => self.lazily(&self.new, |builder| builder.pool_max_idle_per_host(0)),
        }
    }

    fn lazily<'c>(
        &self,
        pool: &'c OnceLock<reqwest::Client>,
        set: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<&'c reqwest::Client> {
        if let Some(client) = pool.get() {
            return Ok(client);
        }
        let client = build(&self.base_url, &self.options, set)?;
        Ok(pool.get_or_init(|| client))
    }
}

fn build(
    base_url: &BaseUrl,
    options: &HttpOptions,
    set: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    #[cfg(feature = "gzip")]
    headers.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
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
    set(builder)
        .build()
        .map_err(|error| Error::config("the HTTP client cannot be set up").with_source(innermost(&error.without_url())))
}

fn refuse_missing_tls(base_url: &BaseUrl) -> Result<()> {
    const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls"));
    if base_url.is_https() && !HAS_TLS {
        return Err(Error::config("https needs TLS, and this program was built without it")
            .with_advice("switch on one of the features rustls, native-tls or rustls-no-provider"));
    }
    #[cfg(all(feature = "rustls-no-provider", not(feature = "rustls")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        return Err(Error::config("rustls has no crypto provider")
            .with_advice("install one with rustls::crypto::CryptoProvider::install_default before the first client"));
    }
    Ok(())
}
