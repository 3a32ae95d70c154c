//! What the settings say, and what is refused before anything is sent.

#![expect(clippy::unwrap_used, reason = "a setting that must be refused and is not fails the test")]

use cloudsnap_core::provider::Variables;
use ionos::{Client, Config};

fn variables(set: &'static [(&str, &str)]) -> Variables<'static> {
    Variables::from_fn(|name| set.iter().find(|(found, _)| *found == name).map(|(_, value)| (*value).to_owned()))
}

fn refused(set: &'static [(&str, &str)]) -> String {
    Config::from_variables("ionos", &variables(set)).and_then(Client::new).map(drop).unwrap_err().to_string()
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    insta::assert_snapshot!(
        [
            refused(&[]),
            refused(&[("IONOS_USERNAME", "ops@example.com")]),
            refused(&[("IONOS_TOKEN", "made-up"), ("IONOS_CONTRACT_NUMBER", "abc")]),
            refused(&[("IONOS_TOKEN", "made-up"), ("IONOS_API_URL", "http://api.example.com")]),
            refused(&[("IONOS_TOKEN", "made-up"), ("IONOS_API_URL", "not a url")]),
            refused(&[("IONOS_TOKEN", "made\nup"), ("IONOS_API_URL", "http://127.0.0.1:1")]),
        ]
        .join(
            "
"
        )
    );
}

#[test]
fn the_url_is_good_with_and_without_the_path() {
    for url in [
        "http://127.0.0.1:1",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:1/cloudapi/v6",
        "http://127.0.0.1:1/cloudapi/v6/",
    ] {
        let client = Client::new(Config::with_token("made-up").with_base_url(url)).unwrap();
        assert!(format!("{client:?}").contains("\"http://127.0.0.1:1/cloudapi/v6\""), "{client:?}");
    }
}

#[test]
fn no_credential_is_shown() {
    let canary = "c4n4ry-c4n4ry";
    for config in [Config::with_token(canary), Config::with_password("user", canary)] {
        let client = Client::new(config.clone().with_base_url("http://127.0.0.1:1")).unwrap();
        assert!(!format!("{config:?} {config:#?} {client:?} {client:#?}").contains(canary));
    }
}
