//! Settings: variables by name, and where a provider may be.

use std::fmt::Write as _;

use cloudsnap_core::http::BaseUrl;
use cloudsnap_core::{Error, ErrorKind, Variables};

#[test]
fn the_table_of_base_urls() {
    let inputs = [
        "https://api.example",
        "https://api.example/",
        "https://api.example/v6///",
        " https://api.example/v6 ",
        "HTTPS://API.EXAMPLE/V6",
        "https://api.example:8443/x",
        "http://localhost:8080",
        "http://LOCALHOST/x/",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:1/x",
        "https://127.0.0.1:1",
        "http://api.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://evil.example/localhost",
        "http://localhost@evil.example",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::ffff:127.0.0.1]",
        "http://10.0.0.1",
        "http://localhost.",
        "http://2130706433",
        "http://0x7f.1",
        "https://user@api.example",
        "https://user:made-up@api.example",
        "https://:made-up@api.example",
        "https://api.example?key=made-up",
        "https://api.example/#x",
        "https://api.example/?",
        "",
        "api.example",
        "/v6",
        "//api.example",
        "https://",
        "ftp://api.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://api.example/a\nb",
        "https://[::1",
        "https://exa mple/",
    ];
    let mut table = String::new();
    for input in inputs {
        let read = BaseUrl::parse(input, "IONOS_API_URL");
        let _ = writeln!(
            table,
            "{input:?}\n  {}",
            read.map_or_else(|error| error.to_string(), |url| format!("ok {}", url.as_str()))
        );
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_refused_base_url_names_the_setting_and_shows_nothing_of_the_url() {
    for url in ["http://api.example", "https://user:made-up@api.example", "https://api.example?key=made-up", "made-up"]
    {
        let error = BaseUrl::parse(url, "SH_API_URL").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("SH_API_URL") && !shown.contains("made-up"), "{shown}");
    }
}

#[test]
fn an_ending_is_added_once() {
    let url = |text| BaseUrl::parse(text, "X").unwrap().ending_in("/cloudapi/v6");
    assert_eq!(url("https://api.example/").as_str(), "https://api.example/cloudapi/v6");
    assert_eq!(url("https://api.example/cloudapi/v6/"), url("https://api.example"));
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
