//! An error is one line with all that a person needs, and accessors with all that a program needs.

use std::collections::HashSet;
use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use cloudsnap_core::{Error, ErrorKind, Report, Stage};
use proptest::prelude::*;

use super::common::{ACCOUNT, any_part, job, reference};

/// The kinds as `cli.md` promises them to scripts.
const PROMISED: &str = "config, unauthenticated, permission_denied, not_found, already_exists, invalid_input, busy, \
     quota_exceeded, rate_limited, unsupported, unavailable, transport, outcome_unknown, operation_failed, \
     wait_timeout, decode, unexpected";

fn full(kind: ErrorKind) -> Error {
    Error::new(kind, "the provider's words")
        .with_provider("ionos")
        .with_account("production")
        .with_context(&ACCOUNT, "create")
        .with_status(Some(503))
        .with_code(Some("VDC-1".to_owned()))
        .with_request_id(Some("9d0e".to_owned()))
        .with_attempts(3)
        .with_advice("do this")
}

#[test]
fn the_kinds_are_those_that_scripts_were_promised() {
    let kinds: Vec<&str> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(kinds.join(", "), PROMISED);
}

#[test]
fn all_kinds_are_in_the_list_of_all_kinds() {
    // serde names every variant that there is when it meets one that there is not.
    let error = serde_json::from_str::<ErrorKind>("\"no such kind\"").unwrap_err().to_string();
    let named: HashSet<&str> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(named, ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect());
}

#[test]
fn a_kind_is_spelt_the_same_everywhere_and_reads_back() {
    for kind in ErrorKind::ALL {
        let json = serde_json::to_string(&kind).unwrap();
        assert_eq!(json, format!("\"{}\"", kind.as_str()));
        assert_eq!(kind.to_string(), kind.as_str());
        assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), kind);
    }
}

#[test]
fn every_kind_is_shown_in_one_line_with_all_that_is_known() {
    let mut table = String::new();
    for kind in ErrorKind::ALL {
        let (bare, full) = (Error::new(kind, "words"), full(kind));
        let _ =
            writeln!(table, "{bare}\n{full}\n  retryable {}, transient {}", full.is_retryable(), full.is_transient());
    }
    insta::assert_snapshot!(table);
}

#[test]
fn where_it_happened_is_said_as_far_as_it_is_known() {
    let error = || Error::invalid_input("x");
    for (error, shown) in [
        (error().with_provider("ionos"), "ionos: x [invalid_input]"),
        (error().with_operation("create"), "create: x [invalid_input]"),
        (error().with_account("work"), "work: x [invalid_input]"),
        (error().with_provider("ionos").with_account("ionos"), "ionos: x [invalid_input]"),
        (error().with_provider("ionos").with_account("work"), "work (ionos): x [invalid_input]"),
        (error().with_context(&ACCOUNT, "create"), "scripted create: x [invalid_input]"),
        (
            error().with_context(&ACCOUNT, "create").with_attempts(1),
            "scripted create at scripted.example: x [invalid_input]",
        ),
        (error().with_attempts(1), "x [invalid_input]"),
    ] {
        assert_eq!(error.to_string(), shown);
    }
}

#[test]
fn a_context_names_what_is_not_named_yet() {
    let error = Error::invalid_input("x").with_account("work").with_context(&ACCOUNT, "create");
    let error = error.with_context(&ACCOUNT, "list");
    assert_eq!((error.provider(), error.account()), (Some("scripted"), Some("work")));
    assert_eq!((error.host(), error.operation()), (Some("scripted.example"), Some("create")));
}

#[test]
fn hostile_text_stays_one_line_and_moves_no_cursor() {
    let hostile =
        "a\nb\r\nc\td \u{1b}[31mred\u{1b}[0m \u{7}bell \u{8}back \u{0}nul \u{85}next \u{9b}2Jcsi \u{2028}line";
    let error = Error::new(ErrorKind::Unexpected, hostile)
        .with_provider(hostile)
        .with_operation(hostile)
        .with_code(Some(hostile.to_owned()))
        .with_request_id(Some(hostile.to_owned()))
        .with_advice(hostile);
    insta::assert_snapshot!(error.to_string());
    assert_eq!((error.message(), error.code(), error.request_id()), (hostile, Some(hostile), Some(hostile)));
}

