//! What is sent again, over real sockets: the table of what may be, with attempts, pauses and budgets.

use std::time::Duration;

use cloudsnap_core::http::{HttpOptions, Request};
use cloudsnap_core::{Error, ErrorKind, RetryOptions, Scope, Stage};
use http::Method;
use tokio::time::Instant;

use super::common::{Reply, Wire, client, closed_port, get, read_text};

fn create() -> Request {
    Request::new("create", Method::POST, "/thing").once()
}

/// Pauses so short that nobody waits for them.
fn quick() -> RetryOptions {
    RetryOptions::default().pauses(Duration::from_millis(1), Duration::from_millis(5))
}

fn options() -> HttpOptions {
    HttpOptions::default().retry(quick())
}

async fn failure(server: &Wire, options: HttpOptions, request: Request) -> Error {
    client(server.url(), options).send(request, read_text).await.unwrap_err()
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_was_never_sent() {
    for request in [get(), create()] {
        let (_port, url) = closed_port();
        let error = client(&url, options()).send(request, read_text).await.unwrap_err();
        assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::Transport, Stage::NotSent, 4));
        assert_eq!(error.status(), None);
        assert!(error.to_string().contains("no connection: "), "{error}");
        assert!(error.to_string().contains("Connection refused"), "{error}");
    }
}

#[tokio::test]
async fn a_read_whose_answer_was_lost_is_sent_again() {
    for lost in [Reply::Reset, Reply::Close, Reply::Cut("HTTP/1.1 200 OK\r\nContent-Le".to_owned())] {
        let server = Wire::start([lost.clone(), lost, Reply::ok("done")]).await;
        let answer = client(server.url(), options()).send(get(), read_text).await.unwrap();
        assert_eq!((answer.as_str(), server.count()), ("done", 3));
    }
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_sent_exactly_once_and_its_outcome_unknown() {
    for lost in [Reply::Reset, Reply::Close, Reply::Cut("HTTP/1.1 201 Created\r\nContent-Le".to_owned())] {
        let server = Wire::start([lost, Reply::ok("done")]).await;
        let error = failure(&server, options(), create()).await;
        assert_eq!((error.kind(), error.stage()), (ErrorKind::OutcomeUnknown, Stage::MaybeSent));
        assert_eq!((error.attempts(), server.count(), error.is_retryable()), (1, 1, false));
        assert!(
            error.to_string().contains("it may have been done: look at the provider before trying again"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_create_on_a_reused_connection_that_breaks_is_sent_exactly_once_too() {
    for lost in [Reply::Reset, Reply::Close] {
        let server = Wire::start([Reply::ok("warm"), lost, Reply::ok("done")]).await;
        let client = client(server.url(), options());
        client.send(get(), read_text).await.unwrap();
        let error = client.send(create(), read_text).await.unwrap_err();
        assert_eq!((error.kind(), server.count(), server.connections()), (ErrorKind::OutcomeUnknown, 2, 1));
    }
}

#[tokio::test]
async fn a_gateway_that_failed_is_asked_again_for_a_read_and_not_for_a_create() {
    for status in [502, 503, 504] {
        let server = Wire::start([Reply::status(status, "", "<title>Bad</title>"), Reply::ok("done")]).await;
        assert_eq!(client(server.url(), options()).send(get(), read_text).await.unwrap(), "done");
        assert_eq!(server.count(), 2);

        let server = Wire::start([Reply::status(status, "", "<title>Bad</title>"), Reply::ok("done")]).await;
        let error = failure(&server, options(), create()).await;
        assert_eq!((error.kind(), error.status(), server.count()), (ErrorKind::OutcomeUnknown, Some(status), 1));
        assert_eq!((error.stage(), error.message()), (Stage::Answered, "Bad"));

        let server = Wire::start([Reply::status(status, "", "")]).await;
        let error = failure(&server, options(), get()).await;
        assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::Unavailable, 4, 4));
    }
}

#[tokio::test]
async fn a_failure_inside_the_provider_is_not_repeated() {
    let server = Wire::start([Reply::status(500, "", "oops")]).await;
    assert_eq!(failure(&server, options(), get()).await.kind(), ErrorKind::Unavailable);
    assert_eq!(failure(&server, options(), create()).await.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_refusal_is_final_and_said_in_the_providers_words() {
    for (status, kind) in [
        (400, ErrorKind::InvalidInput),
        (401, ErrorKind::Unauthenticated),
        (402, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::AlreadyExists),
        (410, ErrorKind::NotFound),
        (413, ErrorKind::InvalidInput),
        (418, ErrorKind::Unexpected),
        (422, ErrorKind::InvalidInput),
        (423, ErrorKind::Busy),
    ] {
        let server = Wire::start([Reply::status(status, "", "not with me")]).await;
        for request in [get(), create()] {
            let error = failure(&server, options(), request).await;
            assert_eq!((error.kind(), error.status(), error.message()), (kind, Some(status), "not with me"));
            assert_eq!((error.stage(), error.attempts()), (Stage::Answered, 1));
        }
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn a_body_that_was_cut_is_asked_for_again_for_a_read_and_unknown_for_a_create() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n{\"half\":",
    ] {
        let server = Wire::start([Reply::Cut(cut.to_owned()), Reply::ok("done")]).await;
        let answer = client(server.url(), options()).send(get(), read_text).await;
        assert_eq!((answer.map_err(|error| error.to_string()), server.count()), (Ok("done".to_owned()), 2), "{cut}");

        let server = Wire::start([Reply::Cut(cut.to_owned())]).await;
        let error = failure(&server, options(), get()).await;
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 4));
        assert!(error.to_string().contains("the answer broke off"), "{error}");

        let server = Wire::start([Reply::Cut(cut.to_owned()), Reply::ok("done")]).await;
        let error = failure(&server, options(), create()).await;
        assert_eq!((error.kind(), error.status(), server.count()), (ErrorKind::OutcomeUnknown, Some(200), 1));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_final_for_a_read_and_unknown_for_a_create() {
    let server = Wire::start([Reply::ok("<html>")]).await;
    let client = client(server.url(), options());
    let error = client.send(get(), |response| response.json::<u32>()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::Decode, 1, Some(200)));
    let error = client.send(create(), |response| response.json::<u32>()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::OutcomeUnknown, 1, Some(200)));
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_on_in_time() {
    let server = Wire::start([Reply::Hang]).await;
    let impatient = || options().request_timeout(Duration::from_millis(100)).retry(quick().attempts(2));
    let error = failure(&server, impatient(), get()).await;
    assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::Transport, Stage::MaybeSent, 2));
    assert!(error.to_string().contains("no answer within the time allowed"), "{error}");
    let error = failure(&server, impatient(), create()).await;
    assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::OutcomeUnknown, 1, 3));
}

#[tokio::test]
async fn every_attempt_is_authenticated_anew() {
    let server = Wire::start([Reply::status(503, "", ""), Reply::Close, Reply::ok("done")]).await;
    client(server.url(), options()).send(get(), read_text).await.unwrap();
    let numbers: Vec<String> = server
        .heads()
        .iter()
        .map(|head| head.lines().find_map(|line| line.strip_prefix("x-attempt: ")).unwrap().to_owned())
        .collect();
    assert_eq!(numbers, ["1", "2", "3"]);
}

#[tokio::test]
async fn too_many_requests_are_repeated_even_for_a_create_because_nothing_was_done() {
    for request in [get(), create()] {
        let server = Wire::start([Reply::status(429, "Retry-After: 0\r\n", "slow down"), Reply::ok("done")]).await;
        assert_eq!(client(server.url(), options()).send(request, read_text).await.unwrap(), "done");
        assert_eq!(server.count(), 2);
    }
}

#[tokio::test]
async fn the_pause_that_the_provider_asks_for_is_kept() {
    for status in [429, 503] {
        let server = Wire::start([Reply::status(status, "Retry-After: 1\r\n", ""), Reply::ok("done")]).await;
        let began = Instant::now();
        client(server.url(), options()).send(get(), read_text).await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(1), "{status}");
    }
}

