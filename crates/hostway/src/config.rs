//! Where Hostway is, and who asks.

use std::fmt;

use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::Variables;
use cloudsnap_core::{Connection, Result, Secret};

use crate::PROVIDER;

const PUBLIC_URL: &str = "https://api.hostway.com";

/// The settings of one account at Hostway.
///
/// `Debug` shows no credential.
#[derive(Clone)]
pub struct Config {
    pub(crate) connection: Connection,
    pub(crate) username: String,
    pub(crate) password: Secret,
    pub(crate) account_id: Option<String>,
    pub(crate) time_zone: Option<TimeZone>,
}

impl Config {
    /// An account with user and password, over the short form of the URIs: `/servers/…`.
    pub fn new(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            connection: Connection::new(PROVIDER, PUBLIC_URL),
            username: username.into(),
            password: password.into(),
            account_id: None,
            time_zone: None,
        }
    }

    /// The account that the environment describes: `HOSTWAY_USERNAME` and `HOSTWAY_PASSWORD`; `HOSTWAY_ACCOUNT_ID`,
    /// which makes it the account form of the URIs; `HOSTWAY_TIME_ZONE`; `HOSTWAY_API_URL`.
    ///
    /// # Errors
    ///
    /// [`Config`](cloudsnap_core::ErrorKind::Config), naming the variable, where one is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(PROVIDER, &Variables::environment())
    }

    /// The account that these variables describe, under a name of its own.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_variables(account: &str, variables: &Variables<'_>) -> Result<Self> {
        let username = variables.required("HOSTWAY_USERNAME")?;
        let mut config = Self::new(username, variables.required_secret("HOSTWAY_PASSWORD")?);
        config.account_id = variables.optional("HOSTWAY_ACCOUNT_ID")?;
        config.time_zone = variables.time_zone("HOSTWAY_TIME_ZONE")?;
        config.connection = config.connection.with_url_variable(variables, "HOSTWAY_API_URL")?;
        Ok(config.with_account(account))
    }

    cloudsnap_core::connection_setters!();

    /// Sets Hostway's id of the account, such as `smith1234`, and with it the account form of the URIs,
    /// `/accounts/{accountId}/flexcloud/servers/…`. Credentials with several accounts need it.
    #[must_use]
    pub fn with_account_id(mut self, id: impl Into<String>) -> Self {
        self.account_id = Some(id.into());
        self
    }

    /// Sets the zone of times that Hostway writes without one. There is no default: its documentation names none, so
    /// that such times stay text.
    #[must_use]
    pub fn with_time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = Some(zone);
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("connection", &self.connection)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}
