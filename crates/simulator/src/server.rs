use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::body::Body;
use crate::desk::{Delivery, Desk};
use crate::exchange::{Answer, Request};

const STATE_PATH: &str = "/__simulator/state";
const LARGEST_REQUEST: usize = 1024 * 1024;

pub(crate) type SharedDesk = Arc<Mutex<Desk>>;

pub(crate) fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    // A panic of another connection leaves nothing half-done that matters to a test server.
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one provider until the task is aborted; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, desk: SharedDesk, latency: Duration) {
    let mut connections = JoinSet::new();
    loop {
        let stream = accept(&listener, &mut connections).await;
        connections.spawn(converse(stream, Arc::clone(&desk), latency));
    }
}

/// Answers everything with an empty object, and counts.
pub(crate) async fn serve_redirect_target(listener: TcpListener, received: Arc<AtomicU64>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = accept(&listener, &mut connections).await;
        let received = Arc::clone(&received);
        let service = service_fn(move |_| {
            received.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"{}")))) }
        });
        connections.spawn(async move {
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn accept(listener: &TcpListener, connections: &mut JoinSet<()>) -> TcpStream {
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => return stream,
                // Out of file descriptors, most likely: give the others time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(stream: TcpStream, desk: SharedDesk, latency: Duration) {
    let _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let connection = TokioIo::new(Connection { stream, reset: Arc::clone(&reset) });
    let service = service_fn(move |request| {
        let (desk, reset) = (Arc::clone(&desk), Arc::clone(&reset));
        async move {
            let answered = respond(request, &desk, latency).await;
            reset.store(answered.is_err(), Ordering::Relaxed);
            answered
        }
    });
    // What a client does to its connection is its own affair.
    let _ = http1::Builder::new().serve_connection(connection, service).await;
}

async fn respond(
    request: http::Request<Incoming>,
    desk: &Mutex<Desk>,
    latency: Duration,
) -> Result<Response<Body>, Reset> {
    if request.uri().path() == STATE_PATH {
        let state = lock(desk).state();
        return Ok(whole(Answer::json(StatusCode::OK, &state)));
    }
    let Some(request) = read(request).await else {
        return Ok(whole(Answer::empty(StatusCode::BAD_REQUEST)));
    };
    let delivery = lock(desk).receive(&request);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    match delivery {
        Delivery::Whole(answer) => Ok(whole(answer)),
        Delivery::Truncated(answer) => Ok(truncated(answer)),
        Delivery::Slow(answer) => Ok(response(&answer, Body::dribbling(answer.body.clone()))),
        Delivery::Oversize(answer) => Ok(response(&answer, Body::padded(answer.body.clone()))),
        Delivery::Reset => Err(Reset),
        // hyper drops this future when the client goes.
        Delivery::Hang => std::future::pending().await,
    }
}

async fn read(request: http::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LARGEST_REQUEST).collect().await.ok()?.to_bytes();
    Some(Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}

fn whole(answer: Answer) -> Response<Body> {
    response(&answer, Body::Whole(answer.body.clone()))
}

fn truncated(mut answer: Answer) -> Response<Body> {
    if answer.body.is_empty() {
        // An answer without a body has nothing to cut; one is promised and never comes.
        answer.body = Bytes::from_static(b"{}");
    }
    let mut cut = response(&answer, Body::cut(&answer.body));
    cut.headers_mut().insert(header::CONTENT_LENGTH, answer.body.len().into());
    cut
}

fn response(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(content_type) = answer.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
    }
    response
}

/// Tells hyper to drop the connection without a word.
#[derive(Debug)]
struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is to be reset")
    }
}

impl std::error::Error for Reset {}

/// A client's connection that can end with RST instead of FIN.
struct Connection {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
