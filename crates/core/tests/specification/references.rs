//! SOURCE is `ACCOUNT:PATH`, SNAPSHOT is `ACCOUNT:[PATH]@ID`; `/`, `@`, `:`, `%` inside a part are percent-encoded.

use std::fmt::Write as _;

use cloudsnap_core::provider::Account;
use cloudsnap_core::{ErrorKind, SnapshotRef, SourceRef};
use proptest::prelude::*;

use super::common::any_part;

proptest! {
    #[test]
    fn what_a_source_prints_reads_back_as_the_same_source(
        account in any_part(), path in prop::collection::vec(any_part(), 1..4),
    ) {
        let source = SourceRef::new(account, path).unwrap();
        prop_assert_eq!(&source.to_string().parse::<SourceRef>().unwrap(), &source);
        let json = serde_json::to_string(&source).unwrap();
        prop_assert_eq!(serde_json::from_str::<SourceRef>(&json).unwrap(), source);
    }

    #[test]
    fn what_a_snapshot_prints_reads_back_as_the_same_snapshot(
        account in any_part(), path in prop::collection::vec(any_part(), 0..3), id in any_part(),
    ) {
        let snapshot = SnapshotRef::new(account, path, id).unwrap();
        prop_assert_eq!(&snapshot.to_string().parse::<SnapshotRef>().unwrap(), &snapshot);
        let json = serde_json::to_string(&snapshot).unwrap();
        prop_assert_eq!(serde_json::from_str::<SnapshotRef>(&json).unwrap(), snapshot);
    }

    #[test]
    fn a_printed_reference_is_one_word_of_visible_ascii(account in any_part(), part in any_part(), id in any_part()) {
        let printed = SnapshotRef::new(account, [part], id).unwrap().to_string();
        prop_assert!(printed.bytes().all(|byte| byte.is_ascii_graphic()), "{printed}");
    }

    #[test]
    fn any_text_is_a_reference_or_invalid_input_in_one_line(text in any::<String>(), tail in any_part()) {
        for text in [format!("{text}{tail}"), format!("a:{text}"), format!("a:{text}@{tail}")] {
            for error in [text.parse::<SourceRef>().err(), text.parse::<SnapshotRef>().err()].into_iter().flatten() {
                prop_assert_eq!(error.kind(), ErrorKind::InvalidInput);
                prop_assert_eq!(error.to_string().lines().count(), 1);
            }
        }
    }

    #[test]
    fn no_text_is_both_a_source_and_a_snapshot(text in "[a-c:/@%40]{0,12}") {
        prop_assert!(text.parse::<SourceRef>().is_err() || text.parse::<SnapshotRef>().is_err(), "{text}");
    }
}

/// Whatever the account of a reference is called, it is this one's.
fn account_of(name: &str) -> Account {
    Account::new("scripted", name, "api.example")
}

fn texts(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|&part| part.to_owned()).collect()
}

#[test]
fn the_sources_of_the_command_line_are_spelt_as_documented() {
    for (written, account, path) in [
        ("sitehost:web1/vda", "sitehost", &["web1", "vda"][..]),
        ("hostway:4711", "hostway", &["4711"]),
        ("nodecoid:srv-1", "nodecoid", &["srv-1"]),
        ("ionos:7f0c1d2e-0000/2b9e3f4a-0000", "ionos", &["7f0c1d2e-0000", "2b9e3f4a-0000"]),
        ("my%3Aaccount:a%2Fb/c%40d/e%25f", "my:account", &["a/b", "c@d", "e%f"]),
    ] {
        let source: SourceRef = written.parse().unwrap();
        assert_eq!(source.account(), account);
        assert_eq!(source.open(&account_of(account)).unwrap(), texts(path));
        assert_eq!(source.to_string(), written);
    }
}

#[test]
fn the_snapshots_of_the_command_line_are_spelt_as_documented() {
    for (written, path, id) in [
        ("sitehost:web1@93", &["web1"][..], "93"),
        ("sitehost:web1/vda@93", &["web1", "vda"], "93"),
        ("hostway:4711@12", &["4711"], "12"),
        ("nodecoid:@hjgasd7hagdj", &[], "hjgasd7hagdj"),
        ("ionos:@c1d2e3f4-0000", &[], "c1d2e3f4-0000"),
        ("ionos:dc/vol@c1d2", &["dc", "vol"], "c1d2"),
        ("a:@x%2Fy%40z%3A%25", &[], "x/y@z:%"),
    ] {
        let snapshot: SnapshotRef = written.parse().unwrap();
        assert_eq!(snapshot.open(&account_of(snapshot.account())).unwrap(), (&texts(path)[..], id));
        assert_eq!(snapshot.to_string(), written);
    }
}

