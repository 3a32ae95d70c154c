//! One exchange: what is sent, and how ids stay inside their place in it.

use std::time::Duration;

use cloudsnap_core::provider::{HttpClient, Request, Response, path};
use cloudsnap_core::testing::ScriptedServer;
use cloudsnap_core::{Deadline, ErrorKind, HttpOptions, Scope};
use http::{HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use tokio::time::timeout;

use super::common::{Numbered, Reply, Wire, any_part, client, connection, create, get, read_text};

const HOSTILE: [&str; 16] = [
    "%2e%2e",
    "%2E",
    "..%2f..",
    "a/b",
    "a\\b",
    "a?b=c",
    "a#b",
    "a b",
    "a\nb: c",
    "a\r\nHost: evil",
    "\u{1b}[2J",
    "é/ü",
    "\0",
    "@evil.example",
    "//evil.example",
    "a;b=c&d",
];

#[test]
fn what_a_url_cannot_carry_is_refused() {
    for segment in ["", ".", ".."] {
        let error = path(["servers", segment, "snapshots"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), format!("'{segment}' cannot be an id or a name in a URL [invalid_input]"));
    }
}

#[test]
fn hostile_segments_stay_segments() {
    let table: String =
        HOSTILE.iter().map(|hostile| format!("{hostile:?} -> {}\n", path(["s", hostile, "t"]).unwrap())).collect();
    insta::assert_snapshot!(table);
    assert_eq!(path(["a-b_c.d~e", "0"]).unwrap(), "/a-b_c.d~e/0");
    assert_eq!(path([]).unwrap(), "");
}

proptest! {
    #[test]
    fn a_path_has_as_many_segments_as_were_given_and_decodes_to_them(segments in prop::collection::vec(any_part(), 1..5)) {
        let Ok(path) = path(segments.iter().map(String::as_str)) else {
            prop_assert!(segments.iter().any(|segment| matches!(segment.as_str(), "." | "..")));
            return Ok(());
        };
        prop_assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/%-._~".contains(&byte)), "{path}");
        let decode = |segment: &str| percent_encoding::percent_decode_str(segment).decode_utf8().unwrap().into_owned();
        prop_assert_eq!(path.split('/').skip(1).map(decode).collect::<Vec<_>>(), segments);
    }
}

#[tokio::test]
async fn hostile_segments_arrive_over_a_real_socket_as_they_were_encoded() {
    let server = ScriptedServer::start(HOSTILE.map(|_| "HTTP/1.1 200 OK\n\n{}")).await;
    let client = client(server.url(), HttpOptions::default());
    let mut sent = Vec::new();
    for hostile in HOSTILE {
        let path = path(["s", hostile, "t"]).unwrap();
        client.send(Request::new("get", Method::GET, path.clone()), read_text).await.unwrap();
        sent.push(path);
    }
    let arrived: Vec<String> = server.finish().into_iter().map(|request| request.target).collect();
    assert_eq!(arrived, sent);
    assert!(arrived.iter().all(|target| target.matches('/').count() == 3), "{arrived:#?}");
}

#[tokio::test]
async fn a_path_can_never_lead_to_another_host() {
    let (ours, theirs) = (Wire::start([Reply::ok("ours")]).await, Wire::start([Reply::ok("theirs")]).await);
    let client = client(ours.url(), HttpOptions::default());
    let other = theirs.url().strip_prefix("http://").unwrap();
    for path in [format!("@{other}/x"), format!(".{other}/x"), "0/x".to_owned(), "thing".to_owned()] {
        let error = client.send(Request::new("get", Method::GET, path.clone()), read_text).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 1), "{path}: {error}");
    }
    assert_eq!((ours.count(), theirs.count()), (0, 0));
    for path in [format!("//{other}/x"), format!("/@{other}/x"), format!("/\\{other}/x")] {
        assert_eq!(client.send(Request::new("get", Method::GET, path), read_text).await.unwrap(), "ours");
    }
    assert_eq!(theirs.count(), 0);
}

