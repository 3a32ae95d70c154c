//! No credential is ever shown: not in `Debug`, not in an error, not in a log, at any level, on any path.
//!
//! A program of its own, because it listens to all that its process logs.

#![cfg(feature = "testing")]
#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail")]

use std::error::Error as _;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloudsnap_core::http::{Authentication, BaseUrl, Failure, HttpClient, HttpOptions, Protocol, Request, Response};
use cloudsnap_core::testing::{RecordedRequest, ScriptedServer};
use cloudsnap_core::{Error, ErrorKind, Result, RetryOptions, Secret, Variables};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Method};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tracing_subscriber::fmt::MakeWriter;

const CANARY: &str = "cAnArY7f3a91";

fn assert_hidden(what: &str, shown: &str) {
    for form in [CANARY.to_owned(), CANARY.to_lowercase(), STANDARD.encode(format!("user:{CANARY}"))] {
        assert!(!shown.contains(&form), "{what} shows the canary: {shown}");
    }
}

/// All that the process logs, through `tracing` and through `log`.
#[derive(Clone, Copy)]
struct Log;

static LOGGED: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let _ = writeln!(Self, "{} {}: {}", record.level(), record.target(), record.args());
    }

    fn flush(&self) {}
}

fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// A provider that puts its key wherever a provider ever put one.
#[derive(Debug)]
struct Careless {
    key: Secret,
}

impl Protocol for Careless {
    fn provider(&self) -> &'static str {
        "careless"
    }

    fn authenticate(&self) -> Result<Authentication> {
        let key = self.key.expose();
        let mut credentials = Authentication::none().parameter("apikey", key.to_owned());
        let basic = format!("Basic {}", STANDARD.encode(format!("user:{key}")));
        for (name, value) in [(AUTHORIZATION, basic.as_str()), (HeaderName::from_static("x-api-key"), key)] {
            let mut value = HeaderValue::from_str(value).expect("a header");
            value.set_sensitive(true);
            credentials = credentials.header(name, value);
        }
        assert_hidden("Authentication", &format!("{credentials:?}"));
        Ok(credentials)
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        assert_hidden("Response", &format!("{response:?}"));
        (!response.is_success()).then(|| Failure::from_status(response))
    }
}

fn client(url: &str) -> HttpClient {
    let retry = RetryOptions::default().attempts(2).pauses(Duration::from_millis(1), Duration::from_millis(2));
    let options = HttpOptions::default().retry(retry).request_timeout(Duration::from_millis(500));
    let base_url = BaseUrl::parse(url, "CARELESS_API_URL").expect("a URL");
    let client = HttpClient::new(base_url, Careless { key: Secret::new(CANARY) }, options).expect("a client");
    assert_hidden("HttpClient", &format!("{client:?} {client:#?}"));
    client
}

fn requests() -> [Request; 3] {
    [
        Request::new("list", Method::GET, "/things"),
        Request::new("create", Method::POST, "/things").form(vec![("password".into(), CANARY.into())]).once(),
        Request::new("update", Method::PUT, "/things").json(&[CANARY]).expect("JSON").query("token", CANARY),
    ]
}

/// Sends all kinds of requests, and sweeps whatever error comes of it.
async fn exchange(url: &str) -> Vec<ErrorKind> {
    let client = client(url);
    let mut kinds = Vec::new();
    for request in requests() {
        assert_hidden("Request", &format!("{request:?} {request:#?}"));
        if let Err(error) = client.send(request, |response| response.json::<Vec<u32>>()).await {
            kinds.push(error.kind());
            assert_hidden("Error", &format!("{error} {error:?} {error:#?}"));
            let mut cause = error.source();
            while let Some(source) = cause {
                assert_hidden("an error's source", &format!("{source} {source:?}"));
                cause = source.source();
            }
        }
    }
    kinds
}

/// Reads what comes and closes the connection, halfway into an answer or before it.
async fn rude_server(answer: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("the port"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await;
        }
    });
    url
}

#[tokio::test]
async fn no_exchange_shows_the_credential_anywhere() {
    use ErrorKind::{Decode, OutcomeUnknown, Transport, Unavailable};
    // Not `init()`: with a feature that another crate may switch on, that would set a logger too.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(Log);
    tracing::subscriber::set_global_default(subscriber.finish()).expect("no subscriber before this");
    log::set_logger(&Log).expect("no logger before this");
    log::set_max_level(log::LevelFilter::Trace);

    let good = ScriptedServer::start(["HTTP/1.1 200 OK\n\n[1]"; 3]).await;
    assert_eq!(exchange(good.url()).await, []);
    let received = good.requests();
    let sent = |request: &RecordedRequest| format!("{}{}", request.target, request.body).contains(CANARY);
    assert!(received.iter().all(sent), "the test sends the canary at all");
    for request in good.finish() {
        let wire = request.wire_text(&[]);
        let (head, body) = wire.split_once("\n\n").unwrap_or((&wire, ""));
        assert_hidden("a wire snapshot's head", head);
        assert!(request.header("content-type") != Some("application/x-www-form-urlencoded") || !body.contains(CANARY));
    }

    let failing = ScriptedServer::start(["HTTP/1.1 503 Unavailable\n\nout of order"; 5]).await;
    assert_eq!(exchange(failing.url()).await, [Unavailable, OutcomeUnknown, Unavailable]);
    let garbage = ScriptedServer::start(["HTTP/1.1 200 OK\n\n{\"key\":\"x\"}"; 3]).await;
    assert_eq!(exchange(garbage.url()).await, [Decode, OutcomeUnknown, Decode]);
    assert_eq!(exchange(&rude_server("").await).await, [Transport, OutcomeUnknown, Transport]);
    let cut = rude_server("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[1").await;
    assert_eq!(exchange(&cut).await, [Transport, OutcomeUnknown, Transport]);

    let port = TcpSocket::new_v4().expect("a socket");
    port.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let unreachable = format!("http://{}", port.local_addr().expect("the port"));
    assert_eq!(exchange(&unreachable).await, [Transport; 3]);

    let silent = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("the port"));
    assert_eq!(exchange(&url).await, [Transport, OutcomeUnknown, Transport]);

    let log = logged();
    for expected in
        ["DEBUG reqwest::connect: starting new connection", "cloudsnap_core", "answered", "careless", "/things"]
    {
        assert!(log.contains(expected), "the log was not listened to: {expected} is missing in {log}");
    }
    assert_hidden("the log", &log);
}

#[test]
fn neither_settings_nor_secrets_can_be_printed() {
    let secret = Secret::new(CANARY);
    assert_hidden("Secret", &format!("{secret:?} {secret:#?} {:?}", Some(secret.clone())));
    assert_eq!((secret.expose(), Secret::from(CANARY).expose()), (CANARY, CANARY));

    let variables = Variables::from_fn(|_| Some(CANARY.into()));
    assert_hidden("Variables", &format!("{variables:?} {:?}", variables.required_secret("KEY")));
    for error in [variables.parsed::<u8>("PORT", "a number").unwrap_err(), variables.time_zone("ZONE").unwrap_err()] {
        assert_hidden("Error", &format!("{error} {error:?}"));
    }
    for url in [
        format!("https://user:{CANARY}@api.example"),
        format!("https://api.example/?k={CANARY}"),
        format!("http://{CANARY}.example"),
        CANARY.to_owned(),
    ] {
        let error: Error = BaseUrl::parse(&url, "API_URL").unwrap_err();
        assert_hidden("Error", &format!("{error} {error:?}"));
    }
}