#[test]
fn the_same_reference_may_be_written_with_more_escapes_than_needed() {
    assert_eq!("%69onos:dc%2d1/vol".parse::<SourceRef>().unwrap().to_string(), "ionos:dc-1/vol");
    assert_eq!("a:b%2f@%39".parse::<SnapshotRef>().unwrap().to_string(), "a:b%2F@9");
}

#[test]
fn malformed_references_are_refused_in_one_clear_line() {
    let inputs = [
        "",
        " ",
        ":",
        "@",
        "a",
        "a:",
        ":b",
        "a:/",
        "a:b/",
        "a:/b",
        "a:b//c",
        "a:b:c",
        "a:b@",
        "a:@",
        ":@1",
        "@1",
        "a@1",
        "a:b@c@d",
        "a:b@c/d",
        "a:b@c:d",
        "a:b/@c",
        "a%:b",
        "a:%",
        "a:%4",
        "a:%zz",
        "a:%ff",
        "a:b%",
        "a:b@%",
        "a:b@%e2%82",
        "a:b\n@",
        "\u{1b}[31m",
    ];
    let mut table = String::new();
    for input in inputs {
        let source = input.parse::<SourceRef>().map_or_else(|error| error.to_string(), |it| format!("ok {it}"));
        let snapshot = input.parse::<SnapshotRef>().map_or_else(|error| error.to_string(), |it| format!("ok {it}"));
        let _ = writeln!(table, "{input:?}\n  source   {source}\n  snapshot {snapshot}");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn hostile_ids_are_kept_as_they_are_and_printed_harmlessly() {
    let hostile = [
        "..",
        ".",
        "../../etc",
        "a b",
        "\n",
        "\u{1b}[2J",
        "\0",
        "é/ü",
        "%2e%2e",
        "a?b#c",
        "id=1&x",
        "\u{202e}x",
        "$(rm -rf)",
        "]",
    ];
    let mut table = String::new();
    for id in hostile {
        let snapshot = SnapshotRef::new("a", ["b"], id).unwrap();
        assert_eq!(snapshot.to_string().parse::<SnapshotRef>().unwrap().open(&account_of("a")).unwrap().1, id);
        let _ = writeln!(table, "{id:?} -> {snapshot}");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn empty_parts_are_refused_when_a_reference_is_put_together() {
    for error in [
        SourceRef::new("", ["a"]).unwrap_err(),
        SourceRef::new("a", [""; 0]).unwrap_err(),
        SourceRef::new("a", ["b", ""]).unwrap_err(),
        SnapshotRef::new("", ["b"], "c").unwrap_err(),
        SnapshotRef::new("a", [""], "c").unwrap_err(),
        SnapshotRef::new("a", ["b"], "").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[test]
fn what_is_inside_opens_only_to_its_own_account() {
    let (source, snapshot): (SourceRef, SnapshotRef) =
        ("work:dc/vol".parse().unwrap(), "work:dc/vol@93".parse().unwrap());
    let home = account_of("home");
    for error in [source.open(&home).unwrap_err(), snapshot.open(&home).unwrap_err()] {
        assert_eq!((error.kind(), error.provider()), (ErrorKind::InvalidInput, Some("scripted")));
        assert!(error.is_own_refusal());
    }
    assert_eq!(
        snapshot.open(&home).unwrap_err().to_string(),
        "scripted: 'work:dc/vol@93' belongs to the account work, not to home [invalid_input]; \
         ask the account that it belongs to"
    );
}

#[test]
fn a_source_is_within_another_where_its_path_begins_with_the_others() {
    let source = |text: &str| text.parse::<SourceRef>().unwrap();
    assert!(source("a:dc/vol").is_within(&source("a:dc")) && source("a:dc").is_within(&source("a:dc")));
    for other in ["a:d", "a:dc/vol/part", "b:dc"] {
        assert!(!source("a:dc/vol").is_within(&source(other)), "{other}");
    }
}

#[test]
fn the_path_of_a_tag_is_a_source_again() {
    let source: SourceRef = "ionos:dc/vol%2F2".parse().unwrap();
    assert_eq!(source.written_path(), "dc/vol%2F2");
    assert_eq!(SourceRef::from_written_path("ionos", "dc/vol%2F2").unwrap(), source);
    assert_eq!(SourceRef::from_written_path("ionos", "dc//x").unwrap_err().kind(), ErrorKind::InvalidInput);
}
