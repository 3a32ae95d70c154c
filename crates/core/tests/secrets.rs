//! No credential is ever shown: not in `Debug`, not in an error, not in what was answered, not in a log, at any level,
//! on any path, in any encoding.
//!
//! A program of its own, because it listens to all that its process logs.

#![cfg(feature = "testing")]
#![expect(clippy::expect_used, reason = "a test that cannot be set up must fail")]

use std::error::Error as _;
use std::io::Write;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cloudsnap_core::provider::{Authentication, Failure, HttpClient, Protocol, Request, Response, Variables};
use cloudsnap_core::testing::{RecordedRequest, ScriptedServer};
use cloudsnap_core::{Connection, ErrorKind, HttpOptions, Result, RetryOptions, Secret};
use http::header::LOCATION;
use http::{HeaderName, HeaderValue, Method};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket};
use tracing_subscriber::fmt::MakeWriter;

/// The part of the key that no encoding of text changes, and that of the secret of one attempt.
const CANARY: &str = "cAnArY7f3a91";
const OF_ONE_ATTEMPT: &str = "0nCeC4nArY";

/// A key with all that URLs, forms, HTML and JSON write otherwise.
fn key() -> String {
    format!("{CANARY}/+&=<'\"\\>")
}

fn basic() -> String {
    STANDARD.encode(format!("user:{}", key()))
}

fn assert_hidden(what: &str, shown: &str) {
    let lower = shown.to_lowercase();
    for canary in [CANARY, OF_ONE_ATTEMPT] {
        assert!(!lower.contains(&canary.to_lowercase()), "{what} shows {canary}: {shown}");
    }
    for before in ["", "u", "us", "user:"] {
        let encoded = STANDARD.encode(format!("{before}{CANARY}"));
        // What stands before decides the first letters, what follows the last ones.
        let certain = &encoded[before.len().div_ceil(3) * 4..encoded.len() - 4];
        assert!(!shown.contains(certain), "{what} shows the canary in Base64 ({certain}): {shown}");
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

/// A provider that puts its key wherever a provider asks for one, and passes on all that it is answered.
#[derive(Debug)]
struct Careless {
    key: Secret,
}

impl Protocol for Careless {
    fn authenticate(&self) -> Result<Authentication> {
        let mut key = HeaderValue::from_str(self.key.expose()).expect("a header");
        key.set_sensitive(true);
        let credentials = Authentication::basic("user", &self.key)?
            .with_header(HeaderName::from_static("x-api-key"), key)
            .with_parameter("apikey", self.key.expose().to_owned())
            .with_secret_parameter("checksum", Secret::new(OF_ONE_ATTEMPT));
        assert_hidden("Authentication", &format!("{credentials:?} {credentials:#?}"));
        Ok(credentials)
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.key.clone(), Secret::new(basic())]
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        assert_hidden("Response", &format!("{response:?} {}", response.text()));
        let failure = (!response.is_success()).then(|| Failure::from_status(response))?;
        let member = |name: &str| response.json::<serde_json::Value>().ok()?.get(name)?.as_str().map(str::to_owned);
        let request_id = response.header(LOCATION).map(str::to_owned);
        Some(failure.with_message(member("message")).with_code(member("code")).with_request_id(request_id))
    }
}

fn client(url: &str) -> HttpClient {
    let retry =
        RetryOptions::default().with_attempts(2).with_pauses(Duration::from_millis(1), Duration::from_millis(2));
    let options = HttpOptions::default().with_retry(retry).with_request_timeout(Duration::from_millis(500));
    let connection = Connection::new("careless", url).with_options(options);
    let client = HttpClient::new(connection, Careless { key: Secret::new(key()) }).expect("a client");
    assert_hidden("HttpClient", &format!("{client:?} {client:#?}"));
    client
}

fn requests() -> [Request; 3] {
    let form = vec![("password".into(), key().into())];
    [
        Request::new("list", Method::GET, "/things"),
        Request::new("create", Method::POST, "/things").with_form(form).non_idempotent(),
        Request::new("update", Method::PUT, "/things").with_json(&[key()]).expect("JSON").with_query("token", key()),
    ]
}

/// Sends all kinds of requests, and sweeps whatever error comes of it.
async fn exchange(client: &HttpClient) -> Vec<ErrorKind> {
    let mut kinds = Vec::new();
    for request in requests() {
        assert_hidden("Request", &format!("{request:?} {request:#?}"));
        if let Err(error) = client.send(request, |response| response.json::<Vec<u32>>()).await {
            kinds.push(error.kind());
            let words = (error.message(), error.code(), error.request_id(), error.advice());
            assert_hidden("Error", &format!("{error} {error:?} {error:#?} {words:?}"));
            let mut cause = error.source();
            while let Some(source) = cause {
                assert_hidden("an error's source", &format!("{source} {source:?}"));
                cause = source.source();
            }
        }
    }
    kinds
}

/// What a provider may make of the key when it repeats what it was sent.
fn echoes() -> Vec<String> {
    let key = key();
    let percent: String = key
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let html = key.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let unicode: String = key
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '/' || letter == '+' || letter == '=' || letter == '\\' {
                letter.to_string().replace('\\', "\\\\")
            } else {
                format!("\\u{:04x}", u32::from(letter))
            }
        })
        .collect();
    vec![
        percent.to_lowercase().replace(&CANARY.to_lowercase(), CANARY),
        percent.replace('%', "%25"),
        serde_urlencoded::to_string([("apikey", &key)]).expect("a form"),
        percent,
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#039;"),
        html,
        unicode,
        serde_json::to_string(&key).expect("JSON").trim_matches('"').replace('/', "\\/"),
        serde_json::to_string(&key).expect("JSON").trim_matches('"').to_owned(),
        format!("Basic {}", basic()),
        STANDARD.encode(format!("client=7&apikey={key}&checksum={OF_ONE_ATTEMPT}")),
        URL_SAFE_NO_PAD.encode(format!("{key}~~~")),
        format!("checksum={OF_ONE_ATTEMPT}"),
        // Cut by the excerpt in the middle of the key.
        format!("{}{key}", "x".repeat(490)),
        key,
    ]
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status} Status\n{headers}\n{body}")
}

