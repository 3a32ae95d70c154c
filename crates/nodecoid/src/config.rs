//! Where node.co.id is, and who asks.

use std::fmt;
use std::net::Ipv4Addr;

use cloudsnap_core::provider::Variables;
use cloudsnap_core::{Connection, Error, LookupOptions, Result, Secret};
use jiff::tz::{Offset, TimeZone};

use crate::PROVIDER;

const LIVE_URL: &str = "https://node.co.id/api/v1";
const SANDBOX_URL: &str = "https://node.co.id/api-sandbox/v1";

/// An address for documentation, which is nobody's. The page demands a public one in every read of a snapshot, and a
/// loopback address is none.
pub(crate) const NOBODY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Asia/Jakarta, which has no summer time. An assumption: node.co.id does not say which zone its times are in.
const JAKARTA: Offset = Offset::constant(7);

/// The settings of one account at node.co.id.
///
/// `Debug` shows no credential.
#[derive(Clone)]
pub struct Config {
    pub(crate) connection: Connection,
    pub(crate) user_id: String,
    pub(crate) api_key: Secret,
    pub(crate) client_ip: Ipv4Addr,
    pub(crate) format: Format,
    pub(crate) time_zone: TimeZone,
    pub(crate) lookup: LookupOptions,
}

/// What answers are asked for in. Requests are forms, whatever the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JSON, which node.co.id recommends.
    #[default]
    Json,
    /// XML; with the feature `xml`.
    #[cfg(feature = "xml")]
    Xml,
}

impl Format {
    /// The value of the parameter `format`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            #[cfg(feature = "xml")]
            Self::Xml => "xml",
        }
    }

    fn from_word(word: &str) -> Result<Self> {
        match word {
            "json" => Ok(Self::Json),
            #[cfg(feature = "xml")]
            "xml" => Ok(Self::Xml),
            #[cfg(not(feature = "xml"))]
            "xml" => Err(wrong("NODECOID_FORMAT is xml, and this program was built without it")
                .with_advice("switch on the feature xml of the crate nodecoid")),
            _ => Err(wrong("NODECOID_FORMAT takes json or xml")),
        }
    }
}

impl Config {
    /// An account with the user id and the API key that its status page shows.
    pub fn new(user_id: impl Into<String>, api_key: impl Into<Secret>) -> Self {
        Self {
            connection: Connection::new(PROVIDER, LIVE_URL),
            user_id: user_id.into(),
            api_key: api_key.into(),
            client_ip: NOBODY,
            format: Format::default(),
            time_zone: TimeZone::fixed(JAKARTA),
            lookup: LookupOptions::default(),
        }
    }

    /// The account that the environment describes: `NODECOID_USER_ID` and `NODECOID_API_KEY`; `NODECOID_SANDBOX=1`;
    /// `NODECOID_CLIENT_IP`; `NODECOID_FORMAT`, `json` or `xml`; `NODECOID_TIME_ZONE`; `NODECOID_API_URL`, up to the
    /// name of the function, which wins over the sandbox.
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
        let user_id = variables.required("NODECOID_USER_ID")?;
        let mut config = Self::new(user_id, variables.required_secret("NODECOID_API_KEY")?).with_account(account);
        if sandbox(variables)? {
            config = config.with_sandbox();
        }
        config.connection = config.connection.with_url_variable(variables, "NODECOID_API_URL")?;
        if let Some(address) = variables.parsed("NODECOID_CLIENT_IP", "an IPv4 address such as 203.0.113.7")? {
            config = config.with_client_ip(address);
        }
        if let Some(word) = variables.optional("NODECOID_FORMAT")? {
            config = config.with_format(Format::from_word(&word)?);
        }
        if let Some(zone) = variables.time_zone("NODECOID_TIME_ZONE")? {
            config = config.with_time_zone(zone);
        }
        Ok(config)
    }

    cloudsnap_core::connection_setters!();

    /// Asks the sandbox instead of the live service, with the same credentials. What it holds and whether it acts is
    /// not documented.
    #[must_use]
    pub fn with_sandbox(self) -> Self {
        self.with_base_url(SANDBOX_URL)
    }

    /// Sets the public IPv4 address that may fetch download URLs. Every read of a snapshot has to name one; the default
    /// is `192.0.2.1`, which is nobody's (RFC 5737).
    #[must_use]
    pub fn with_client_ip(mut self, address: Ipv4Addr) -> Self {
        self.client_ip = address;
        self
    }

    /// Sets what answers are asked for in; JSON by default.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets the zone of the times that node.co.id writes without one. The default is Asia/Jakarta (UTC+7), where the
    /// provider is; nothing documented says so.
    #[must_use]
    pub fn with_time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = zone;
        self
    }

    /// Sets how a delete whose answer was lost is made good. A create has options of its own.
    #[must_use]
    pub fn with_lookup_options(mut self, options: LookupOptions) -> Self {
        self.lookup = options;
        self
    }
}