#[tokio::test]
async fn query_form_and_json_are_sent_in_the_order_given_and_encoded() {
    let server = ScriptedServer::start(["HTTP/1.1 200 OK\n\n{}"; 3]).await;
    let client = client(&format!("{}/v1/", server.url()), HttpOptions::default());
    let request = Request::new("list", Method::GET, "/things").with_query("z", "a b+c&d=é").with_query("a", "1");
    client.send(request, read_text).await.unwrap();
    let form = vec![("z[]".into(), "a b+c&d=é\r\n".into()), ("a".into(), "".into())];
    client.send(Request::new("create", Method::POST, "/things").with_form(form), read_text).await.unwrap();
    let json = Request::new("create", Method::POST, "/things").with_json(&["a b"]).unwrap();
    client.send(json, read_text).await.unwrap();
    let shown: Vec<String> = server.finish().iter().map(|request| request.wire_text(&["z", "a", "z[]"])).collect();
    insta::assert_snapshot!(shown.join("\n\n---\n\n").replace("accept-encoding: gzip\n", ""));
}

#[tokio::test]
async fn the_user_agent_names_the_program_and_then_us() {
    let server = Wire::start([Reply::ok("")]).await;
    client(server.url(), HttpOptions::default()).send(get(), read_text).await.unwrap();
    let options = HttpOptions::default().with_application("backup", "2.1");
    client(server.url(), options).send(get(), read_text).await.unwrap();
    let heads = server.heads();
    let ours = concat!("cloudsnap/", env!("CARGO_PKG_VERSION"));
    assert!(heads[0].contains(&format!("\r\nuser-agent: {ours}")), "{}", heads[0]);
    assert!(heads[1].contains(&format!("\r\nuser-agent: backup/2.1 {ours}")), "{}", heads[1]);
}

