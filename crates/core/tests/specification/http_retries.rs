//! What is sent again, over real sockets: the table of what may be, with attempts, pauses and budgets.

use std::time::Duration;

use cloudsnap_core::provider::{HttpClient, Request};
use cloudsnap_core::{Error, ErrorKind, HttpOptions, RetryOptions, Scope, Stage};
use tokio::time::Instant;

use super::common::{Numbered, Reply, Wire, client, closed_port, connection, create, get, read_text};

/// Pauses so short that nobody waits for them.
fn quick() -> RetryOptions {
    RetryOptions::default().with_pauses(Duration::from_millis(1), Duration::from_millis(5))
}

fn options() -> HttpOptions {
    HttpOptions::default().with_retry(quick())
}

/// A server with this script, and a client of it.
async fn served(script: impl IntoIterator<Item = Reply>) -> (Wire, HttpClient) {
    let server = Wire::start(script).await;
    let client = client(server.url(), options());
    (server, client)
}

async fn failure(client: &HttpClient, request: Request) -> Error {
    client.send(request, read_text).await.unwrap_err()
}

/// Ways in which an answer is lost on its way: before it begins, in its head, in its body.
fn lost() -> [Reply; 6] {
    [
        Reply::Reset,
        Reply::Close,
        Reply::Cut("HTTP/1.1 201 Created\r\nContent-Le".to_owned()),
        Reply::Cut("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"half\":".to_owned()),
        Reply::Cut("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n".to_owned()),
        Reply::Cut("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n{\"half\":".to_owned()),
    ]
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_was_never_sent() {
    let (_port, url) = closed_port();
    let client = client(&url, options());
    for request in [get(), create()] {
        let error = failure(&client, request).await;
        assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::Transport, Stage::NotSent, 4));
        assert_eq!((error.status(), error.may_have_acted()), (None, false));
        assert!(error.message().starts_with("no connection: Connection refused"), "{error}");
    }
}

#[tokio::test]
async fn a_read_whose_answer_was_lost_is_sent_again() {
    for lost in lost() {
        let (server, client) = served([lost.clone(), lost.clone(), Reply::ok("done")]).await;
        assert_eq!(client.send(get(), read_text).await.unwrap(), "done");
        assert_eq!(server.count(), 3, "{lost:?}");
    }
    let (server, client) = served([Reply::Cut("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".to_owned())]).await;
    let error = failure(&client, get()).await;
    assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::Transport, 4, 4));
    assert!(error.message().starts_with("the answer broke off: "), "{error}");
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_sent_exactly_once_and_its_outcome_unknown() {
    let (server, client) = served(lost()).await;
    for (number, lost) in lost().into_iter().enumerate() {
        let error = failure(&client, create()).await;
        assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::OutcomeUnknown, 1, number + 1));
        assert_eq!(
            (error.stage() == Stage::Answered, error.status()),
            if number < 3 { (false, None) } else { (true, Some(201)) }
        );
        assert!(error.may_have_acted() && !error.is_retryable(), "{lost:?}");
        assert!(error.to_string().ends_with("; it may have been done: look at the provider before trying again"));
    }
}

#[tokio::test]
async fn a_gateway_that_failed_is_asked_again_for_a_read_and_not_for_a_create() {
    let statuses = [502, 503, 504];
    let bad = |status| Reply::status(status, "", "<title>Bad</title>");
    let (server, client) =
        served(statuses.into_iter().flat_map(|status| [bad(status), Reply::ok("done"), bad(status)])).await;
    for (number, status) in statuses.into_iter().enumerate() {
        assert_eq!(client.send(get(), read_text).await.unwrap(), "done");
        let error = failure(&client, create()).await;
        assert_eq!((error.kind(), error.status()), (ErrorKind::OutcomeUnknown, Some(status)));
        assert_eq!((error.stage(), error.message()), (Stage::Answered, "Bad"));
        assert_eq!(server.count(), 3 * (number + 1));
    }
    let error = failure(&client, get()).await;
    assert_eq!((error.kind(), error.attempts(), server.count()), (ErrorKind::Unavailable, 4, 13));
}

