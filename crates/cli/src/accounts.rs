//! From an account's name to its provider. Clients are built for the accounts that are used, and no others.

use std::collections::HashMap;
use std::sync::Arc;

use cloudsnap::provider::Variables;
use cloudsnap::{Error, HttpOptions, Result, SnapshotProvider};

use crate::config_file::ConfigFile;
use crate::variables::{self, nearest};

pub(crate) type Provider = Arc<dyn SnapshotProvider>;

/// All accounts there are: those of the file, and the providers' names with credentials from the environment.
pub(crate) struct Accounts {
    file: ConfigFile,
    environment: Variables<'static>,
    /// For clients built from now on.
    pub(crate) http: HttpOptions,
    connected: HashMap<String, Provider>,
}

impl Accounts {
    pub(crate) fn new(file: ConfigFile, environment: Variables<'static>, http: HttpOptions) -> Self {
        Self { file, environment, http, connected: HashMap::new() }
    }

    /// The provider behind an account.
    pub(crate) fn connect(&mut self, account: &str) -> Result<Provider> {
        if let Some(provider) = self.connected.get(account) {
            return Ok(Arc::clone(provider));
        }
        let provider = self.build(account)?;
        self.connected.insert(account.to_owned(), Arc::clone(&provider));
        Ok(provider)
    }

    fn build(&self, account: &str) -> Result<Provider> {
        let (provider, variables) = self.settings(account)?;
        let built = cloudsnap::connect(provider, account, variables.get(), self.http.clone());
        built.map(Arc::from).map_err(|error| of_account(error, account, provider))
    }

    /// A client of one provider's own, for what only that provider has.
    pub(crate) fn own<C>(
        &self,
        account: &str,
        provider: &str,
        build: impl FnOnce(&Variables<'_>, HttpOptions) -> Result<C>,
    ) -> Result<C> {
        let (found, variables) = self.settings(account)?;
        if found != provider {
            let message = format!("the account {account} is one of {found}, not of {provider}");
            return Err(Error::config(message));
        }
        build(variables.get(), self.http.clone()).map_err(|error| of_account(error, account, provider))
    }

    /// An account's provider by name, and where its values are.
    pub(crate) fn settings(&self, account: &str) -> Result<(&str, Settings<'_>)> {
        if let Some((provider, variables)) = self.file.account(account) {
            return Ok((provider, Settings::File(variables)));
        }
        match cloudsnap::PROVIDERS.iter().find(|known| **known == account) {
            Some(provider) => Ok((provider, Settings::Environment(&self.environment))),
            None => Err(self.unknown(account)),
        }
    }

    /// The accounts that have credentials, or are meant to. Where the file has accounts of a provider, the environment's
    /// is left out: it is most often one of them.
    pub(crate) fn configured(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.file.names().map(str::to_owned).collect();
        for variables in variables::ALL {
            let any_set = variables.credentials.iter().any(|name| self.is_set(name));
            if any_set && !self.file.has_account_of(variables.provider) {
                names.push(variables.provider.to_owned());
            }
        }
        if names.is_empty() {
            return Err(Error::config("no account is configured").with_advice(
                "set a provider's variables, write a configuration file (see cloudsnap --help), or try --simulated",
            ));
        }
        Ok(names)
    }

    /// Where each setting of an account comes from; never a value.
    pub(crate) fn origins(&self, account: &str, provider: &str) -> Vec<(String, String)> {
        if self.file.account(account).is_some() {
            let origins = self.file.origins(account).into_iter();
            return origins.map(|(name, from)| (name.to_owned(), from)).collect();
        }
        let names = variables::of(provider).into_iter().flat_map(|variables| variables.credentials);
        let set = names.filter(|name| self.is_set(name));
        set.map(|name| ((*name).to_owned(), "the environment".to_owned())).collect()
    }

    fn is_set(&self, name: &str) -> bool {
        matches!(self.environment.optional(name), Err(_) | Ok(Some(_)))
    }

    fn unknown(&self, account: &str) -> Error {
        let known: Vec<&str> = self.file.names().chain(cloudsnap::PROVIDERS.iter().copied()).collect();
        let meant = nearest(account, known.iter().copied()).map(|name| format!("did you mean {name}? "));
        Error::config(format!("there is no account '{}'", account.escape_debug())).with_advice(format!(
            "{}known are: {}",
            meant.unwrap_or_default(),
            known.join(", ")
        ))
    }
}

/// Several accounts may be of one provider: says which one it is.
fn of_account(error: Error, account: &str, provider: &str) -> Error {
    error.with_provider(provider.to_owned()).with_account(account)
}

/// Where the values of an account are.
pub(crate) enum Settings<'a> {
    File(Variables<'a>),
    Environment(&'a Variables<'static>),
}

impl Settings<'_> {
    pub(crate) fn get(&self) -> &Variables<'_> {
        match self {
            Self::File(variables) => variables,
            Self::Environment(variables) => variables,
        }
    }
}
