use std::convert::Infallible;
use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::answer::Answer;
use crate::api_server::ApiServer;
use crate::body::Body;
use crate::connection::{Connection, Ending};
use crate::delivery::Delivery;
use crate::request::Request;

const STATE_PATH: &str = "/__simulator/state";
const LARGEST_REQUEST: usize = 1024 * 1024;

pub(crate) type SharedApiServer = Arc<Mutex<ApiServer>>;

pub(crate) fn lock(server: &Mutex<ApiServer>) -> MutexGuard<'_, ApiServer> {
    // A panic in another connection leaves nothing half-done that matters to a test server.
    server.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When answers leave and connections end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) latency: Duration,
    /// How long after an answer the connection is closed.
    pub(crate) close_after: Option<Duration>,
}

/// Serves one provider until the task is aborted; its connections end with it.
pub(crate) async fn serve(listener: TcpListener, server: SharedApiServer, timing: Timing) {
    let mut connections = JoinSet::new();
    loop {
        let stream = accept(&listener, &mut connections).await;
        connections.spawn(serve_connection(stream, Arc::clone(&server), timing));
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
                // Most likely out of file descriptors: other connections need time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(stream: TcpStream, server: SharedApiServer, timing: Timing) {
    let _ = stream.set_nodelay(true);
    let (ending, answered) = (Arc::new(OnceLock::new()), Arc::new(Notify::new()));
    let stream = TokioIo::new(Connection::new(stream, Arc::clone(&ending)));
    let service = service_fn({
        let answered = Arc::clone(&answered);
        move |request| {
            let (server, ending, answered) = (Arc::clone(&server), Arc::clone(&ending), Arc::clone(&answered));
            async move {
                let response = respond(request, &server, timing.latency).await;
                if let Err(CutOff(how)) = &response {
                    let _ = ending.set(*how);
                }
                answered.notify_one();
                response
            }
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(stream, service));
    tokio::select! {
        // An error here is a client that has gone.
        _ = connection.as_mut() => {}
        () = idle(&answered, timing.close_after) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Waits until the last answer is this old.
async fn idle(answered: &Notify, close_after: Option<Duration>) {
    let Some(close_after) = close_after else { return std::future::pending().await };
    answered.notified().await;
    while tokio::time::timeout(close_after, answered.notified()).await.is_ok() {}
}

async fn respond(
    request: http::Request<Incoming>,
    server: &Mutex<ApiServer>,
    latency: Duration,
) -> Result<Response<Body>, CutOff> {
    if request.uri().path() == STATE_PATH {
        let state = lock(server).state();
        return Ok(whole(Answer::json(StatusCode::OK, &state)));
    }
    let Some(request) = read(request).await else {
        return Ok(whole(Answer::empty(StatusCode::BAD_REQUEST)));
    };
    let delivery = lock(server).receive(&request);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let mut response = deliver(delivery).await?;
    if let Ok(date) = HeaderValue::from_str(&lock(server).date()) {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
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

async fn deliver(delivery: Delivery) -> Result<Response<Body>, CutOff> {
    match delivery {
        Delivery::Whole(answer) if answer.status.is_informational() => Err(CutOff(Ending::Interim(answer.status))),
        Delivery::Whole(answer) => Ok(whole(answer)),
        Delivery::Truncated(answer) => Ok(truncated(answer)),
        Delivery::Slow(answer) => Ok(response(&answer, Body::slow(answer.body.clone()))),
        Delivery::Oversize(answer) => Ok(response(&answer, Body::padded(answer.body.clone()))),
        Delivery::Reset => Err(CutOff(Ending::Reset)),
        // hyper drops this future when the client goes.
        Delivery::Hang => std::future::pending().await,
    }
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

/// Tells hyper to drop the connection, which then ends so.
#[derive(Debug)]
struct CutOff(Ending);

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is cut off")
    }
}

impl std::error::Error for CutOff {}
