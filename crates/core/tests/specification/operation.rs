//! An operation is data: its token is carried to another process, and nothing secret or broken comes with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cloudsnap_core::{CreateMark, CreateSnapshot, ErrorKind, Operation, OperationKind, Progress, SnapshotRef, Source};
use proptest::prelude::*;

use super::common::any_part;

fn any_operation() -> impl Strategy<Value = Operation> {
    use OperationKind::{Create, Delete, Restore, Update};
    use Progress::{Accepted, Finished, Running};
    let names = (any::<String>(), any::<String>());
    let kind = prop::sample::select(vec![Create, Restore, Delete, Update]);
    let progress = prop::sample::select(vec![Running, Finished, Accepted]);
    let place = || (any_part(), prop::collection::vec(any_part(), 1..3));
    let snapshot = prop::option::of((place(), any_part()));
    let details = prop::collection::btree_map(any::<String>(), any_part(), 0..3);
    let mark = prop::option::of((prop::option::of(any_part()), prop::collection::vec(any_part(), 0..3)));
    (names, kind, progress, prop::option::of(place()), snapshot, details, mark).prop_map(
        |((provider, account), kind, progress, source, snapshot, details, mark)| {
            let mut operation = Operation::new(provider, account, kind).progress(progress);
            if let Some((account, path)) = source {
                operation = operation.source(Source::new(account, path).unwrap());
            }
            if let Some(((account, path), id)) = snapshot {
                operation = operation.snapshot(SnapshotRef::new(account, path, id).unwrap());
            }
            if let Some((name, known_ids)) = mark {
                let mut mark = CreateMark::new(&CreateSnapshot::new("a:b".parse().unwrap())).unwrap();
                (mark.name, mark.known_ids) = (name, known_ids);
                operation = operation.mark(mark);
            }
            details.into_iter().fold(operation, |operation, (name, value)| operation.detail(name, value))
        },
    )
}

/// One of which every field is set.
fn whole() -> Operation {
    let request = CreateSnapshot::new("ionos:dc/vol".parse().unwrap()).name("nightly");
    let mut mark = CreateMark::new(&request).unwrap();
    mark.id = "3f0a91c2b4d5e6f708192a3b".to_owned();
    mark.marked_at = "2026-05-02T13:50:00Z".parse().unwrap();
    mark.expires_at = Some("2026-12-01T00:00:00Z".parse().unwrap());
    mark.known_ids = vec!["92".to_owned(), "93".to_owned()];
    Operation::new("ionos", "work", OperationKind::Create)
        .progress(Progress::Accepted)
        .source("ionos:dc/vol".parse().unwrap())
        .snapshot("ionos:@94".parse().unwrap())
        .detail("request", "9d0e1f2a")
        .mark(mark)
}

proptest! {
    #[test]
    fn what_a_token_says_reads_back_as_the_same_operation(operation in any_operation()) {
        let token = operation.to_string();
        prop_assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
        prop_assert_eq!(token.parse::<Operation>().unwrap(), operation.clone());
        prop_assert_eq!(format!(" {token}\n").parse::<Operation>().unwrap(), operation);
    }

    #[test]
    fn a_token_that_is_cut_anywhere_is_invalid_input(operation in any_operation(), at in any::<prop::sample::Index>()) {
        let token = operation.to_string();
        let at = at.index(token.len());
        prop_assert_eq!(token[..at].parse::<Operation>().unwrap_err().kind(), ErrorKind::InvalidInput);
        if at > 0 {
            prop_assert_eq!(token[at..].parse::<Operation>().unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn an_altered_token_is_read_or_refused_and_nothing_worse(
        operation in any_operation(), at in any::<prop::sample::Index>(), other in any::<char>(),
    ) {
        let mut letters: Vec<char> = operation.to_string().chars().collect();
        let at = at.index(letters.len());
        letters[at] = other;
        if let Err(error) = letters.into_iter().collect::<String>().parse::<Operation>() {
            prop_assert_eq!(error.kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn any_text_and_any_json_is_read_or_refused_and_nothing_worse(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        for token in [text.clone(), format!("cs1_{text}"), format!("cs1_{}", URL_SAFE_NO_PAD.encode(bytes))] {
            prop_assert_eq!(token.parse::<Operation>().unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }
}

#[test]
fn the_token_holds_these_fields_and_no_others() {
    let token = whole().to_string();
    let json = URL_SAFE_NO_PAD.decode(token.strip_prefix("cs1_").unwrap()).unwrap();
    insta::assert_json_snapshot!(serde_json::from_slice::<serde_json::Value>(&json).unwrap());
}

#[test]
fn a_token_of_the_first_format_is_read_for_ever() {
    const OF_THE_FIRST_FORMAT: &str = "cs1_eyJwcm92aWRlciI6Imlvbm9zIiwiYWNjb3VudCI6Imlvbm9zIiwia2luZCI6ImRlbGV0ZSIsImRldGFpbHMiOnsicmVxdWVzdCI6IjlkMGUifX0";
    let expected = Operation::new("ionos", "ionos", OperationKind::Delete).detail("request", "9d0e");
    assert_eq!(OF_THE_FIRST_FORMAT.parse::<Operation>().unwrap(), expected);
}

#[test]
fn fields_that_a_later_version_adds_are_ignored() {
    let token = format!(
        "cs1_{}",
        URL_SAFE_NO_PAD.encode(r#"{"provider":"p","account":"a","kind":"update","later":{"x":[1]}}"#)
    );
    assert_eq!(token.parse::<Operation>().unwrap(), Operation::new("p", "a", OperationKind::Update));
}

#[test]
fn a_token_nested_without_end_is_refused_and_does_not_exhaust_the_stack() {
    let token = format!("cs1_{}", URL_SAFE_NO_PAD.encode(format!("{{\"x\":{}", "[".repeat(200_000))));
    assert_eq!(token.parse::<Operation>().unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn what_is_wrong_with_a_token_is_said_with_what_to_do() {
    let say = |token: &str| token.parse::<Operation>().unwrap_err().to_string();
    assert_eq!(
        say("93"),
        "an operation's token begins with cs1_ [invalid_input]; copy it whole from what the first command printed"
    );
    assert_eq!(
        say("cs1_eyJ"),
        "the operation's token is cut off or altered [invalid_input]; copy it whole from what the first command printed"
    );
}

#[test]
fn an_unconfirmed_create_carries_its_mark_and_its_source() {
    let mark = CreateMark::new(&CreateSnapshot::new("work:dc/vol".parse().unwrap())).unwrap();
    let operation = Operation::unconfirmed("ionos", "work", mark.clone());
    assert_eq!((operation.kind(), operation.known_progress()), (OperationKind::Create, Progress::Running));
    assert_eq!((operation.source_ref(), operation.create_mark()), (Some(&mark.source), Some(&mark)));
    assert_eq!(operation.snapshot_ref(), None);
}

#[test]
fn an_expiry_beyond_all_dates_is_invalid_input() {
    let request = CreateSnapshot::new("a:b".parse().unwrap()).expires_in(std::time::Duration::MAX);
    assert_eq!(CreateMark::new(&request).unwrap_err().kind(), ErrorKind::InvalidInput);
}
