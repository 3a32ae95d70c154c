//! The variables that describe an account, by provider.

/// The variables of one provider.
pub(crate) struct Variables {
    pub(crate) provider: &'static str,
    /// Those of which any one says that an account is meant.
    pub(crate) credentials: &'static [&'static str],
    /// Those whose values nobody else may see.
    pub(crate) secrets: &'static [&'static str],
    /// Those that say how the provider is talked to.
    pub(crate) settings: &'static [&'static str],
}

pub(crate) const ALL: &[Variables] = &[
    Variables {
        provider: "sitehost",
        credentials: &["SH_APIKEY", "SH_CLIENT_ID"],
        secrets: &["SH_APIKEY"],
        settings: &["SH_API_URL", "SH_API_VERSION", "SH_JOB_TYPE", "SH_TIME_ZONE"],
    },
    Variables {
        provider: "hostway",
        credentials: &["HOSTWAY_USERNAME", "HOSTWAY_PASSWORD"],
        secrets: &["HOSTWAY_PASSWORD"],
        settings: &["HOSTWAY_ACCOUNT_ID", "HOSTWAY_API_URL", "HOSTWAY_TIME_ZONE"],
    },
    Variables {
        provider: "nodecoid",
        credentials: &["NODECOID_USER_ID", "NODECOID_API_KEY"],
        secrets: &["NODECOID_API_KEY"],
        settings: &[
            "NODECOID_API_URL",
            "NODECOID_CLIENT_IP",
            "NODECOID_FORMAT",
            "NODECOID_SANDBOX",
            "NODECOID_TIME_ZONE",
        ],
    },
    Variables {
        provider: "ionos",
        credentials: &["IONOS_TOKEN", "IONOS_USERNAME", "IONOS_PASSWORD"],
        secrets: &["IONOS_TOKEN", "IONOS_PASSWORD"],
        settings: &["IONOS_API_URL", "IONOS_CONTRACT_NUMBER"],
    },
];

pub(crate) fn of(provider: &str) -> Option<&'static Variables> {
    ALL.iter().find(|variables| variables.provider == provider)
}

impl Variables {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.credentials.iter().chain(self.settings).copied()
    }

    pub(crate) fn is_secret(&self, name: &str) -> bool {
        self.secrets.contains(&name)
    }
}

/// The known word that is most like this one, if any is like it at all.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    const ALIKE: f64 = 0.5;
    let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    let alike = known.into_iter().filter(|known| likeness(known) > ALIKE);
    alike.max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use cloudsnap::HttpOptions;
    use cloudsnap::provider::Variables;

    use super::*;

    /// What the provider asks for, where every variable has a value except this one.
    fn asked_for(provider: &str, missing: &str) -> BTreeSet<String> {
        let asked: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let missing = missing.to_owned();
        let variables = Variables::from_fn(move |name| {
            seen.lock().unwrap().insert(name.to_owned());
            let value = match name {
                _ if name == missing => return None,
                _ if name.ends_with("_URL") => "http://127.0.0.1:1",
                _ if name.ends_with("TIME_ZONE") => "UTC",
                "SH_API_VERSION" => "1.5",
                "NODECOID_CLIENT_IP" => "203.0.113.7",
                "NODECOID_FORMAT" => "json",
                _ => "1",
            };
            Some(value.to_owned())
        });
        drop(cloudsnap::connect(provider, "work", &variables, HttpOptions::default()));
        asked.lock().unwrap().clone()
    }

    #[test]
    fn these_are_the_variables_that_the_providers_read() {
        for variables in ALL {
            let known: BTreeSet<String> = variables.names().map(str::to_owned).collect();
            let mut asked = asked_for(variables.provider, "");
            asked.extend(known.iter().flat_map(|name| asked_for(variables.provider, name)));
            assert_eq!(asked, known, "{}", variables.provider);
            assert!(variables.secrets.iter().all(|name| variables.credentials.contains(name)));
        }
        assert!(ALL.iter().map(|variables| variables.provider).eq(cloudsnap::PROVIDERS.iter().copied()));
    }

    #[test]
    fn a_slip_of_the_pen_leads_to_the_word_that_was_meant() {
        let known = ["NODECOID_SANDBOX", "NODECOID_FORMAT"];
        assert_eq!(nearest("NODECOID_SANDBX", known), Some("NODECOID_SANDBOX"));
        assert_eq!(nearest("nodecoid_fromat", known), Some("NODECOID_FORMAT"));
        assert_eq!(nearest("colour", known), None);
    }
}