#[tokio::test]
async fn no_exchange_shows_the_credential_anywhere() {
    use ErrorKind::{Decode, OutcomeUnknown, Transport, Unavailable, Unexpected};
    // Not `init()`: with a feature that another crate may switch on, that would set a logger too.
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(Log);
    tracing::subscriber::set_global_default(subscriber.finish()).expect("no subscriber before this");
    log::set_logger(&Log).expect("no logger before this");
    log::set_max_level(log::LevelFilter::Trace);

    let good = ScriptedServer::start(["HTTP/1.1 200 OK\n\n[1]"; 3]).await;
    assert_eq!(exchange(&client(good.url())).await, []);
    let received = good.finish();
    let sent = |request: &RecordedRequest| format!("{}{}", request.target, request.body).contains(CANARY);
    assert!(received.iter().all(sent), "the test sends the canary at all");
    for request in received.iter().filter(|request| request.header("content-type") != Some("application/json")) {
        assert_hidden("a wire snapshot", &request.wire_text(&[]));
    }

    // As a page, as the words and the code of the provider's own form, in a header, and where a list should be.
    let form = |echo: &str| format!(r#"{{"message":"{echo}","code":"{echo}"}}"#);
    let location = |echo: &str| format!("Location: /{}\n", if echo.contains('"') { "nowhere" } else { echo });
    type Answer<'a> = &'a dyn Fn(&str) -> String;
    let answers: [(Answer<'_>, [ErrorKind; 3]); 3] = [
        (&|echo| answer(500, "", echo), [Unavailable, OutcomeUnknown, Unavailable]),
        (&|echo| answer(418, &location(echo), &form(echo)), [Unexpected, OutcomeUnknown, Unexpected]),
        (&|echo| answer(200, "", &form(echo)), [Decode, OutcomeUnknown, Decode]),
    ];
    for (answer, kinds) in answers {
        let script = echoes().into_iter().flat_map(|echo| std::iter::repeat_n(answer(&echo), 3));
        let server = ScriptedServer::start(script).await;
        let client = client(server.url());
        for echo in echoes() {
            assert_eq!(exchange(&client).await, kinds, "{echo}");
        }
        drop(server.finish());
    }

    let failing = ScriptedServer::start(["HTTP/1.1 503 Unavailable\n\nout of order"; 5]).await;
    assert_eq!(exchange(&client(failing.url())).await, [Unavailable, OutcomeUnknown, Unavailable]);
    assert_eq!(exchange(&client(&rude_server("").await)).await, [Transport, OutcomeUnknown, Transport]);
    let cut = rude_server("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[1").await;
    assert_eq!(exchange(&client(&cut)).await, [Transport, OutcomeUnknown, Transport]);

    let port = TcpSocket::new_v4().expect("a socket");
    port.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let unreachable = format!("http://{}", port.local_addr().expect("the port"));
    assert_eq!(exchange(&client(&unreachable)).await, [Transport; 3]);

    let silent = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let url = format!("http://{}", silent.local_addr().expect("the port"));
    assert_eq!(exchange(&client(&url)).await, [Transport, OutcomeUnknown, Transport]);

    let log = logged();
    for expected in ["DEBUG reqwest::connect: starting new connection", "cloudsnap_core", "careless", "/things"] {
        assert!(log.contains(expected), "the log was not listened to: {expected} is missing in {log}");
    }
    assert_hidden("the log", &log);
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

#[test]
fn neither_settings_nor_secrets_can_be_printed() {
    let secret = Secret::new(key());
    assert_hidden("Secret", &format!("{secret:?} {secret:#?} {:?}", Some(secret.clone())));
    assert_eq!((secret.expose(), Secret::from(key()).expose()), (&*key(), &*key()));

    let variables = Variables::from_fn(|_| Some(key()));
    assert_hidden("Variables", &format!("{variables:?} {:?}", variables.required_secret("KEY")));
    for error in [
        variables.parsed::<u8>("PORT", "a number").expect_err("no number"),
        variables.time_zone("ZONE").expect_err("no zone"),
    ] {
        assert_hidden("Error", &format!("{error} {error:?}"));
    }
    for url in [
        format!("https://user:{CANARY}@api.example"),
        format!("https://api.example/?k={CANARY}"),
        format!("http://{CANARY}.example"),
        CANARY.to_owned(),
    ] {
        let connection = Connection::new("careless", &url);
        let error = HttpClient::new(connection, Careless { key: Secret::new("x") }).expect_err("no base URL");
        assert_hidden("Error", &format!("{error} {error:?}"));
    }
}
