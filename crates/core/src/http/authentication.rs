//! Who asks.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::request::{Names, Pair};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What a provider adds to one attempt so that it knows who asks. `Debug` shows no values.
#[derive(Clone, Default)]
pub struct Authentication {
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) parameters: Vec<Pair>,
    /// What is secret in this attempt beyond the account's credentials.
    pub(super) secrets: Vec<Secret>,
}

impl Authentication {
    /// `Authorization: Basic …`
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) where the credentials cannot stand in a header.
    pub fn basic(username: &str, password: &Secret) -> Result<Self> {
        let pair = Secret::new(format!("{username}:{}", password.expose()));
        Self::default().authorized("Basic", &Secret::new(STANDARD.encode(pair.expose())))
    }

    /// `Authorization: Bearer …`
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) where the token cannot stand in a header.
    pub fn bearer(token: &Secret) -> Result<Self> {
        Self::default().authorized("Bearer", token)
    }

    fn authorized(self, scheme: &str, credentials: &Secret) -> Result<Self> {
        let value = Secret::new(format!("{scheme} {}", credentials.expose()));
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| Error::config("the credentials have characters that cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(self.with_header(AUTHORIZATION, value))
    }

    /// Adds a header. The caller marks a value that is secret as sensitive.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds a parameter, behind those added before and in front of the request's own: in its form where it has one, to
    /// keep it out of the URL, else in its query.
    #[must_use]
    pub fn with_parameter(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter that is secret, though it is good for this attempt only: no answer leaves the client with it.
    #[must_use]
    pub fn with_secret_parameter(mut self, name: impl Into<Cow<'static, str>>, value: Secret) -> Self {
        self.parameters.push((name.into(), value.expose().to_owned().into()));
        self.secrets.push(value);
        self
    }
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Authentication")
            .field("headers", &headers)
            .field("parameters", &Names(&self.parameters))
            .finish()
    }
}
