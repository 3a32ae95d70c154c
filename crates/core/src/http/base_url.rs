//! Where a provider's API is: https, or http on loopback.

use std::net::IpAddr;

use reqwest::Url;

use crate::error::{Error, Result};

/// A base URL that credentials may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL that the setting `name` gave. A trailing `/` is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the setting, where it is no URL, is plain http to another
    /// host than loopback, or has a user, a query or a fragment.
    pub(crate) fn parse(text: &str, name: &str) -> Result<Self> {
        let refuse = |why: &str| Error::config(format!("{name} {why}"));
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
                let why = "is plain http to another machine, which would show the credentials to the network";
                return Err(refuse(why).with_advice("use https; http is for loopback"));
            }
            _ => return Err(refuse("is neither https nor http")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL, without a trailing `/`.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// The host, with its port where one is given.
    pub(crate) fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// The same URL with `suffix` at the end of its path, unless it ends so already.
    pub(crate) fn ending_in(mut self, suffix: &str) -> Self {
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