#[tokio::test]
async fn a_failure_inside_the_provider_is_not_repeated() {
    let (server, client) = served([Reply::status(500, "", "oops")]).await;
    assert_eq!(failure(&client, get()).await.kind(), ErrorKind::Unavailable);
    assert_eq!(failure(&client, create()).await.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_refusal_is_one_only_in_the_providers_own_form() {
    const OWN_FORM: &str = r#"{"message":"not with me"}"#;
    const A_PAGE: &str = "<html><title>not with me</title></html>";
    let statuses = [
        (400, ErrorKind::InvalidInput),
        (402, ErrorKind::PermissionDenied),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::NotFound),
        (405, ErrorKind::Unexpected),
        (408, ErrorKind::Unexpected),
        (409, ErrorKind::AlreadyExists),
        (410, ErrorKind::NotFound),
        (413, ErrorKind::InvalidInput),
        (421, ErrorKind::Unexpected),
        (422, ErrorKind::InvalidInput),
        (423, ErrorKind::Busy),
        (425, ErrorKind::Unexpected),
        (499, ErrorKind::Unexpected),
    ];
    let cases = statuses.into_iter().flat_map(|(status, kind)| {
        // Nobody but a gateway answers so, whatever the form.
        let is_a_gateways = [408, 423, 425, 499].contains(&status);
        let kind_of_create = if is_a_gateways { ErrorKind::OutcomeUnknown } else { kind };
        [
            (status, OWN_FORM, get(), kind, !is_a_gateways),
            (status, OWN_FORM, create(), kind_of_create, !is_a_gateways),
            (status, A_PAGE, get(), kind, false),
            (status, A_PAGE, create(), ErrorKind::OutcomeUnknown, false),
        ]
    });
    let cases: Vec<_> =
        cases.chain([OWN_FORM, A_PAGE].map(|body| (401, body, create(), ErrorKind::Unauthenticated, true))).collect();
    let (server, client) = served(cases.iter().map(|(status, body, ..)| Reply::status(*status, "", body))).await;
    for (number, (status, body, request, kind, is_definite)) in cases.into_iter().enumerate() {
        let error = failure(&client, request).await;
        assert_eq!((error.kind(), error.status(), error.message()), (kind, Some(status), "not with me"), "{body}");
        assert_eq!((error.stage(), error.attempts(), server.count()), (Stage::Answered, 1, number + 1));
        assert_eq!((error.is_definite(), error.may_have_acted()), (is_definite, !is_definite), "{status} {body}");
    }
}

#[tokio::test]
async fn an_error_names_the_account_the_host_and_the_operation() {
    let server = Wire::start([Reply::status(401, "", r#"{"message":"who are you"}"#)]).await;
    let connection = connection(server.url()).with_account("work");
    let client = HttpClient::new(connection, Numbered::default()).unwrap();
    let error = failure(&client, get()).await;
    let host = server.url().strip_prefix("http://").unwrap();
    assert_eq!((error.provider(), error.account(), error.host()), (Some("numbered"), Some("work"), Some(host)));
    assert_eq!(
        error.to_string(),
        format!(
            "work (numbered) poll at {host}: who are you [unauthenticated, HTTP 401]; check the credentials of this account"
        )
    );
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_final_for_a_read_and_unknown_for_a_create() {
    let (server, client) = served([Reply::ok("<html>")]).await;
    for (request, kind) in [(get(), ErrorKind::Decode), (create(), ErrorKind::OutcomeUnknown)] {
        let error = client.send(request, |response| response.json::<u32>()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(200)));
    }
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_on_in_time() {
    let server = Wire::start([Reply::Hang]).await;
    let impatient = options().with_request_timeout(Duration::from_millis(100)).with_retry(quick().with_attempts(2));
    let client = client(server.url(), impatient);
    let error = failure(&client, get()).await;
    assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::Transport, Stage::MaybeSent, 2));
    assert!(error.to_string().contains("no answer within the time allowed"), "{error}");
    let error = failure(&client, create()).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1));
}

#[tokio::test]
async fn every_attempt_is_authenticated_anew() {
    let (server, client) = served([Reply::status(503, "", ""), Reply::Close, Reply::ok("done")]).await;
    client.send(get(), read_text).await.unwrap();
    let heads = server.heads();
    let numbers = heads.iter().filter_map(|head| head.lines().find_map(|line| line.strip_prefix("x-attempt: ")));
    assert_eq!(numbers.collect::<Vec<_>>(), ["1", "2", "3"]);
}

#[tokio::test]
async fn the_pause_that_a_gateway_asks_for_is_kept_where_there_is_time() {
    let unavailable = |pause| Reply::status(503, &format!("Retry-After: {pause}\r\n"), "out of order");
    let (server, client) = served([unavailable(1), Reply::ok("done"), unavailable(86_400)]).await;
    let began = Instant::now();
    client.send(get(), read_text).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    let error = failure(&client, get()).await;
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Unavailable, Some(Duration::from_secs(86_400))));
    assert_eq!(error.advice(), Some("the next attempt would come past the deadline"));
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_request_does_not_outlast_the_deadline_and_none_is_sent_after_it() {
    let (server, client) = served([Reply::Hang]).await;
    for (request, kind) in [(get(), ErrorKind::Transport), (create(), ErrorKind::OutcomeUnknown)] {
        let (began, scope) = (Instant::now(), Scope::new().with_timeout(Duration::from_secs(1)));
        let error = scope.run(failure(&client, request)).await;
        assert!(began.elapsed() < Duration::from_secs(10), "long before the request's own time-out");
        assert_eq!((error.kind(), error.stage(), scope.requests()), (kind, Stage::MaybeSent, 1));
    }
    let late = Scope::new().with_timeout(Duration::ZERO);
    let error = late.run(failure(&client, create())).await;
    assert_eq!((error.kind(), error.stage(), error.attempts()), (ErrorKind::Transport, Stage::NotSent, 0));
    assert_eq!(error.message(), "the deadline passed before the request was sent");
    assert_eq!((server.count(), late.requests()), (2, 0));
}

#[tokio::test]
async fn the_budget_of_retries_is_shared_and_is_earned_back() {
    let unavailable = || Reply::status(503, "", "");
    let server = Wire::start((0..4).map(|_| unavailable()).chain([Reply::ok("done"), unavailable()])).await;
    let client = client(server.url(), options().with_retry(quick().with_attempts(10).with_budget(2)));
    let error = failure(&client, get()).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 3));
    assert!(error.to_string().contains("too many requests of this client failed of late"), "{error}");
    assert_eq!(failure(&client.clone(), get()).await.attempts(), 1, "the budget is spent");
    client.send(get(), read_text).await.unwrap();
    assert_eq!(failure(&client, get()).await.attempts(), 2, "one success earns one retry");
}
