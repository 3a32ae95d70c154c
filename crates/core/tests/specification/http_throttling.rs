//! "Too many requests" is no failure: it is a pause for the whole account, as the unit tests of the budget have it.

use std::time::Duration;

use cloudsnap_core::provider::HttpClient;
use cloudsnap_core::{Error, ErrorKind, HttpOptions, RetryOptions, Scope, Stage};
use tokio::time::{Instant, sleep, timeout};

use super::common::{Reply, Wire, client, create, get, read_text};

/// Own pauses of 10 ms at least.
fn options() -> HttpOptions {
    let pauses = RetryOptions::default().with_pauses(Duration::from_millis(20), Duration::from_secs(1));
    HttpOptions::default().with_retry(pauses)
}

fn throttled(headers: &str) -> Reply {
    Reply::status(429, headers, "slow down")
}

async fn failure(client: &HttpClient) -> Error {
    client.send(create(), read_text).await.unwrap_err()
}

#[tokio::test]
async fn even_a_create_is_sent_again_because_nothing_was_done() {
    let server = Wire::start([throttled("Retry-After: 0\r\n"), Reply::ok("done")]).await;
    let client = client(server.url(), options());
    let began = Instant::now();
    assert_eq!(client.send(create(), read_text).await.unwrap(), "done");
    assert!(began.elapsed() >= Duration::from_millis(10), "the own pause, whatever was asked");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn the_pause_that_was_asked_for_is_kept() {
    let server = Wire::start([throttled("Retry-After: 1\r\n"), Reply::ok("done")]).await;
    let began = Instant::now();
    client(server.url(), options()).send(get(), read_text).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn throttled_answers_count_as_no_attempts_and_fail_nothing_while_the_call_has_time() {
    let slow = || throttled("Retry-After: 1\r\n");
    let server = Wire::start([slow(), slow(), Reply::Reset, Reply::ok("done")]).await;
    let retry = RetryOptions::default().with_attempts(2);
    let options = options().with_total_timeout(Duration::from_millis(900)).with_retry(retry);
    let scope = Scope::new().with_timeout(Duration::from_secs(60));
    let began = Instant::now();
    assert_eq!(scope.run(client(server.url(), options).send(get(), read_text)).await.unwrap(), "done");
    assert!(began.elapsed() > Duration::from_secs(2), "longer than one request may take by itself");
    assert_eq!((server.count(), scope.requests()), (4, 4));
}

#[tokio::test]
async fn without_a_call_they_end_with_the_time_for_one_request_in_the_providers_words() {
    let server = Wire::start([throttled("")]).await;
    let error = failure(&client(server.url(), options().with_total_timeout(Duration::from_secs(1)))).await;
    assert_eq!((error.kind(), error.status(), error.stage()), (ErrorKind::RateLimited, Some(429), Stage::Answered));
    assert_eq!((error.message(), error.may_have_acted()), ("slow down", false));
    assert!(error.advice().unwrap().starts_with("the next may be sent in "), "{error}");
    assert_eq!(error.attempts() as usize, server.count());
}

#[tokio::test]
async fn a_client_that_never_repeats_says_what_it_was_answered_and_no_more() {
    let server = Wire::start([throttled("Retry-After: 1\r\n"), Reply::ok("done")]).await;
    let error = failure(&client(server.url(), HttpOptions::default().with_retry(RetryOptions::never()))).await;
    assert_eq!((error.attempts(), server.count()), (1, 1));
    assert_eq!((error.retry_after(), error.advice()), (Some(Duration::from_secs(1)), None));
}

#[tokio::test]
async fn a_pause_past_the_deadline_fails_at_once_and_says_how_long() {
    let server = Wire::start([throttled("Retry-After: 86400\r\n")]).await;
    let (began, scope) = (Instant::now(), Scope::new().with_timeout(Duration::from_secs(20)));
    let error = scope.run(failure(&client(server.url(), options()))).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(86_400))));
    assert_eq!(error.advice(), Some("the provider asks for a pause of 86400 s, longer than there is time for"));
    assert_eq!((server.count(), scope.requests()), (1, 1));
}

#[tokio::test]
async fn a_pause_without_end_is_kept_where_there_is_no_deadline() {
    let server = Wire::start([throttled(&format!("Retry-After: {}\r\n", u64::MAX)), Reply::ok("done")]).await;
    let client = client(server.url(), options().with_total_timeout(Duration::MAX));
    let waits = timeout(Duration::from_millis(500), client.send(get(), read_text)).await;
    assert!(waits.is_err(), "it was not waited for");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_pause_holds_for_all_clones_and_what_it_holds_past_its_deadline_is_not_sent() {
    let server = Wire::start([throttled("Retry-After: 30\r\n"), Reply::ok("done")]).await;
    let client = client(server.url(), options());
    let patient = tokio::spawn({
        let client = client.clone();
        async move { client.send(get(), read_text).await }
    });
    while server.count() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    // The answer is on its way; once it is there, nobody may send for half a minute.
    sleep(Duration::from_millis(300)).await;
    let (began, hasty) = (Instant::now(), Scope::new().with_timeout(Duration::from_secs(5)));
    let error = hasty.run(failure(&client)).await;
    patient.abort();
    assert!(began.elapsed() < Duration::from_secs(4), "{error}");
    assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::RateLimited, Stage::NotSent, 0));
    assert!(error.retry_after().unwrap() > Duration::from_secs(20));
    assert_eq!((server.count(), hasty.requests()), (1, 0));
}
