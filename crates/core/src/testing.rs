//! For the tests of provider crates: a server on loopback that answers from a script and keeps what it was sent.
//!
//! A case is a file, `tests/wire/CALL/CASE.http`: comment lines beginning with `#` that quote the provider's page, then
//! the answers, as HTTP, parted by lines of `---`. `{base}` in an answer stands for the server's URL.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up, or is not kept to, must fail")]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One case: a call, and how the provider answers it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The folder's name: which call is made.
    pub call: String,
    /// The folder's and the file's name.
    pub name: String,
    /// The comment at the head of the file: where the answer comes from.
    pub page: String,
    /// The answers, in order.
    pub answers: Vec<String>,
}

/// All cases below a folder, in the order of their names.
///
/// # Panics
///
/// Where the folder cannot be read or holds no case.
#[must_use]
pub fn cases(folder: impl AsRef<Path>) -> Vec<Case> {
    let mut cases: Vec<Case> =
        entries(folder.as_ref()).iter().flat_map(|call| entries(call)).map(|file| read(&file)).collect();
    assert!(!cases.is_empty(), "there is no case below {}", folder.as_ref().display());
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry of the folder").path()).collect()
}

fn read(file: &Path) -> Case {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let name =
        |path: Option<&std::ffi::OsStr>| path.and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
    let call = name(file.parent().and_then(Path::file_name));
    let lines = text.lines();
    let page: Vec<&str> = lines.clone().take_while(|line| line.starts_with('#')).collect();
    let answers = lines.skip(page.len()).collect::<Vec<_>>().join("\n");
    Case {
        name: format!("{call}__{}", name(file.file_stem())),
        call,
        page: page.join("\n"),
        answers: answers.split("\n---\n").map(str::to_owned).filter(|answer| !answer.trim().is_empty()).collect(),
    }
}

/// A server on loopback that answers from a script. It stops when it is dropped.
#[derive(Debug)]
pub struct ScriptedServer {
    url: String,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: VecDeque<String>,
    requests: Vec<RecordedRequest>,
    unexpected: usize,
}

impl ScriptedServer {
    /// Listens, and will give these answers, one a request.
    ///
    /// # Panics
    ///
    /// Where no port is free.
    pub async fn start<A: Into<String>>(answers: impl IntoIterator<Item = A>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port on loopback");
        let url = format!("http://{}", listener.local_addr().expect("the port"));
        let answers = answers.into_iter().map(Into::into).collect();
        let shared = Arc::new(Mutex::new(Shared { answers, ..Shared::default() }));
        let task = tokio::spawn(serve(listener, url.clone(), Arc::clone(&shared)));
        Self { url, shared, task }
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it was sent so far.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.shared).requests.clone()
    }

    /// What it was sent in all.
    ///
    /// # Panics
    ///
    /// Where an answer of the script was not asked for, or more was asked than it has answers.
    #[must_use]
    pub fn finish(self) -> Vec<RecordedRequest> {
        let shared = lock(&self.shared);
        assert_eq!(shared.answers.len(), 0, "answers that nobody asked for: {:?}", shared.answers);
        assert_eq!(shared.unexpected, 0, "requests beyond the script: {:?}", shared.requests);
        shared.requests.clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, url: String, shared: Arc<Mutex<Shared>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, url.clone(), Arc::clone(&shared)));
    }
}

async fn converse(mut stream: TcpStream, url: String, shared: Arc<Mutex<Shared>>) {
    while let Some(request) = read_request(&mut stream).await {
        let answer = {
            let mut shared = lock(&shared);
            shared.requests.push(request);
            let answer = shared.answers.pop_front();
            shared.unexpected += usize::from(answer.is_none());
            answer.unwrap_or_else(|| "HTTP/1.1 501 Not In The Script\n\n".to_owned())
        };
        if stream.write_all(&on_the_wire(&answer.replace("{base}", &url))).await.is_err() {
            return;
        }
    }
}

fn on_the_wire(answer: &str) -> Vec<u8> {
    let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
    let body = body.trim_end_matches('\n');
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.trim_end().replace('\n', "\r\n"), body.len()).into_bytes()
}

async fn read_request(stream: &mut TcpStream) -> Option<RecordedRequest> {
    let mut bytes = Vec::new();
    loop {
        if let Some(request) = RecordedRequest::parse(&bytes) {
            return Some(request);
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A request as it came over the wire. It holds the credentials that were sent; [`wire_text`](Self::wire_text) shows
/// only what is named.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path, and the query behind it.
    pub target: String,
    /// The headers, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Headers whose values everybody may see.
const PUBLIC_HEADERS: [&str; 5] = ["accept", "content-length", "content-type", "host", "user-agent"];

impl RecordedRequest {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length = header(&headers, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let body = bytes.get(end + 4..end + 4 + length)?;
        Some(Self { method, target, headers, body: String::from_utf8_lossy(body).into_owned() })
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The request as text for a snapshot. Of headers, and of the parameters in query and form, only the values of
    /// those named are shown; bodies in JSON are shown whole.
    #[must_use]
    pub fn wire_text(&self, public_parameters: &[&str]) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut text = format!("{} {path}", self.method);
        if !query.is_empty() {
            let _ = write!(text, "?{}", shown(query, public_parameters));
        }
        text.push('\n');
        // What compressions are offered is a matter of the features that some other crate switched on.
        for (name, value) in self.headers.iter().filter(|(name, _)| name != "accept-encoding") {
            let _ = writeln!(text, "{name}: {}", shown_header(name, value));
        }
        let is_form = self.header("content-type").is_some_and(|kind| kind.contains("form"));
        let body = if is_form { shown(&self.body, public_parameters) } else { self.body.clone() };
        let _ = writeln!(text, "\n{body}");
        text.trim_end().to_owned()
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
}

fn shown_header<'a>(name: &str, value: &'a str) -> std::borrow::Cow<'a, str> {
    match name {
        "host" => "{host}".into(),
        "authorization" => format!("{} [redacted]", value.split(' ').next().unwrap_or_default()).into(),
        "user-agent" => value.replace(env!("CARGO_PKG_VERSION"), "{version}").into(),
        _ if PUBLIC_HEADERS.contains(&name) || name.starts_with("x-contract") => value.into(),
        _ => "[redacted]".into(),
    }
}

fn shown(pairs: &str, public: &[&str]) -> String {
    let show = |pair: &str| {
        let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
        let plain = percent_decode_str(name).decode_utf8_lossy();
        if public.contains(&plain.as_ref()) { pair.to_owned() } else { format!("{name}=[redacted]") }
    };
    pairs.split('&').map(show).collect::<Vec<_>>().join("&")
}

/// The text of a case's snapshot: the page, what was sent, and what came of it.
#[must_use]
pub fn transcript(case: &Case, requests: &[RecordedRequest], public_parameters: &[&str], outcome: &str) -> String {
    let mut text = format!("{}\n", case.page);
    for request in requests {
        let _ = writeln!(text, "\n>>> {}", request.wire_text(public_parameters));
    }
    let _ = write!(text, "\n<<< {outcome}");
    text
}
