//! Settings: variables by name, and where a provider is.

use cloudsnap_core::provider::{HttpClient, Variables};
use cloudsnap_core::{Connection, Error, ErrorKind, Result};

use super::common::Numbered;

fn client_of(connection: Connection) -> Result<HttpClient> {
    HttpClient::new(connection, Numbered::default())
}

#[test]
fn a_refused_base_url_names_the_setting_and_shows_nothing_of_the_url() {
    for url in ["http://api.example", "https://user:made-up@api.example", "https://api.example?key=made-up", "made-up"]
    {
        let variables = Variables::from_fn(|_| Some(url.to_owned()));
        let connection = Connection::new("numbered", "http://[::1]").with_url_variable(&variables, "IONOS_API_URL");
        let error = client_of(connection.unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("IONOS_API_URL") && !shown.contains("made-up"), "{shown}");
    }
}

#[test]
fn without_a_variable_the_public_url_is_taken_under_the_providers_own_name() {
    let nothing = Variables::from_fn(|_| None);
    let connection = Connection::new("numbered", "http://127.0.0.1:8443/").with_base_path("/v1");
    let connection = connection.with_url_variable(&nothing, "X").unwrap();
    let client = client_of(connection.clone()).unwrap();
    let account = client.account();
    assert_eq!((account.provider(), &**account.name(), &**account.host()), ("numbered", "numbered", "127.0.0.1:8443"));
    assert_eq!((connection.base_url(), client.base_url()), ("http://127.0.0.1:8443/", "http://127.0.0.1:8443/v1"));
    let client = client_of(connection.with_account("work").with_base_url("http://localhost/v1")).unwrap();
    assert_eq!((&**client.account().name(), client.base_url()), ("work", "http://localhost/v1"));
}

fn variables() -> Variables<'static> {
    Variables::from_fn(|name| match name {
        "SET" => Some("  value ".to_owned()),
        "BLANK" => Some(" \t".to_owned()),
        "EMPTY" => Some(String::new()),
        "NUMBER" => Some("42".to_owned()),
        "ZONE" => Some("Pacific/Auckland".to_owned()),
        "LOCAL" => Some("Nowhere/Land".to_owned()),
        _ => None,
    })
}

#[test]
fn a_value_is_trimmed_and_a_blank_one_is_not_set() {
    let variables = variables();
    assert_eq!(variables.optional("SET").unwrap().as_deref(), Some("value"));
    for name in ["BLANK", "EMPTY", "ABSENT"] {
        assert_eq!(variables.optional(name).unwrap(), None);
        assert!(variables.optional_secret(name).unwrap().is_none());
        for error in [variables.required(name).unwrap_err(), variables.required_secret(name).unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().starts_with(&format!("{name} is not set [config]")), "{error}");
        }
    }
    assert_eq!(variables.required_secret("SET").unwrap().expose(), "value");
}

#[test]
fn a_value_of_another_type_is_read_or_refused_without_being_shown() {
    let variables = variables();
    assert_eq!(variables.parsed::<u8>("NUMBER", "a number").unwrap(), Some(42));
    assert_eq!(variables.parsed::<u8>("ABSENT", "a number").unwrap(), None);
    let error = variables.parsed::<u8>("SET", "a number from 0 to 255").unwrap_err();
    assert_eq!(error.to_string(), "SET takes a number from 0 to 255 [config]");
}

#[test]
fn a_time_zone_is_read_by_its_iana_name() {
    let variables = variables();
    assert_eq!(variables.time_zone("ZONE").unwrap().unwrap().iana_name(), Some("Pacific/Auckland"));
    assert_eq!(variables.time_zone("ABSENT").unwrap(), None);
    assert_eq!(
        variables.time_zone("LOCAL").unwrap_err().to_string(),
        "LOCAL takes a time zone such as Pacific/Auckland [config]"
    );
}

#[test]
fn a_lookup_that_fails_fails_the_setting() {
    let variables = Variables::try_from_fn(|name| Err(Error::new(ErrorKind::Config, format!("{name} is locked"))));
    assert_eq!(variables.optional("KEY").unwrap_err().to_string(), "KEY is locked [config]");
    assert_eq!(variables.required_secret("KEY").unwrap_err().to_string(), "KEY is locked [config]");
}

#[test]
fn the_environment_is_read_by_name() {
    let name = "CARGO_MANIFEST_DIR";
    assert_eq!(Variables::environment().optional(name).unwrap(), std::env::var(name).ok());
    assert_eq!(Variables::environment().optional("CLOUDSNAP_NO_SUCH_VARIABLE").unwrap(), None);
}
