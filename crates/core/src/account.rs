//! Whose snapshots they are.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};

/// One account at one provider: the name that its references begin with, and the host of its API.
///
/// What is inside a [`SourceRef`](crate::SourceRef), a [`SnapshotRef`](crate::SnapshotRef), an
/// [`Operation`](crate::Operation) or a [`PageToken`](crate::PageToken) opens only to the account that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    provider: &'static str,
    name: Arc<str>,
    host: Arc<str>,
}

impl Account {
    /// An account by its provider's name, its own name in references, and the host of the API.
    pub fn new(provider: &'static str, name: impl Into<Arc<str>>, host: impl Into<Arc<str>>) -> Self {
        Self { provider, name: name.into(), host: host.into() }
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &'static str {
        self.provider
    }

    /// The name in references: the provider's name, or a name from a configuration file.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The host of the API, with its port where one is given.
    #[must_use]
    pub fn host(&self) -> &Arc<str> {
        &self.host
    }

    /// Refuses what belongs to an account of another name.
    pub(crate) fn expect_name(&self, name: &str, what: impl fmt::Display) -> Result<()> {
        if *name == *self.name {
            return Ok(());
        }
        Err(self.refuse(format!("'{what}' belongs to the account {name}, not to {}", self.name)))
    }

    /// Refuses what belongs to another provider, or to an account of another name.
    pub(crate) fn expect(&self, provider: &str, name: &str, what: impl fmt::Display) -> Result<()> {
        if provider != self.provider {
            return Err(self.refuse(format!("{what} belongs to the provider {provider}, not to {}", self.provider)));
        }
        self.expect_name(name, what)
    }

    fn refuse(&self, message: String) -> Error {
        Error::invalid_input(message).with_provider(self.provider).with_advice("ask the account that it belongs to")
    }
}
