//! What the targets share: a provider on loopback that answers whatever the fuzzer made up.
//!
//! An input is what the providers' own tests keep below `tests/wire/`: comment lines, then answers, parted by `---`.
//! So these files are the seeds. Each call of the shared trait is made with the answers of the input, in order.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloudsnap_core::provider::{Account, CreateFingerprint, CreateLookup};
use cloudsnap_core::{
    CreateSnapshot, Error, HttpOptions, ListSnapshots, ListSources, Operation, OperationKind, OperationStatus, Page,
    RestoreSnapshot, Result, RetryOptions, Scope, Snapshot, SnapshotProvider, SnapshotRef, Source, SourceRef,
    UpdateSnapshot,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// The credential of every client here. It must come out nowhere.
pub const CANARY: &str = "canary-2b7e151628aed2a6abf7158809cf4f3c";

/// Longer than any call on loopback takes that ends.
const ENDS: Duration = Duration::from_secs(5);

type Answers = Arc<Mutex<VecDeque<Vec<u8>>>>;

/// A loopback server, and what a client is asked to do there.
pub struct Stage {
    runtime: Runtime,
    url: String,
    answers: Answers,
    source: SourceRef,
    snapshot: SnapshotRef,
    details: Vec<(&'static str, String)>,
}

impl Stage {
    /// For the provider of these references. `details` are those that its operations carry.
    pub fn new(source: &str, snapshot: &str, details: &[(&'static str, &str)]) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("the port"));
        let answers = Answers::default();
        runtime.spawn(serve(listener, url.clone(), Arc::clone(&answers)));
        let details = details.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let (source, snapshot) = (source.parse().expect("a source"), snapshot.parse().expect("a snapshot"));
        Self { runtime, url, answers, source, snapshot, details }
    }

    /// Makes every call with the answers of this input. `connect` builds a client: a new one for each call, since a
    /// throttled answer rightly pauses the one that got it.
    pub fn play<P: SnapshotProvider>(&self, input: &[u8], connect: impl Fn(&str, HttpOptions) -> P) {
        let script = answers(input);
        if script.is_empty() {
            return;
        }
        let http = HttpOptions::default().with_retry(RetryOptions::never());
        let client = || {
            *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = script.iter().cloned().collect();
            connect(&self.url, http.clone())
        };
        let create = CreateSnapshot::new(self.source.clone());
        let fingerprint = CreateFingerprint::new(client().account(), &create).expect("a fingerprint");
        let told = Told { in_input: contains(input, CANARY.as_bytes()) };

        let _ = told.about(self.run(client().check_access()));
        told.about_page(self.run(client().list_sources(&ListSources::default())), Told::source);
        told.about_page(self.run(client().list_snapshots(&ListSnapshots::default())), Told::snapshot);
        told.about_page(self.run(client().list_snapshots(&ListSnapshots::of(self.source.clone()))), Told::snapshot);
        if let Ok(snapshot) = told.about(self.run(client().get_snapshot(&self.snapshot))) {
            told.snapshot(&snapshot);
        }
        let _ = told.about(self.run(client().fingerprint(&create)));
        told.about_start(self.run(client().start_create(&create, &fingerprint)));
        if let Ok(CreateLookup::Found(operations)) = told.about(self.run(client().find_created(&fingerprint))) {
            operations.into_iter().for_each(|operation| told.about_start(Ok(operation)));
        }
        let restore = RestoreSnapshot::new(self.snapshot.clone()).with_target(self.source.clone());
        told.about_start(self.run(client().start_restore(&restore)));
        told.about_start(self.run(client().start_delete(&self.snapshot)));
        let update = UpdateSnapshot::new(self.snapshot.clone()).with_name("renamed");
        told.about_start(self.run(client().start_update(&update)));
        for operation in self.operations(client().account()) {
            for status in self.run(client().poll(std::slice::from_ref(&operation))) {
                match told.about(status) {
                    Ok(OperationStatus::Succeeded { snapshot: Some(snapshot) }) => told.snapshot(&snapshot),
                    Ok(OperationStatus::Failed { error }) => told.error(&error),
                    _ => {}
                }
            }
        }
    }

    fn operations(&self, account: &Account) -> [Operation; 4] {
        let kinds = [OperationKind::Create, OperationKind::Restore, OperationKind::Delete, OperationKind::Update];
        kinds.map(|kind| {
            let operation = Operation::new(account, kind).with_source(self.source.clone());
            let operation = operation.with_snapshot(self.snapshot.clone());
            self.details.iter().fold(operation, |operation, (name, value)| operation.with_detail(*name, value))
        })
    }

    fn run<F: Future>(&self, call: F) -> F::Output {
        let scope = Scope::new().with_timeout(ENDS);
        let bounded = async { tokio::time::timeout(2 * ENDS, scope.run(call)).await };
        self.runtime.block_on(bounded).expect("every call ends")
    }
}

/// What holds of everything that a client says, whatever it was told.
struct Told {
    in_input: bool,
}

impl Told {
    fn about<T: std::fmt::Debug>(&self, result: Result<T>) -> Result<T> {
        match &result {
            Ok(value) => self.no_secret(&format!("{value:?}")),
            Err(error) => self.error(error),
        }
        result
    }

    fn about_page<T: std::fmt::Debug>(&self, result: Result<Page<T>>, each: impl Fn(&Self, &T)) {
        if let Ok(page) = self.about(result) {
            page.items.iter().for_each(|item| each(self, item));
        }
    }

    fn about_start(&self, result: Result<Operation>) {
        if let Ok(operation) = self.about(result) {
            let token = operation.to_string();
            self.no_secret(&token);
            assert_eq!(token.parse::<Operation>().ok(), Some(operation), "a token is read back: {token}");
        }
    }

    fn snapshot(&self, snapshot: &Snapshot) {
        harmless(&snapshot.reference().to_string());
        serde_json::to_string(snapshot).expect("a snapshot as JSON");
    }

    fn source(&self, source: &Source) {
        harmless(&source.reference.to_string());
        serde_json::to_string(source).expect("a source as JSON");
    }

    fn error(&self, error: &Error) {
        harmless(&error.to_string());
        self.no_secret(&format!("{error:?}"));
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            self.no_secret(&format!("{inner} {inner:?}"));
            cause = inner.source();
        }
        if let Some(token) = error.token() {
            self.about_start(token.parse());
        }
    }

    fn no_secret(&self, text: &str) {
        assert!(self.in_input || !text.contains(CANARY), "the credential is shown: {text}");
    }
}

/// One line that moves no cursor.
fn harmless(text: &str) {
    assert!(!text.chars().any(char::is_control), "control characters: {text:?}");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The answers of an input, without the comment lines before them.
fn answers(input: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = input;
    while rest.first() == Some(&b'#') {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        rest = &rest[end..];
    }
    split(rest, b"\n---\n").into_iter().filter(|answer| !answer.trim_ascii().is_empty()).map(<[u8]>::to_vec).collect()
}

fn split<'a>(mut bytes: &'a [u8], separator: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = bytes.windows(separator.len()).position(|window| window == separator) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + separator.len()..];
    }
    parts.push(bytes);
    parts
}

async fn serve(listener: TcpListener, url: String, answers: Answers) {
    while let Ok((stream, _)) = listener.accept().await {
        let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let answer = answer.unwrap_or_else(|| b"HTTP/1.1 501 Not In The Script\n\n".to_vec());
        tokio::spawn(answer_once(stream, on_the_wire(&answer, &url)));
    }
}

/// One request a connection, so that nothing in an answer can make anybody wait for more of it.
async fn answer_once(mut stream: TcpStream, answer: Vec<u8>) {
    let mut request = vec![0; 64 * 1024];
    let mut length = 0;
    while !is_complete(&request[..length]) {
        match stream.read(&mut request[length..]).await {
            Ok(read) if read > 0 => length += read,
            _ => return,
        }
    }
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    body.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

fn on_the_wire(answer: &[u8], url: &str) -> Vec<u8> {
    let (head, body) = match answer.windows(2).position(|window| window == b"\n\n") {
        Some(at) => (&answer[..at], &answer[at + 2..]),
        None => (answer, &answer[answer.len()..]),
    };
    let mut wire = Vec::new();
    for byte in head.trim_ascii() {
        if *byte == b'\n' {
            wire.push(b'\r');
        }
        wire.push(*byte);
    }
    wire.extend_from_slice(format!("\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
    wire.extend_from_slice(body);
    let base = b"{base}";
    while let Some(at) = wire.windows(base.len()).position(|window| window == base) {
        wire.splice(at..at + base.len(), url.bytes());
    }
    wire
}
