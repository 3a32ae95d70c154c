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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_table_of_base_urls() {
        let inputs = [
            "https://api.example",
            "https://api.example/",
            "https://api.example/v6///",
            " https://api.example/v6 ",
            "HTTPS://API.EXAMPLE/V6",
            "https://api.example:8443/x",
            "http://localhost:8080",
            "http://LOCALHOST/x/",
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://[::1]:1/x",
            "https://127.0.0.1:1",
            "http://api.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://evil.example/localhost",
            "http://localhost@evil.example",
            "http://0.0.0.0",
            "http://[::]",
            "http://[::ffff:127.0.0.1]",
            "http://10.0.0.1",
            "http://localhost.",
            "http://2130706433",
            "http://0x7f.1",
            "https://user@api.example",
            "https://user:made-up@api.example",
            "https://:made-up@api.example",
            "https://api.example?key=made-up",
            "https://api.example/#x",
            "https://api.example/?",
            "",
            "api.example",
            "/v6",
            "//api.example",
            "https://",
            "ftp://api.example",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://api.example/a\nb",
            "https://[::1",
            "https://exa mple/",
        ];
        let mut table = String::new();
        for input in inputs {
            let read = BaseUrl::parse(input, "IONOS_API_URL");
            let read = read.map_or_else(|error| error.to_string(), |url| format!("ok {}", url.as_str()));
            let _ = writeln!(table, "{input:?}\n  {read}");
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn an_ending_is_added_once() {
        for given in ["https://api.example/", "https://api.example/cloudapi/v6/", "https://api.example/cloudapi/v6"] {
            let url = BaseUrl::parse(given, "X").unwrap().ending_in("/cloudapi/v6");
            assert_eq!(url.as_str(), "https://api.example/cloudapi/v6");
        }
    }

    #[test]
    fn the_host_is_named_with_the_port_that_was_given() {
        let host = |url| BaseUrl::parse(url, "X").unwrap().host();
        assert_eq!(host("https://api.example/v1"), "api.example");
        assert_eq!(host("http://[::1]:8080"), "[::1]:8080");
    }
}
