//! An error is one line with all that a person needs, and accessors with all that a program needs.

use std::collections::HashSet;
use std::error::Error as _;
use std::fmt::Write as _;
use std::time::Duration;

use cloudsnap_core::{Error, ErrorKind, Operation, OperationKind, Stage};
use proptest::prelude::*;

use super::common::any_part;

/// The kinds as `cli.md` promises them to scripts.
const PROMISED: &str = "config, unauthenticated, permission_denied, not_found, already_exists, invalid_input, busy, \
     quota_exceeded, rate_limited, unsupported, unavailable, transport, outcome_unknown, operation_failed, \
     wait_timeout, decode, unexpected";

fn full(kind: ErrorKind) -> Error {
    Error::new(kind, "the provider's words")
        .with_provider("ionos")
        .with_operation("create")
        .with_status(503)
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
fn half_of_the_place_is_shown_where_the_other_half_is_not_known() {
    assert_eq!(Error::invalid_input("x").with_provider("ionos").to_string(), "ionos: x [invalid_input]");
    assert_eq!(Error::invalid_input("x").with_operation("create").to_string(), "create: x [invalid_input]");
    assert_eq!(Error::invalid_input("x").with_attempts(1).to_string(), "x [invalid_input]");
    assert_eq!(
        Error::unsupported("nodecoid", "rename", "it documents none").to_string(),
        "nodecoid rename: it documents none [unsupported]"
    );
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
fn what_was_said_first_stays_where_more_is_added() {
    let error = full(ErrorKind::Busy).with_provider("other").with_operation("other").with_advice("other");
    assert_eq!((error.provider(), error.operation(), error.advice()), (Some("ionos"), Some("create"), Some("do this")));
}

#[test]
fn a_program_reads_everything_that_was_put_in() {
    let operation = Operation::new("ionos", "ionos", OperationKind::Create);
    let error = full(ErrorKind::RateLimited)
        .with_retry_after(Some(Duration::from_secs(7)))
        .with_stage(Stage::Answered)
        .with_resume(operation.clone())
        .with_source("the cause");
    assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::RateLimited, Some(503), 3));
    assert_eq!((error.code(), error.request_id()), (Some("VDC-1"), Some("9d0e")));
    assert_eq!((error.stage(), error.retry_after()), (Stage::Answered, Some(Duration::from_secs(7))));
    assert_eq!((error.message(), error.resume()), ("the provider's words", Some(&operation)));
    assert_eq!(error.source().unwrap().to_string(), "the cause");
    assert_eq!(error.with_kind(ErrorKind::Busy).kind(), ErrorKind::Busy);
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
