//! Settings by name, from the environment or from wherever a program keeps them.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

type Lookup<'a> = Box<dyn Fn(&str) -> Result<Option<String>> + Send + Sync + 'a>;

/// Looks settings up by the names of the environment variables.
///
/// ```
/// use cloudsnap_core::provider::Variables;
///
/// let variables = Variables::from_fn(|name| (name == "SH_CLIENT_ID").then(|| "1".to_owned()));
/// assert_eq!(variables.required("SH_CLIENT_ID")?, "1");
/// assert!(variables.required("SH_APIKEY").unwrap_err().to_string().contains("SH_APIKEY"));
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
pub struct Variables<'a> {
    lookup: Lookup<'a>,
}

impl<'a> Variables<'a> {
    /// The process's environment.
    #[must_use]
    pub fn environment() -> Self {
        Self {
            lookup: Box::new(|name| match std::env::var(name) {
                Ok(value) => Ok(Some(value)),
                Err(std::env::VarError::NotPresent) => Ok(None),
                Err(std::env::VarError::NotUnicode(_)) => {
                    Err(Error::new(ErrorKind::Config, format!("{name} is not valid UTF-8")))
                }
            }),
        }
    }

    /// Whatever `lookup` knows.
    pub fn from_fn(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'a) -> Self {
        Self { lookup: Box::new(move |name| Ok(lookup(name))) }
    }

    /// Whatever `lookup` knows, where looking up can fail.
    pub fn try_from_fn(lookup: impl Fn(&str) -> Result<Option<String>> + Send + Sync + 'a) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// The value, or `None` where it is not set or empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where it cannot be read.
    pub fn optional(&self, name: &str) -> Result<Option<String>> {
        Ok((self.lookup)(name)?.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the variable, where it is not set or empty.
    pub fn required(&self, name: &str) -> Result<String> {
        self.optional(name)?.ok_or_else(|| missing(name))
    }

    /// A credential, or `None` where it is not set or empty.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where it cannot be read.
    pub fn optional_secret(&self, name: &str) -> Result<Option<Secret>> {
        Ok(self.optional(name)?.map(Secret::new))
    }

    /// A credential.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the variable, where it is not set or empty.
    pub fn required_secret(&self, name: &str) -> Result<Secret> {
        self.required(name).map(Secret::new)
    }

    /// A value of another type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the variable and what it takes, where the value is of no such form.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str, takes: &str) -> Result<Option<T>> {
        let Some(value) = self.optional(name)? else { return Ok(None) };
        match value.parse() {
            Ok(parsed) => Ok(Some(parsed)),
            Err(_) => Err(Error::new(ErrorKind::Config, format!("{name} takes {takes}"))),
        }
    }

    /// A time zone by its IANA name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`], naming the variable, where there is no such zone.
    pub fn time_zone(&self, name: &str) -> Result<Option<jiff::tz::TimeZone>> {
        let Some(value) = self.optional(name)? else { return Ok(None) };
        match jiff::tz::TimeZone::get(&value) {
            Ok(zone) => Ok(Some(zone)),
            Err(_) => Err(Error::new(ErrorKind::Config, format!("{name} takes a time zone such as Pacific/Auckland"))),
        }
    }
}

impl fmt::Debug for Variables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(…)")
    }
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{name} is not set"))
        .with_advice("set it in the environment, or for the account in the configuration file")
}
