//! Where a provider is, and how patient we are with it.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::retry::RetryOptions;

/// How patient the HTTP client is. The defaults bound everything.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long a connection may take to be made, TLS included.
    pub connect_timeout: Duration,
    /// How long one exchange may take, from the connection to the last byte.
    pub request_timeout: Duration,
    /// How long a body may pause between two pieces.
    pub read_timeout: Duration,
    /// The longest body that is read, in bytes, after decompression.
    pub max_response_bytes: usize,
    /// The program's name and version, put before ours in `User-Agent`.
    pub application: Option<String>,
    /// How many requests a second are let through; `None` is as many as there are.
    pub requests_per_second: Option<u32>,
    /// What is sent again, and when.
    pub retry: RetryOptions,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(20),
            max_response_bytes: 16 * 1024 * 1024,
            application: None,
            requests_per_second: None,
            retry: RetryOptions::default(),
        }
    }
}

impl HttpOptions {
    /// Sets how long a connection may take to be made.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one exchange may take.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how long a body may pause between two pieces.
    #[must_use]
    pub fn read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// Sets the longest body that is read, in bytes.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Names the program in `User-Agent`.
    #[must_use]
    pub fn application(mut self, name: &str, version: &str) -> Self {
        self.application = Some(format!("{name}/{version}"));
        self
    }

    /// Sets how many requests a second are let through.
    #[must_use]
    pub fn requests_per_second(mut self, rate: u32) -> Self {
        self.requests_per_second = Some(rate);
        self
    }

    /// Sets what is sent again, and when.
    #[must_use]
    pub fn retry(mut self, retry: RetryOptions) -> Self {
        self.retry = retry;
        self
    }

    pub(super) fn user_agent(&self) -> String {
        const OURS: &str = concat!("cloudsnap/", env!("CARGO_PKG_VERSION"));
        match &self.application {
            Some(application) => format!("{application} {OURS}"),
            None => OURS.to_owned(),
        }
    }
}

/// Where a provider's API is: https, or http on loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL that the setting `name` gave. A trailing `/` is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the setting, where it is no URL, is plain http to another host than loopback, or
    /// has a user, a query or a fragment.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let refuse = |why: &str| Error::new(ErrorKind::Config, format!("{name} {why}"));
        let mut url = Url::parse(text.trim()).map_err(|_| refuse("is not a URL such as https://host/path"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds a user or a password; credentials have settings of their own"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment; only scheme, host and path are used"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(refuse(
                    "is plain http to another machine, which would show the credentials to the network",
                )
                .with_advice("use https; http is for loopback"));
            }
            _ => return Err(refuse("is neither https nor http")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL, without a trailing `/`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The same URL with `suffix` at the end of its path, unless it ends so already.
    #[must_use]
    pub fn ending_in(mut self, suffix: &str) -> Self {
        let path = self.0.path().trim_end_matches('/');
        if !path.ends_with(suffix) {
            self.0.set_path(&[path, suffix].concat());
        }
        self
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