#[tokio::test]
async fn a_date_in_the_past_means_now_and_nonsense_means_our_own_pause() {
    for value in ["Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-1", "1.5"] {
        let header = format!("Retry-After: {value}\r\n");
        let server = Wire::start([Reply::status(429, &header, ""), Reply::ok("done")]).await;
        assert_eq!(client(server.url(), options()).send(get(), read_text).await.unwrap(), "done");
    }
}

#[tokio::test]
async fn throttled_answers_do_not_count_as_attempts_and_end_with_the_patience() {
    let server = Wire::start([Reply::status(429, "", "slow down")]).await;
    let retry = quick().attempts(1).pauses(Duration::from_millis(20), Duration::from_millis(20));
    let began = Instant::now();
    let error = failure(&server, options().retry(retry.throttle_patience(Duration::from_millis(300))), create()).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!((error.kind(), error.status(), error.stage()), (ErrorKind::RateLimited, Some(429), Stage::Answered));
    assert!(server.count() > 2, "{}", server.count());
    assert!(error.to_string().ends_with("; the next attempt would come later than we may wait"), "{error}");
    assert_eq!(error.attempts() as usize, server.count());
}

#[tokio::test]
async fn a_client_that_never_repeats_sends_one_request_whatever_happens() {
    for reply in [
        Reply::Close,
        Reply::status(503, "", ""),
        Reply::status(429, "", ""),
        Reply::status(429, "Retry-After: 1\r\n", ""),
    ] {
        let server = Wire::start([reply, Reply::ok("done")]).await;
        let error = failure(&server, HttpOptions::default().retry(RetryOptions::never()), get()).await;
        assert_eq!((error.attempts(), server.count()), (1, 1));
    }
}

