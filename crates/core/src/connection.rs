//! What the configurations of all providers share: the account's name, the base URL, the HTTP options.

use std::sync::Arc;

use crate::account::Account;
use crate::error::Result;
use crate::http::{BaseUrl, HttpOptions};
use crate::variables::Variables;

/// What the configurations of all providers have in common: the account's name, the base URL and the HTTP options.
#[derive(Clone, Debug)]
pub struct Connection {
    provider: &'static str,
    account: Arc<str>,
    base_url: String,
    /// What gave the base URL, for errors.
    base_url_setting: &'static str,
    /// What the path of the base URL ends in, whether it was given so or not.
    base_path: &'static str,
    /// How many requests a second the provider takes, where the options do not say.
    provider_rate: Option<u32>,
    options: HttpOptions,
}

impl Connection {
    /// The provider's public API, under the provider's own name.
    #[must_use]
    pub fn new(provider: &'static str, public_url: &str) -> Self {
        Self {
            provider,
            account: provider.into(),
            base_url: public_url.to_owned(),
            base_url_setting: "the base URL",
            base_path: "",
            provider_rate: None,
            options: HttpOptions::default(),
        }
    }

    /// Names the account in references.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Arc<str>>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets where the API is. Checked when the client is made.
    #[must_use]
    pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// Sets what the path of the base URL ends in, whether it is given so or not.
    #[must_use]
    pub fn with_base_path(mut self, path: &'static str) -> Self {
        self.base_path = path;
        self
    }

    /// Sets how many requests a second the provider takes: they are let through where the HTTP options set no rate.
    #[must_use]
    pub fn with_provider_rate(mut self, requests_per_second: u32) -> Self {
        self.provider_rate = Some(requests_per_second);
        self
    }

    /// Sets the HTTP options.
    #[must_use]
    pub fn with_options(mut self, options: HttpOptions) -> Self {
        self.options = options;
        self
    }

    /// Takes the base URL from the variable of this name, where it is set.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) where it cannot be read.
    pub fn with_url_variable(mut self, variables: &Variables<'_>, name: &'static str) -> Result<Self> {
        if let Some(url) = variables.optional(name)? {
            self.base_url = url;
            self.base_url_setting = name;
        }
        Ok(self)
    }

    /// Where the API is, as it is set.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(crate) fn checked_base_url(&self) -> Result<BaseUrl> {
        let base_url = BaseUrl::parse(&self.base_url, self.base_url_setting);
        let base_url = base_url.map_err(|error| error.with_provider(self.provider))?;
        Ok(base_url.ending_in(self.base_path))
    }

    pub(crate) fn account(&self, base_url: &BaseUrl) -> Account {
        Account::new(self.provider, Arc::clone(&self.account), base_url.host())
    }

    pub(crate) fn into_options(self) -> HttpOptions {
        let requests_per_second = self.options.requests_per_second.or(self.provider_rate);
        HttpOptions { requests_per_second, ..self.options }
    }
}

/// The setters that the configurations of all providers share, over their field `connection`.
#[doc(hidden)]
#[macro_export]
macro_rules! connection_setters {
    () => {
        /// Names the account in references; the provider's name by default.
        #[must_use]
        pub fn with_account(mut self, account: impl Into<std::sync::Arc<str>>) -> Self {
            self.connection = self.connection.with_account(account);
            self
        }

        /// Sets where the API is. Checked when the client is made.
        #[must_use]
        pub fn with_base_url(mut self, url: impl Into<String>) -> Self {
            self.connection = self.connection.with_base_url(url);
            self
        }

        /// Sets time limits, sizes, rates and what is sent again.
        #[must_use]
        pub fn with_http(mut self, options: $crate::HttpOptions) -> Self {
            self.connection = self.connection.with_options(options);
            self
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_rate_goes_before_the_providers() {
        let connection = Connection::new("example", "https://api.example.com").with_provider_rate(10);
        assert_eq!(connection.clone().into_options().requests_per_second, Some(10));
        let options = HttpOptions::default().with_requests_per_second(3);
        assert_eq!(connection.with_options(options).into_options().requests_per_second, Some(3));
    }
}
