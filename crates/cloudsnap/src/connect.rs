//! From a provider's name to its client.

use cloudsnap_core::provider::Variables;
use cloudsnap_core::{Capabilities, Error, HttpOptions, Result, SnapshotProvider};

/// The providers that this build knows: those whose features are on.
pub const PROVIDERS: &[&str] = &[
    #[cfg(feature = "sitehost")]
    sitehost::PROVIDER,
    #[cfg(feature = "hostway")]
    hostway::PROVIDER,
    #[cfg(feature = "nodecoid")]
    nodecoid::PROVIDER,
    #[cfg(feature = "ionos")]
    ionos::PROVIDER,
];

/// All providers there are, each with the feature of its name.
const ALL: [&str; 4] = ["sitehost", "hostway", "nodecoid", "ionos"];

/// The provider of this name, with credentials from the environment.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) where this build has no such provider, or a variable is missing or wrong.
pub fn from_env(provider: &str) -> Result<Box<dyn SnapshotProvider>> {
    connect(provider, provider, &Variables::environment(), HttpOptions::default())
}

/// A provider under an account's name, with credentials from wherever `variables` looks. Sends nothing.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) where this build has no such provider, or a variable is missing or wrong.
pub fn connect(
    provider: &str,
    account: &str,
    variables: &Variables<'_>,
    http: HttpOptions,
) -> Result<Box<dyn SnapshotProvider>> {
    // Without a provider there is nothing to hand these to.
    let _ = (account, variables, &http);
    match provider {
        #[cfg(feature = "sitehost")]
        sitehost::PROVIDER => {
            let config = sitehost::Config::from_variables(account, variables)?.with_http(http);
            Ok(Box::new(sitehost::Client::new(config)?))
        }
        #[cfg(feature = "hostway")]
        hostway::PROVIDER => {
            let config = hostway::Config::from_variables(account, variables)?.with_http(http);
            Ok(Box::new(hostway::Client::new(config)?))
        }
        #[cfg(feature = "nodecoid")]
        nodecoid::PROVIDER => {
            let config = nodecoid::Config::from_variables(account, variables)?.with_http(http);
            Ok(Box::new(nodecoid::Client::new(config)?))
        }
        #[cfg(feature = "ionos")]
        ionos::PROVIDER => {
            let config = ionos::Config::from_variables(account, variables)?.with_http(http);
            Ok(Box::new(ionos::Client::new(config)?))
        }
        other => Err(not_here(other)),
    }
}

/// What a provider can do; needs no credentials.
///
/// # Errors
///
/// [`ErrorKind::Config`](crate::ErrorKind::Config) where this build has no such provider.
pub fn capabilities(provider: &str) -> Result<Capabilities> {
    match provider {
        #[cfg(feature = "sitehost")]
        sitehost::PROVIDER => Ok(sitehost::capabilities()),
        #[cfg(feature = "hostway")]
        hostway::PROVIDER => Ok(hostway::capabilities()),
        #[cfg(feature = "nodecoid")]
        nodecoid::PROVIDER => Ok(nodecoid::capabilities()),
        #[cfg(feature = "ionos")]
        ionos::PROVIDER => Ok(ionos::capabilities()),
        other => Err(not_here(other)),
    }
}

fn not_here(provider: &str) -> Error {
    if ALL.contains(&provider) {
        let message = format!("this build does not have the provider {provider}");
        return Error::config(message).with_advice(format!("switch on cloudsnap's feature {provider}"));
    }
    let message = format!("there is no provider '{}'", provider.escape_debug());
    Error::config(message).with_advice(format!("this build knows: {}", PROVIDERS.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_provider_is_answered_with_the_known_ones() {
        let error = from_env("nonesuch").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Config);
        assert!(PROVIDERS.iter().all(|known| error.to_string().contains(known)), "{error}");
    }

    #[test]
    fn a_provider_that_is_not_built_in_names_its_feature() {
        for missing in ALL.iter().filter(|name| !PROVIDERS.contains(name)) {
            let error = capabilities(missing).unwrap_err();
            assert!(error.to_string().contains(&format!("feature {missing}")), "{error}");
        }
    }
}
