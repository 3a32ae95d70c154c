//! Where SiteHost is, and who asks.

use std::fmt;
use std::str::FromStr;

use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::Variables;
use cloudsnap_core::{Connection, Error, Result, Secret};

use crate::PROVIDER;

const PUBLIC_URL: &str = "https://api.sitehost.nz";

/// How many requests a second a reseller's keys may make together, by an older comment of SiteHost's own client; the
/// reference has no number.
const REQUESTS_PER_SECOND: u32 = 10;

/// The two types of jobs that there are.
pub(crate) const SCHEDULER: &str = "scheduler";
pub(crate) const DAEMON: &str = "daemon";

/// New Zealand's clock since 2007, for machines without a time zone database.
const AUCKLAND: &str = "NZST-12NZDT,M9.5.0,M4.1.0/3";

/// A published version of the API, such as 1.3.
///
/// Each breaking change is a new version, and the old ones are kept working:
/// <https://docs.sitehost.nz/versioning/>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

impl ApiVersion {
    /// 1.0, whose reference describes the creation of images.
    pub const V1_0: Self = Self::new(1, 0);
    /// 1.2, from which on lists of parameters are numbered.
    pub const V1_2: Self = Self::new(1, 2);
    /// 1.3, whose reference describes the creation of snapshots.
    pub const V1_3: Self = Self::new(1, 3);
    /// 1.5, which SiteHost's own client uses for everything.
    pub const V1_5: Self = Self::new(1, 5);

    /// A version by its numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        let (major, minor) = numbers
            .ok_or_else(|| Error::invalid_input(format!("'{}' is no version such as 1.3", text.escape_debug())))?;
        Ok(Self { major, minor })
    }
}

/// The settings of one account at SiteHost.
///
/// `Debug` shows no credential.
#[derive(Clone)]
pub struct Config {
    pub(crate) connection: Connection,
    pub(crate) api_key: Secret,
    pub(crate) client_id: u64,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) job_type: String,
    pub(crate) time_zone: Option<TimeZone>,
}

impl Config {
    /// An account with its API key and the id of the client, the customer account that the key works for.
    pub fn new(api_key: impl Into<Secret>, client_id: u64) -> Self {
        Self {
            connection: Connection::new(PROVIDER, PUBLIC_URL).with_provider_rate(REQUESTS_PER_SECOND),
            api_key: api_key.into(),
            client_id,
            api_version: None,
            job_type: SCHEDULER.to_owned(),
            time_zone: TimeZone::get("Pacific/Auckland").or_else(|_| TimeZone::posix(AUCKLAND)).ok(),
        }
    }

    /// The account that the environment describes: `SH_APIKEY`, `SH_CLIENT_ID`; `SH_API_VERSION`, `SH_API_URL` without
    /// the version, `SH_JOB_TYPE`, `SH_TIME_ZONE`.
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
        let api_key = variables.required_secret("SH_APIKEY")?;
        let client_id = variables.required("SH_CLIENT_ID")?;
        let client_id =
            client_id.parse().map_err(|_| Error::config("SH_CLIENT_ID takes the id of the client in digits"))?;
        let mut config = Self::new(api_key, client_id).with_account(account);
        config.connection = config.connection.with_url_variable(variables, "SH_API_URL")?;
        config.api_version = variables.parsed("SH_API_VERSION", "a version of the API such as 1.3 or 1.5")?;
        if let Some(job_type) = variables.optional("SH_JOB_TYPE")? {
            config = config.with_job_type(job_type);
        }
        if let Some(zone) = variables.time_zone("SH_TIME_ZONE")? {
            config = config.with_time_zone(zone);
        }
        Ok(config)
    }

    cloudsnap_core::connection_setters!();

    /// Makes every call at this version.
    ///
    /// By default snapshots are created at 1.3 and images at 1.0, whose reference pages describe that, their jobs are
    /// followed there too, and everything else is done at 1.5. Of 1.4 nothing is documented; it is taken to be as 1.3.
    #[must_use]
    pub fn with_api_version(mut self, version: ApiVersion) -> Self {
        self.api_version = Some(version);
        self
    }

    /// Sets the type by which jobs of snapshots are asked for first where SiteHost does not name it, before 1.5.
    ///
    /// `scheduler` by default, as SiteHost names it on 1.5; which it is before that is not documented. A job that is
    /// not found is asked for by the other type, `daemon`, and what is found is remembered.
    #[must_use]
    pub fn with_job_type(mut self, job_type: impl Into<String>) -> Self {
        self.job_type = job_type.into();
        self
    }

    /// Sets the zone of SiteHost's times, which carry none.
    ///
    /// `Pacific/Auckland` by default, which is an assumption: SiteHost is in New Zealand, and documents no zone.
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
            .field("client_id", &self.client_id)
            .field("api_version", &self.api_version)
            .field("job_type", &self.job_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config> {
        let look_up =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Config::from_variables("prod", &Variables::from_fn(look_up))
    }

    #[test]
    fn the_environment_says_it_all() {
        let config = read(&[
            ("SH_APIKEY", "made-up-key"),
            ("SH_CLIENT_ID", "42"),
            ("SH_API_VERSION", "1.5"),
            ("SH_API_URL", "http://127.0.0.1:1/"),
            ("SH_JOB_TYPE", "daemon"),
            ("SH_TIME_ZONE", "UTC"),
        ])
        .unwrap();
        assert_eq!((config.client_id, config.api_version), (42, Some(ApiVersion::V1_5)));
        assert_eq!((&*config.job_type, &config.time_zone), ("daemon", &Some(TimeZone::UTC)));
        assert!(!format!("{config:?}").contains("made-up-key"));
        let client = crate::Client::new(config).unwrap();
        let account = cloudsnap_core::SnapshotProvider::account(&client);
        assert_eq!((&**account.name(), &**account.host()), ("prod", "127.0.0.1:1"));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let (key, client) = (("SH_APIKEY", "made-up-key"), ("SH_CLIENT_ID", "1"));
        let wrong: [&[(&str, &str)]; 5] = [
            &[client],
            &[key],
            &[key, ("SH_CLIENT_ID", "acme")],
            &[key, client, ("SH_API_VERSION", "latest")],
            &[key, client, ("SH_TIME_ZONE", "Auckland")],
        ];
        let mut messages: Vec<String> = wrong.map(|variables| read(variables).unwrap_err().to_string()).into();
        let far = read(&[key, client, ("SH_API_URL", "http://api.sitehost.nz")]).unwrap();
        messages.push(crate::Client::new(far).unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn without_a_zone_times_are_new_zealands() {
        let read = cloudsnap_core::provider::ProviderTime::read;
        for zone in [Config::new("made-up-key", 1).time_zone.unwrap(), TimeZone::posix(AUCKLAND).unwrap()] {
            let summer = read("2026-01-31 02:00:00", Some(&zone)).at.unwrap();
            let winter = read("2026-07-31 02:00:00", Some(&zone)).at.unwrap();
            assert_eq!(
                (summer.to_string(), winter.to_string()),
                ("2026-01-30T13:00:00Z".into(), "2026-07-30T14:00:00Z".into())
            );
        }
    }
}