#[tokio::test]
async fn a_pause_longer_than_our_patience_fails_at_once_and_says_how_long() {
    for seconds in [61, 86_400, u64::MAX] {
        for (status, kind, request) in [(429, ErrorKind::RateLimited, create()), (503, ErrorKind::Unavailable, get())] {
            let header = format!("Retry-After: {seconds}\r\n");
            let server = Wire::start([Reply::status(status, &header, "slow down")]).await;
            let began = Instant::now();
            let error = failure(&server, options(), request).await;
            assert!(began.elapsed() < Duration::from_secs(10));
            assert_eq!((error.kind(), error.retry_after()), (kind, Some(Duration::from_secs(seconds))));
            assert!(error.to_string().contains("the provider asks for a pause of "), "{error}");
            assert!(error.to_string().contains(" s, longer than we may wait"), "{error}");
            assert_eq!(server.count(), 1);
        }
    }
}

#[tokio::test]
async fn a_pause_past_the_deadline_fails_at_once_and_says_how_long() {
    let server = Wire::start([Reply::status(429, "Retry-After: 30\r\n", "slow down")]).await;
    let began = Instant::now();
    let scope = Scope::new().with_timeout(Duration::from_secs(20));
    let error = scope.run(failure(&server, options(), get())).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(30))));
    assert!(error.to_string().contains("the provider asks for a pause of 30 s, longer than we may wait"), "{error}");
    assert_eq!((server.count(), scope.requests()), (1, 1));
}

#[tokio::test]
async fn a_request_that_the_providers_pause_holds_past_its_deadline_is_not_sent() {
    let server = Wire::start([Reply::status(429, "Retry-After: 30\r\n", "slow down"), Reply::ok("done")]).await;
    let client = client(server.url(), options());
    let patient = tokio::spawn({
        let client = client.clone();
        async move { client.send(get(), read_text).await }
    });
    while server.count() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The answer is on its way; once it is there, nobody may send for half a minute.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let hasty = Scope::new().with_timeout(Duration::from_secs(5));
    let began = Instant::now();
    let error = hasty.run(client.send(create(), read_text)).await.unwrap_err();
    patient.abort();
    assert!(began.elapsed() < Duration::from_secs(4));
    assert_eq!((error.kind(), error.stage()), (ErrorKind::RateLimited, Stage::NotSent));
    assert!(error.retry_after().unwrap() > Duration::from_secs(20));
    assert_eq!((server.count(), hasty.requests()), (1, 0));
}

#[tokio::test]
async fn a_request_does_not_outlast_the_deadline_and_none_is_sent_after_it() {
    let server = Wire::start([Reply::Hang]).await;
    let client = client(server.url(), options());
    for (request, kind) in [(get(), ErrorKind::Transport), (create(), ErrorKind::OutcomeUnknown)] {
        let (began, scope) = (Instant::now(), Scope::new().with_timeout(Duration::from_millis(200)));
        let error = scope.run(client.send(request, read_text)).await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10), "long before the request's own time-out");
        assert_eq!((error.kind(), error.stage(), scope.requests()), (kind, Stage::MaybeSent, 1));
    }
    let late = Scope::new().with_timeout(Duration::ZERO);
    let error = late.run(client.send(create(), read_text)).await.unwrap_err();
    assert_eq!((error.kind(), error.stage()), (ErrorKind::Transport, Stage::NotSent));
    assert!(error.to_string().contains("the deadline passed before the request was sent"), "{error}");
    assert_eq!((server.count(), late.requests()), (2, 0));
}

#[tokio::test]
async fn the_budget_of_retries_is_shared_and_is_earned_back() {
    let script =
        std::iter::repeat_n(Reply::status(503, "", ""), 4).chain([Reply::ok("done"), Reply::status(503, "", "")]);
    let server = Wire::start(script).await;
    let client = client(server.url(), options().retry(quick().attempts(10).budget(2)));
    let error = client.send(get(), read_text).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 3));
    assert!(error.to_string().contains("too many requests of this client failed of late"), "{error}");
    assert_eq!(client.clone().send(get(), read_text).await.unwrap_err().attempts(), 1, "the budget is spent");
    client.send(get(), read_text).await.unwrap();
    assert_eq!(client.send(get(), read_text).await.unwrap_err().attempts(), 2, "one success earns one retry");
}

#[tokio::test]
async fn the_rate_holds_for_all_clones_of_a_client() {
    let server = Wire::start([Reply::ok("")]).await;
    let client = client(server.url(), options().requests_per_second(3));
    let began = Instant::now();
    let sends = (0..7).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.send(get(), read_text).await.unwrap() })
    });
    for send in sends.collect::<Vec<_>>() {
        send.await.unwrap();
    }
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
}
