//! Servers on loopback that misbehave, and clients that talk to them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloudsnap_core::provider::{
    Authentication, DecodeError, Failure, HttpClient, Protocol, RateLimit, Request, Response,
};
use cloudsnap_core::{Connection, HttpOptions, Result, Secret};
use http::{HeaderName, HeaderValue, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// How one request is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// With these bytes; the connection stays open.
    Whole(String),
    /// With these bytes, and then the connection is closed.
    Cut(String),
    /// With this status and no body, and then the connection is closed after so long, whatever comes meanwhile.
    Brief(u16, Duration),
    /// Not at all: the connection is closed.
    Close,
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all, and the connection stays open.
    Hang,
    /// With these bytes, and then nothing more, and the connection stays open.
    Stall(String),
    /// With a head, and then a piece of the body at every interval, so many times.
    Drip(String, &'static str, Duration, u32),
    /// With a head, and then zeros without end, in chunks or without.
    Endless(String, bool),
}

impl Reply {
    /// An answer with this status, these headers and this body.
    pub(crate) fn status(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Whole(format!("HTTP/1.1 {status} Status\r\n{headers}Content-Length: {length}\r\n\r\n{body}"))
    }

    pub(crate) fn ok(body: &str) -> Self {
        Self::status(200, "", body)
    }
}

/// A server that replies from a script; to requests beyond it, with the last reply again.
#[derive(Debug)]
pub(crate) struct Wire {
    url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    script: Vec<Reply>,
    requests: Vec<String>,
    connections: usize,
}

impl Wire {
    pub(crate) async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("the port"));
        let script = script.into_iter().collect();
        let state = Arc::new(Mutex::new(State { script, requests: Vec::new(), connections: 0 }));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { url, state, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests arrived.
    pub(crate) fn count(&self) -> usize {
        self.state().requests.len()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.state().connections
    }

    /// The heads of the requests that arrived.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.state().requests.clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
        tokio::spawn(converse(stream, Arc::clone(&state)));
    }
}

async fn converse(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    while let Some(head) = read_head(&mut stream).await {
        let reply = {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let at = state.requests.len().min(state.script.len() - 1);
            state.requests.push(head);
            state.script[at].clone()
        };
        let keeps_open = match reply {
            Reply::Whole(bytes) => stream.write_all(bytes.as_bytes()).await.is_ok(),
            Reply::Cut(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                false
            }
            Reply::Brief(status, open_for) => {
                let _ =
                    stream.write_all(format!("HTTP/1.1 {status} Brief\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
                tokio::time::sleep(open_for).await;
                false
            }
            Reply::Close => false,
            Reply::Reset => {
                stream.set_zero_linger().expect("an open socket");
                false
            }
            Reply::Hang => std::future::pending().await,
            Reply::Stall(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                std::future::pending().await
            }
            Reply::Drip(head, piece, interval, times) => drip(&mut stream, &head, piece, interval, times).await.is_ok(),
            Reply::Endless(head, chunked) => endless(&mut stream, &head, chunked).await.is_ok(),
        };
        if !keeps_open {
            return;
        }
    }
}

async fn drip(stream: &mut TcpStream, head: &str, piece: &str, interval: Duration, times: u32) -> std::io::Result<()> {
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..times {
        tokio::time::sleep(interval).await;
        stream.write_all(piece.as_bytes()).await?;
    }
    Ok(())
}

async fn endless(stream: &mut TcpStream, head: &str, chunked: bool) -> std::io::Result<()> {
    static ZEROS: [u8; 65_536] = [b'0'; 65_536];
    stream.write_all(head.as_bytes()).await?;
    loop {
        if chunked {
            stream.write_all(format!("{:x}\r\n", ZEROS.len()).as_bytes()).await?;
        }
        stream.write_all(&ZEROS).await?;
        if chunked {
            stream.write_all(b"\r\n").await?;
        }
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lengths = head
                .lines()
                .filter_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            let length = lengths.sum::<usize>();
            if body.len() >= length {
                return Some(head.to_owned());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A port at which every connection is refused for as long as the socket is held.
pub(crate) fn closed_port() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let url = format!("http://{}", socket.local_addr().expect("the port"));
    (socket, url)
}

/// A provider that writes the number of the attempt into a header, and whose own form is `{"message": …}`.
#[derive(Debug, Default)]
pub(crate) struct Numbered(AtomicU32);

impl Protocol for Numbered {
    fn authenticate(&self) -> Result<Authentication> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Authentication::default().with_header(HeaderName::from_static("x-attempt"), HeaderValue::from(number)))
    }

    fn secrets(&self) -> Vec<Secret> {
        Vec::new()
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        #[derive(serde::Deserialize)]
        struct Envelope {
            message: String,
        }
        let failure = (!response.is_success()).then(|| Failure::from_status(response))?;
        match response.json::<Envelope>() {
            Ok(envelope) => Some(failure.refused().with_message(Some(envelope.message))),
            Err(_) => Some(failure),
        }
    }

    fn rate_limit(&self, response: &Response) -> Option<RateLimit> {
        let remaining = response.header(HeaderName::from_static("x-ratelimit-remaining"))?;
        Some(RateLimit::new(100.0, remaining.parse().ok()?))
    }
}

pub(crate) fn connection(url: &str) -> Connection {
    Connection::new("numbered", url)
}

pub(crate) fn client(url: &str, options: HttpOptions) -> HttpClient {
    HttpClient::new(connection(url).with_options(options), Numbered::default()).expect("a client")
}

pub(crate) fn get() -> Request {
    Request::new("poll", Method::GET, "/thing")
}

pub(crate) fn create() -> Request {
    Request::new("create", Method::POST, "/thing").non_idempotent()
}

pub(crate) fn read_text(response: &Response) -> Result<String, DecodeError> {
    Ok(response.text().to_owned())
}
