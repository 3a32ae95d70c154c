//! What Hostway adds to each exchange: who asks, and what failures mean.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloudsnap_core::provider::{Authentication, Failure, Protocol, Response};
use cloudsnap_core::{Result, Secret};

use crate::config::Config;
use crate::error;

/// What Hostway adds to every exchange: Basic.
pub(crate) struct Hostway {
    authentication: Authentication,
    secrets: Vec<Secret>,
}

impl Hostway {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let pair = Secret::new(format!("{}:{}", config.username, config.password.expose()));
        let encoded = Secret::new(STANDARD.encode(pair.expose()));
        let authentication = Authentication::basic(&config.username, &config.password)?;
        Ok(Self { authentication, secrets: vec![config.password.clone(), encoded] })
    }
}

impl Protocol for Hostway {
    fn authenticate(&self) -> Result<Authentication> {
        Ok(self.authentication.clone())
    }

    fn secrets(&self) -> Vec<Secret> {
        self.secrets.clone()
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for Hostway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hostway")
    }
}
