//! Where IONOS Cloud is, and who asks.

use std::fmt;

use cloudsnap_core::provider::Variables;
use cloudsnap_core::{Connection, Error, Result, Secret};

use crate::PROVIDER;

const PUBLIC_URL: &str = "https://api.ionos.com/cloudapi/v6";
const BASE_PATH: &str = "/cloudapi/v6";

/// The settings of one account at IONOS Cloud.
///
/// `Debug` shows no credential.
#[derive(Clone)]
pub struct Config {
    pub(crate) connection: Connection,
    pub(crate) credentials: Credentials,
    pub(crate) contract_number: Option<i32>,
}

#[derive(Clone)]
pub(crate) enum Credentials {
    Token(Secret),
    Password { username: String, password: Secret },
}

impl Config {
    /// An account with a bearer token, which IONOS prefers and demands where two-factor authentication is on.
    pub fn with_token(token: impl Into<Secret>) -> Self {
        Self::new(Credentials::Token(token.into()))
    }

    /// An account with user and password, which IONOS announced to end.
    pub fn with_password(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::new(Credentials::Password { username: username.into(), password: password.into() })
    }

    /// The account that the environment describes: `IONOS_TOKEN`, or `IONOS_USERNAME` and `IONOS_PASSWORD` (the token
    /// wins); `IONOS_CONTRACT_NUMBER`; `IONOS_API_URL`, with or without `/cloudapi/v6`.
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
        let mut config = match variables.optional_secret("IONOS_TOKEN")? {
            Some(token) => Self::with_token(token),
            None => match variables.optional("IONOS_USERNAME")? {
                Some(username) => Self::with_password(username, variables.required_secret("IONOS_PASSWORD")?),
                None => return Err(no_credentials()),
            },
        };
        config.contract_number = variables.parsed("IONOS_CONTRACT_NUMBER", "a contract number in digits")?;
        config.connection = config.connection.with_url_variable(variables, "IONOS_API_URL")?;
        Ok(config.with_account(account))
    }

    fn new(credentials: Credentials) -> Self {
        let connection = Connection::new(PROVIDER, PUBLIC_URL).with_base_path(BASE_PATH);
        Self { connection, credentials, contract_number: None }
    }

    /// Sets the contract, sent as `X-Contract-Number`; for users with several.
    #[must_use]
    pub fn with_contract_number(mut self, number: i32) -> Self {
        self.contract_number = Some(number);
        self
    }

    cloudsnap_core::connection_setters!();
}

fn no_credentials() -> Error {
    Error::config("IONOS_TOKEN is not set, nor is IONOS_USERNAME")
        .with_provider(PROVIDER)
        .with_advice("set IONOS_TOKEN, or IONOS_USERNAME and IONOS_PASSWORD")
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("connection", &self.connection)
            .field("contract_number", &self.contract_number)
            .finish_non_exhaustive()
    }
}
