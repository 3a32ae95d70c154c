//! No answer takes more time or memory than was allowed for.

use std::time::Duration;

use cloudsnap_core::{ErrorKind, HttpOptions, RetryOptions};
use tokio::time::Instant;

use super::common::{Reply, Wire, client, create, get, read_text};

const CAP: usize = 100_000;

fn capped() -> HttpOptions {
    HttpOptions::default().with_max_response_bytes(CAP)
}

#[tokio::test]
async fn a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not() {
    let server = Wire::start([Reply::ok(&"x".repeat(CAP)), Reply::ok(&"x".repeat(CAP + 1))]).await;
    let client = client(server.url(), capped());
    assert_eq!(client.send(get(), read_text).await.unwrap().len(), CAP);
    let error = client.send(get(), read_text).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(200)));
    assert!(error.to_string().contains("the answer is larger than 100000 bytes and was not read further"), "{error}");
    assert!(error.advice().is_some_and(|advice| advice.contains("max_response_bytes")), "{error}");
}

#[tokio::test]
async fn a_body_without_end_is_read_only_up_to_the_cap() {
    let heads = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true),
        ("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", true),
    ];
    for (head, chunked) in heads {
        let server = Wire::start([Reply::Endless(head.to_owned(), chunked)]).await;
        let began = Instant::now();
        let error = client(server.url(), capped()).send(get(), read_text).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::Decode, 1, 1), "{head}");
        assert!(began.elapsed() < Duration::from_secs(10));

        let error = client(server.url(), capped()).send(create(), read_text).await.unwrap_err();
        assert_eq!((error.kind(), server.count()), (ErrorKind::OutcomeUnknown, 2), "it was accepted: {head}");
    }
}

#[tokio::test]
async fn an_answer_of_more_elements_than_allowed_is_not_decoded() {
    let lists = |count: usize| format!("[{}{}]", "[],".repeat(count - 2), " ".repeat(300_000));
    let tags = format!("<list>{}</list>", "<a/>".repeat(100_000));
    let small = format!("[{}0]", "[],".repeat(50_000));
    let script = [lists(40_000), lists(40_001), tags, small].map(|body| Reply::ok(&body));
    let server = Wire::start(script).await;
    let client = client(server.url(), HttpOptions::default().with_max_elements(39_999));
    client.send(get(), read_text).await.unwrap();
    for _ in 0..2 {
        let error = client.send(get(), read_text).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
        assert!(error.message().contains("more than 39999 objects, lists and tags"), "{error}");
        assert!(error.advice().is_some_and(|advice| advice.contains("max_elements")), "{error}");
    }
    client.send(get(), read_text).await.expect("what is small takes little memory whatever it holds");
}

#[tokio::test]
async fn a_length_that_promises_too_much_is_not_believed() {
    let server =
        Wire::start([Reply::Cut("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\nshort".to_owned())]).await;
    let options = HttpOptions::default().with_retry(RetryOptions::never());
    let error = client(server.url(), options).send(get(), read_text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn headers_without_end_are_an_error() {
    let server = Wire::start([Reply::Endless("HTTP/1.1 200 OK\r\nX: ".to_owned(), false)]).await;
    let options = HttpOptions::default().with_retry(RetryOptions::never());
    let error = client(server.url(), options).send(get(), read_text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let server = Wire::start([Reply::Cut("SSH-2.0-OpenSSH_9.9\r\n".to_owned())]).await;
    let options = HttpOptions::default().with_retry(RetryOptions::never());
    let error = client(server.url(), options).send(get(), read_text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

const DRIPPING: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

#[tokio::test]
async fn a_body_that_stalls_is_given_up_on_after_the_read_timeout() {
    let server = Wire::start([Reply::Stall(format!("{DRIPPING}x"))]).await;
    let options =
        HttpOptions::default().with_read_timeout(Duration::from_millis(100)).with_retry(RetryOptions::never());
    let began = Instant::now();
    let error = client(server.url(), options).send(get(), read_text).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(10), "long before the request's own time-out");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Transport, Some(200)));
    assert!(error.to_string().contains("the answer did not end in time"), "{error}");
}

#[tokio::test]
async fn the_read_timeout_is_for_bodies_and_an_answer_may_take_longer_to_begin() {
    let late = Reply::Drip(String::new(), "HTTP/1.1 204 No Content\r\n\r\n", Duration::from_millis(300), 1);
    let server = Wire::start([late]).await;
    let options =
        HttpOptions::default().with_read_timeout(Duration::from_millis(100)).with_retry(RetryOptions::never());
    assert_eq!(client(server.url(), options).send(get(), read_text).await.unwrap(), "");
}

#[tokio::test]
async fn no_time_out_is_too_long() {
    let server = Wire::start([Reply::ok("done")]).await;
    let forever = HttpOptions::default().with_request_timeout(Duration::MAX).with_read_timeout(Duration::MAX);
    assert_eq!(client(server.url(), forever).send(get(), read_text).await.unwrap(), "done");
}

#[tokio::test]
async fn a_slow_body_is_read_as_long_as_it_moves() {
    let server = Wire::start([Reply::Drip(DRIPPING.to_owned(), "x", Duration::from_millis(60), 10)]).await;
    let options =
        HttpOptions::default().with_read_timeout(Duration::from_millis(500)).with_retry(RetryOptions::never());
    assert_eq!(client(server.url(), options).send(get(), read_text).await.unwrap(), "x".repeat(10));
}

#[tokio::test]
async fn a_body_that_moves_too_slowly_ends_with_the_request_timeout() {
    let server = Wire::start([Reply::Drip(DRIPPING.to_owned(), "x", Duration::from_millis(100), 10)]).await;
    let options =
        HttpOptions::default().with_request_timeout(Duration::from_millis(300)).with_retry(RetryOptions::never());
    let error = client(server.url(), options).send(get(), read_text).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Transport, Some(200)));
    assert!(error.to_string().contains("the answer did not end in time"), "{error}");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn gzip_is_offered_and_a_body_that_is_none_cannot_be_read() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n";
    let server = Wire::start([Reply::Whole(format!("{head}this is no gzip body"))]).await;
    let error = client(server.url(), capped()).send(get(), read_text).await.unwrap_err();
    assert!(server.heads()[0].contains("\r\naccept-encoding: gzip"), "{}", server.heads()[0]);
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::Decode, 1, Some(200)));
}
