//! What SiteHost adds to each exchange: the key, and what failures mean.

use std::fmt;

use cloudsnap_core::provider::{Authentication, Failure, Protocol, Response};
use cloudsnap_core::{Result, Secret};

use crate::error;

/// What SiteHost adds to every exchange.
pub(crate) struct SiteHost {
    pub(crate) api_key: Secret,
}

impl Protocol for SiteHost {
    fn authenticate(&self) -> Result<Authentication> {
        Ok(Authentication::default().with_parameter("apikey", self.api_key.expose().to_owned()))
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.api_key.clone()]
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for SiteHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteHost")
    }
}