#[tokio::test]
async fn a_program_name_that_no_header_can_carry_is_a_configuration_error() {
    let options = HttpOptions::default().with_application("a\r\nX-Evil: 1", "2");
    let connection = connection("http://127.0.0.1:1").with_options(options);
    assert_eq!(HttpClient::new(connection, Numbered::default()).unwrap_err().kind(), ErrorKind::Config);
}

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")))]
#[test]
fn https_without_a_tls_feature_is_a_configuration_error_that_names_the_features() {
    let error = HttpClient::new(connection("https://api.example"), Numbered::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "numbered connect: https needs TLS, and this program was built without it [config]; \
         switch on one of the features rustls, native-tls or rustls-no-provider"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_origin_hears_nothing() {
    for status in [301, 302, 303, 307, 308] {
        let theirs = Wire::start([Reply::ok("theirs")]).await;
        let location = format!("Location: {}/thing\r\n", theirs.url());
        let ours = Wire::start([Reply::status(status, &location, "")]).await;
        let client = client(ours.url(), HttpOptions::default());
        for (request, kind) in [(get(), ErrorKind::Unexpected), (create(), ErrorKind::OutcomeUnknown)] {
            let error = client.send(request, read_text).await.unwrap_err();
            assert_eq!((error.kind(), error.status()), (kind, Some(status)));
            assert_eq!(error.message(), "the answer is a redirect");
            assert!(error.to_string().contains("redirects are never followed; check the base URL"), "{error}");
        }
        assert_eq!((ours.count(), theirs.count(), theirs.connections()), (2, 0, 0));
    }
}

#[tokio::test]
async fn scopes_count_the_requests_of_their_own_and_of_those_inside() {
    let server = Wire::start([Reply::status(503, "", ""), Reply::ok("")]).await;
    let client = client(server.url(), HttpOptions::default());
    let outer = Scope::new();
    let inner = outer
        .run(async {
            client.send(get(), read_text).await.unwrap();
            let inner = Scope::new();
            inner.run(client.send(get(), read_text)).await.unwrap();
            inner
        })
        .await;
    client.send(get(), read_text).await.unwrap();
    assert_eq!((outer.requests(), inner.requests(), server.count()), (3, 1, 4));
}

#[tokio::test]
async fn a_header_of_the_request_arrives_and_its_value_is_not_shown() {
    let server = Wire::start([Reply::ok("")]).await;
    let request = get().with_header(HeaderName::from_static("x-contract-number"), HeaderValue::from_static("31415"));
    assert!(!format!("{request:?}").contains("31415"));
    client(server.url(), HttpOptions::default()).send(request, read_text).await.unwrap();
    assert!(server.heads()[0].contains("x-contract-number: 31415"));
}

#[tokio::test]
async fn the_nearest_deadline_of_nested_scopes_holds() {
    let server = Wire::start([Reply::Hang]).await;
    let client = client(server.url(), HttpOptions::default());
    let (near, far) = (Deadline::after(Duration::from_millis(100)), Deadline::after(Duration::from_secs(3_600)));
    for (outer, inner) in [(near, far), (far, near)] {
        let outer = Scope::new().with_deadline(outer);
        let answer = outer.run(async { Scope::new().with_deadline(inner).run(client.send(get(), read_text)).await });
        let error = timeout(Duration::from_secs(10), answer).await.expect("an end").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}

#[test]
fn a_body_is_quoted_in_errors_only_as_far_as_a_person_reads() {
    let excerpt = |body: &[u8]| Response::new(500, body).excerpt();
    assert_eq!(excerpt(b" \n "), None);
    assert_eq!(excerpt(b" words \n").as_deref(), Some("words"));
    assert_eq!(excerpt(b"<html><head><title>502 Bad Gateway</title></head>x").as_deref(), Some("502 Bad Gateway"));
    let long = excerpt("é".repeat(1_000_000).as_bytes()).unwrap();
    assert_eq!((long.chars().count(), long.ends_with('…')), (501, true));
    assert!(excerpt(&[0xff; 4_000]).unwrap().chars().count() <= 501);
}

#[test]
fn a_body_that_cannot_be_read_is_never_quoted() {
    let why = |body: &str| Response::new(200, body).json::<Vec<u32>>().unwrap_err().to_string();
    assert_eq!(why(""), "the answer has no body");
    assert_eq!(why(" <html>made-up"), "the answer is HTML or XML, not what the provider documents");
    for body in [
        "{\"key\":\"made-up\"}",
        "[\"made-up\"]",
        "[\"made-up \\\" made-up\", \"made-up\"]",
        "\"made-up\"",
        "[1, {\"made-up\":\"made-up\"}",
        "[1,",
        "made-up",
    ] {
        let why = why(body);
        assert!(
            why.starts_with("the answer is not what the provider documents: ") && !why.contains("made-up"),
            "{why}"
        );
    }
}

#[test]
fn why_a_body_cannot_be_read_is_said_with_the_place() {
    let why = |body: &str| Response::new(200, body).json::<Vec<u32>>().unwrap_err().to_string();
    assert_eq!(
        why("[\"made-up\"]"),
        "the answer is not what the provider documents: invalid type: string \"…\", expected u32 at line 1 column 10"
    );
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_fall_over(body in any::<Vec<u8>>(), text in any::<String>()) {
        for body in [body, text.clone().into_bytes(), format!("<title>{text}</title>").into_bytes(), format!("<{text}<title>").into_bytes()] {
            let response = Response::new(500, body);
            prop_assert!(response.excerpt().is_none_or(|excerpt| excerpt.chars().count() <= 501));
            let _ = response.json::<serde_json::Value>();
        }
    }
}

#[test]
fn an_odd_letter_in_a_body_is_replaced_and_the_rest_is_read() {
    let response = Response::new(200, *b"[\"ok\", \"caf\xe9\"]");
    assert_eq!(response.json::<Vec<String>>().unwrap(), ["ok", "caf\u{fffd}"]);
}