/// A word that is neither is refused: a typing error must not turn to the live service.
fn sandbox(variables: &Variables<'_>) -> Result<bool> {
    match variables.optional("NODECOID_SANDBOX")?.as_deref() {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(wrong("NODECOID_SANDBOX takes 1 for the sandbox or 0 for the live service")),
    }
}

fn wrong(message: &str) -> Error {
    Error::config(message)
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("connection", &self.connection)
            .field("client_ip", &self.client_ip)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::{ErrorKind, SnapshotProvider as _};

    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<Config> {
        let variables = Variables::from_fn(|name| {
            let credentials = [("NODECOID_USER_ID", "12312"), ("NODECOID_API_KEY", "canary-key")];
            let mut all = settings.iter().chain(&credentials);
            all.find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        Config::from_variables("work", &variables)
    }

    fn refused(settings: &[(&str, &str)]) -> String {
        let error = config(settings).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn the_live_service_the_sandbox_or_the_url_that_is_set() {
        let url = |settings: &[(&str, &str)]| config(settings).unwrap().connection.base_url().to_owned();
        assert_eq!(url(&[]), LIVE_URL);
        assert_eq!(url(&[("NODECOID_SANDBOX", "0")]), LIVE_URL);
        assert_eq!(url(&[("NODECOID_SANDBOX", "1")]), SANDBOX_URL);
        let own = "https://proxy.example/nodecoid";
        assert_eq!(url(&[("NODECOID_SANDBOX", "1"), ("NODECOID_API_URL", own)]), own);
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        assert!(refused(&[("NODECOID_SANDBOX", "on")]).contains("NODECOID_SANDBOX"));
        assert!(refused(&[("NODECOID_CLIENT_IP", "::1")]).contains("NODECOID_CLIENT_IP"));
        assert!(refused(&[("NODECOID_FORMAT", "yaml")]).contains("NODECOID_FORMAT"));
        assert!(refused(&[("NODECOID_TIME_ZONE", "Nowhere/Atlantis")]).contains("NODECOID_TIME_ZONE"));
        assert!(refused(&[("NODECOID_USER_ID", " ")]).contains("NODECOID_USER_ID"));
        assert!(refused(&[("NODECOID_API_KEY", "")]).contains("NODECOID_API_KEY"));
        let far = config(&[("NODECOID_API_URL", "http://node.co.id/api/v1")]).unwrap();
        let far = crate::Client::new(far).unwrap_err();
        assert!(far.to_string().contains("NODECOID_API_URL"), "{far}");
    }

    #[cfg(feature = "xml")]
    #[test]
    fn xml_is_chosen_by_name() {
        assert_eq!(config(&[("NODECOID_FORMAT", "xml")]).unwrap().format, Format::Xml);
    }

    #[cfg(not(feature = "xml"))]
    #[test]
    fn xml_needs_its_feature() {
        assert!(refused(&[("NODECOID_FORMAT", "xml")]).contains("feature xml"));
    }

    #[test]
    fn the_account_is_named_and_the_key_never_shown() {
        let config = config(&[]).unwrap();
        assert!(!format!("{config:?}").contains("canary-key"));
        let client = crate::Client::new(config.with_base_url("http://127.0.0.1:1")).unwrap();
        assert_eq!(&**client.account().name(), "work");
    }
}
