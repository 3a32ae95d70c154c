//! An operation is data: its token is carried to another process, and nothing secret or broken comes with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cloudsnap_core::provider::{Account, CreateFingerprint, SendWindow};
use cloudsnap_core::{CreateSnapshot, ErrorKind, Operation, OperationKind, Progress, SnapshotRef, SourceRef};
use proptest::prelude::*;

use super::common::any_part;

fn any_operation() -> impl Strategy<Value = Operation> {
    use OperationKind::{Create, Delete, Restore, Update};
    use Progress::{Accepted, Finished, Running};
    let kind = prop::sample::select(vec![Create, Restore, Delete, Update]);
    let progress = prop::sample::select(vec![Running, Finished, Accepted]);
    let place = || (any_part(), prop::collection::vec(any_part(), 1..3));
    let snapshot = prop::option::of((place(), any_part()));
    let details = prop::collection::btree_map(any::<String>(), any_part(), 0..3);
    let fingerprint = prop::option::of((prop::option::of(any_part()), prop::collection::vec(any_part(), 0..3)));
    (any::<String>(), kind, progress, prop::option::of(place()), snapshot, details, fingerprint).prop_map(
        |(name, kind, progress, source, snapshot, details, fingerprint)| {
            let account = Account::new("scripted", name, "api.example");
            let mut operation = Operation::new(&account, kind).with_progress(progress);
            if let Some((account, path)) = source {
                operation = operation.with_source(SourceRef::new(account, path).unwrap());
            }
            if let Some(((account, path), id)) = snapshot {
                operation = operation.with_snapshot(SnapshotRef::new(account, path, id).unwrap());
            }
            if let Some((name, known_ids)) = fingerprint {
                let mut fingerprint = fingerprint_of("a:b").with_known(known_ids, None);
                fingerprint.name = name;
                operation = operation.with_fingerprint(fingerprint);
            }
            details.into_iter().fold(operation, |operation, (name, value)| operation.with_detail(name, value))
        },
    )
}

fn fingerprint_of(source: &str) -> CreateFingerprint {
    let request = CreateSnapshot::new(source.parse().unwrap());
    CreateFingerprint::new(&Account::new("any", request.source.account(), "any.example"), &request).unwrap()
}

fn account() -> Account {
    Account::new("ionos", "work", "api.ionos.com")
}

/// One of which every field is set.
fn whole() -> Operation {
    let clock = serde_json::from_str(r#"{"min_ms":-200,"max_ms":800}"#).unwrap();
    let mut fingerprint = fingerprint_of("work:dc/vol").with_known(["92".to_owned(), "93".to_owned()], Some(clock));
    fingerprint.id = "3f0a91c2b4d5e6f708192a3b".parse().unwrap();
    fingerprint.name = Some("nightly".to_owned());
    fingerprint.description = Some("before the upgrade".to_owned());
    fingerprint.taken_at = "2026-05-02T13:50:00Z".parse().unwrap();
    fingerprint.expires_at = Some("2026-12-01T00:00:00Z".parse().unwrap());
    let mut sent = SendWindow::now();
    (sent.first, sent.last) = ("2026-05-02T13:50:01Z".parse().unwrap(), Some("2026-05-02T13:50:03Z".parse().unwrap()));
    Operation::new(&account(), OperationKind::Create)
        .with_progress(Progress::Accepted)
        .with_source("work:dc/vol".parse().unwrap())
        .with_snapshot("work:@94".parse().unwrap())
        .with_detail("request", "9d0e1f2a")
        .with_fingerprint(fingerprint.with_sent(sent))
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
    let expected =
        Operation::new(&Account::new("ionos", "ionos", ""), OperationKind::Delete).with_detail("request", "9d0e");
    assert_eq!(OF_THE_FIRST_FORMAT.parse::<Operation>().unwrap(), expected);
}

#[test]
fn fields_that_a_later_version_adds_are_ignored() {
    let token = format!(
        "cs1_{}",
        URL_SAFE_NO_PAD.encode(r#"{"provider":"p","account":"a","kind":"update","later":{"x":[1]}}"#)
    );
    let account = Account::new("p", "a", "");
    assert_eq!(token.parse::<Operation>().unwrap(), Operation::new(&account, OperationKind::Update));
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
fn an_unconfirmed_create_carries_its_fingerprint_and_its_source() {
    let fingerprint = fingerprint_of("work:dc/vol");
    let operation = Operation::unconfirmed(&account(), fingerprint.clone());
    assert_eq!((operation.kind(), operation.progress()), (OperationKind::Create, Progress::Running));
    assert_eq!(operation.source(), Some(&fingerprint.source));
    assert_eq!(operation.fingerprint().map(|kept| &**kept), Some(&fingerprint));
    assert!(operation.is_unconfirmed() && operation.snapshot().is_none());
    assert!(!operation.with_detail("job", "7").is_unconfirmed(), "the provider has begun it");
}

#[test]
fn what_the_provider_keeps_in_it_opens_only_to_its_own_account() {
    assert_eq!(whole().open(&account()).unwrap().detail("request"), Some("9d0e1f2a"));
    assert_eq!(whole().open(&account()).unwrap().detail("job"), None);
    for other in [Account::new("ionos", "home", "api.ionos.com"), Account::new("sitehost", "work", "api.sitehost.nz")] {
        let error = whole().open(&other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.is_own_refusal() && error.to_string().contains("belongs to the "), "{error}");
    }
}

#[test]
fn a_fingerprint_is_taken_for_its_own_account_and_for_an_end_that_a_date_can_say() {
    let of = |source: &str| CreateSnapshot::new(source.parse().unwrap());
    for request in [of("home:dc/vol"), of("work:dc/vol").with_expires_in(std::time::Duration::MAX)] {
        assert_eq!(CreateFingerprint::new(&account(), &request).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
