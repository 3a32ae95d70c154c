//! Where node.co.id is, and who asks.

use std::fmt;
use std::net::Ipv4Addr;

use cloudsnap_core::http::{BaseUrl, HttpOptions};
use cloudsnap_core::{Error, ErrorKind, Result, Secret, Variables};
use jiff::tz::{Offset, TimeZone};

use crate::PROVIDER;

const LIVE_URL: &str = "https://node.co.id/api/v1";
const SANDBOX_URL: &str = "https://node.co.id/api-sandbox/v1";

/// Asia/Jakarta, which has no summer time. An assumption: node.co.id does not say which zone its times are in.
const JAKARTA: Offset = Offset::constant(7);

/// The settings of one account at node.co.id.
///
/// `Debug` shows no credential.
#[derive(Clone)]
pub struct Config {
    pub(crate) account: String,
    pub(crate) base_url: Option<String>,
    pub(crate) base_url_setting: &'static str,
    pub(crate) sandbox: bool,
    pub(crate) user_id: String,
    pub(crate) api_key: Secret,
    pub(crate) client_ip: Ipv4Addr,
    pub(crate) format: Format,
    pub(crate) time_zone: TimeZone,
    pub(crate) http: HttpOptions,
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
            account: PROVIDER.to_owned(),
            base_url: None,
            base_url_setting: "the base URL",
            sandbox: false,
            user_id: user_id.into(),
            api_key: api_key.into(),
            client_ip: Ipv4Addr::LOCALHOST,
            format: Format::default(),
            time_zone: TimeZone::fixed(JAKARTA),
            http: HttpOptions::default(),
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
        let mut config =
            Self::new(variables.required("NODECOID_USER_ID")?, variables.required_secret("NODECOID_API_KEY")?)
                .account(account)
                .sandbox(sandbox(variables)?);
        if let Some(address) = variables.parsed("NODECOID_CLIENT_IP", "an IPv4 address such as 203.0.113.7")? {
            config = config.client_ip(address);
        }
        if let Some(word) = variables.optional("NODECOID_FORMAT")? {
            config = config.format(Format::from_word(&word)?);
        }
        if let Some(zone) = variables.time_zone("NODECOID_TIME_ZONE")? {
            config = config.time_zone(zone);
        }
        if let Some(url) = variables.optional("NODECOID_API_URL")? {
            config = config.base_url(url);
            config.base_url_setting = "NODECOID_API_URL";
        }
        Ok(config)
    }

    /// Names the account in references; `nodecoid` by default.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets where the API is, up to the name of the function; it wins over the sandbox. Checked when the client is
    /// made.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Asks the sandbox, with the same credentials. What it holds and whether it acts is not documented.
    #[must_use]
    pub fn sandbox(mut self, sandbox: bool) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Sets the public IPv4 address that may fetch download URLs. Every read of a snapshot has to name one; the
    /// default is `127.0.0.1`, nobody's.
    #[must_use]
    pub fn client_ip(mut self, address: Ipv4Addr) -> Self {
        self.client_ip = address;
        self
    }

    /// Sets what answers are asked for in; JSON by default.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Sets the zone of the times that node.co.id writes without one. The default is Asia/Jakarta (UTC+7), where the
    /// provider is; nothing documented says so.
    #[must_use]
    pub fn time_zone(mut self, zone: TimeZone) -> Self {
        self.time_zone = zone;
        self
    }

    /// Sets how patient the HTTP client is.
    #[must_use]
    pub fn http(mut self, options: HttpOptions) -> Self {
        self.http = options;
        self
    }

    pub(crate) fn checked_base_url(&self) -> Result<BaseUrl> {
        BaseUrl::parse(self.url(), self.base_url_setting)
    }

    fn url(&self) -> &str {
        self.base_url.as_deref().unwrap_or(if self.sandbox { SANDBOX_URL } else { LIVE_URL })
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
    Error::new(ErrorKind::Config, message).with_provider(PROVIDER)
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("account", &self.account)
            .field("base_url", &self.url())
            .field("client_ip", &self.client_ip)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
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
        let url = |settings: &[(&str, &str)]| config(settings).unwrap().checked_base_url().unwrap().as_str().to_owned();
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
        let far = config(&[("NODECOID_API_URL", "http://node.co.id/api/v1")]).unwrap().checked_base_url().unwrap_err();
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
        assert_eq!(config.account, "work");
        assert!(!format!("{config:?}").contains("canary-key"));
    }
}