proptest! {
    #[test]
    fn no_text_breaks_the_line(text in any::<String>(), words in any_part(), code in any_part(), advice in any_part()) {
        let error = Error::new(ErrorKind::Unexpected, format!("{words}{text}{words}"))
            .with_code(Some(code.clone()))
            .with_request_id(Some(code))
            .with_advice(advice);
        let shown = error.to_string();
        prop_assert!(!shown.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')), "{shown:?}");
        let debugged = format!("{error:?}");
        prop_assert!(!debugged.contains('\n'), "{}", debugged);
    }
}

#[test]
fn a_program_reads_everything_that_was_put_in() {
    let error = full(ErrorKind::RateLimited)
        .with_retry_after(Some(Duration::from_secs(7)))
        .with_stage(Stage::Answered)
        .with_token(job())
        .with_snapshot(reference("93"))
        .with_source("the cause");
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::RateLimited, Some(503), 3));
    assert_eq!((error.code(), error.request_id()), (Some("VDC-1"), Some("9d0e")));
    assert_eq!((error.stage(), error.retry_after()), (Stage::Answered, Some(Duration::from_secs(7))));
    assert_eq!((error.message(), error.advice()), ("the provider's words", Some("do this")));
    assert_eq!((error.token(), error.snapshot()), (Some(job().to_string().as_str()), Some("scripted:web1@93")));
    assert_eq!(error.source().unwrap().to_string(), "the cause");
    assert_eq!(
        error.with_kind(ErrorKind::Busy).with_message("now known better").to_string().split(':').next_back(),
        Some(" now known better [busy, HTTP 503, code VDC-1, request 9d0e, 3 attempts]; do this")
    );
}

#[test]
fn it_is_definite_only_where_the_provider_answered_and_no_attempt_may_have_acted() {
    let error = Error::answered(ErrorKind::NotFound, "x");
    assert!(error.is_definite() && !error.may_have_acted());
    assert!(!error.with_may_have_acted(true).is_definite());
    assert!(!Error::new(ErrorKind::Transport, "x").is_definite(), "nothing was answered");
}

#[test]
fn what_was_refused_on_this_machine_is_told_from_what_the_provider_refused() {
    assert!(Error::invalid_input("x").is_own_refusal() && Error::unsupported("x").is_own_refusal());
    for error in [
        Error::answered(ErrorKind::InvalidInput, "x"),
        Error::invalid_input("x").with_attempts(1),
        Error::new(ErrorKind::Busy, "x"),
    ] {
        assert!(!error.is_own_refusal(), "{error:?}");
    }
}

#[test]
fn a_program_that_ends_with_a_report_shows_lines_and_no_struct() {
    let report = Report::from(full(ErrorKind::Busy).with_source("the cause\n\u{1b}[2J"));
    insta::assert_snapshot!(format!("{report:?}"));
    assert_eq!(format!("{:?}", Report::from("no error of ours\u{1b}[2J")), "no error of ours\\u{1b}[2J");
}

#[test]
fn debug_shows_what_is_known_and_nothing_that_is_not() {
    insta::assert_snapshot!(format!("{:?}\n{:?}", Error::new(ErrorKind::Decode, "words"), full(ErrorKind::Busy)));
}

#[test]
fn an_unknown_outcome_is_never_called_safe_to_repeat() {
    let retryable: Vec<&str> =
        ErrorKind::ALL.into_iter().filter(|kind| Error::new(*kind, "").is_retryable()).map(ErrorKind::as_str).collect();
    assert_eq!(retryable, ["busy", "rate_limited", "unavailable", "transport"]);
}
