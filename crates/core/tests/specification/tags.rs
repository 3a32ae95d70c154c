//! One bracket at the beginning of a description: `[cloudsnap id=… source=… expires=…] text`.

use cloudsnap_core::provider::{CreateFingerprint, DescriptionTag};
use cloudsnap_core::{SourceRef, TagId};
use jiff::Timestamp;
use proptest::prelude::*;

use super::common::{ACCOUNT, any_part, request};

/// Id, path of the source, expiry.
type Words = (Option<TagId>, Option<String>, Option<Timestamp>);

fn tag_of((id, source, expires_at): &Words) -> DescriptionTag<'_> {
    DescriptionTag { id: *id, source: source.as_deref(), expires_at: *expires_at }
}

fn any_words() -> impl Strategy<Value = Words> {
    let id = prop::option::of("[0-9a-f]{24}".prop_map(|id| id.parse().unwrap()));
    let source = prop::option::of(prop::collection::vec(any_part(), 1..3));
    let expires = prop::option::of(0_i64..253_402_207_200);
    (id, source, expires).prop_filter_map("a tag that says nothing", |(id, path, seconds)| {
        let source = path.map(|path| SourceRef::new("a", path).unwrap().written_path());
        let words = (id, source, seconds.map(|seconds| Timestamp::from_second(seconds).unwrap()));
        (tag_of(&words) != DescriptionTag::default()).then_some(words)
    })
}

/// What is said of the source is a path as a reference has it, so that is what must come back.
fn meaning(tag: &DescriptionTag<'_>) -> (Option<TagId>, Option<SourceRef>, Option<Timestamp>) {
    let source = tag.source.map(|path| SourceRef::from_written_path("a", path).unwrap());
    (tag.id, source, tag.expires_at)
}

proptest! {
    #[test]
    fn what_is_put_in_front_is_what_is_split_off_again(
        text in any::<String>(), head in "[\\[\\]a-z =]{0,20}", words in any_words(),
    ) {
        let (tag, description) = (tag_of(&words), format!("{head}{text}"));
        for description in [None, Some(description.as_str())] {
            let written = tag.in_front_of(description);
            let (read, found) = DescriptionTag::split(&written);
            prop_assert_eq!(read.unwrap_or_default(), description.unwrap_or_default().trim());
            prop_assert_eq!(found.map(|found| meaning(&found)), Some(meaning(&tag)));
        }
    }

    #[test]
    fn a_written_tag_is_one_line_without_brackets_inside(words in any_words()) {
        let written = tag_of(&words).to_string();
        prop_assert_eq!(written.lines().count(), 1);
        prop_assert_eq!(written.matches(['[', ']']).count(), 2, "{}", written);
    }

    #[test]
    fn a_description_that_a_provider_cuts_behind_the_tag_keeps_the_tag(
        text in "[a-zé]{1,40}", cut in 0_usize..40, words in any_words(),
    ) {
        let tag = tag_of(&words);
        let written = tag.in_front_of(Some(&text));
        let kept: String = written.chars().take(tag.to_string().chars().count() + cut).collect();
        prop_assert_eq!(DescriptionTag::split(&kept).1.map(|found| meaning(&found)), Some(meaning(&tag)));
    }

    #[test]
    fn no_description_makes_the_reader_fall_over(
        text in any::<String>(), words in "[ =a-z\\]\\[0-9:-]{0,40}", end in "[\\] ]{0,2}",
    ) {
        for description in [text.clone(), format!("[cloudsnap{words}{end}{text}"), format!("[cloudsnap expires={text}]")] {
            let (read, _) = DescriptionTag::split(&description);
            prop_assert!(read.is_none_or(|read| description.contains(read) && !read.is_empty()));
        }
    }
}

#[test]
fn the_tag_of_a_create_stands_first_and_is_spelt_as_documented() {
    let mut fingerprint =
        CreateFingerprint::new(&ACCOUNT, &request("scripted:dc/vol%2F2").with_description(" nightly ")).unwrap();
    fingerprint.id = "3f0a91c2b4d5e6f708192a3b".parse().unwrap();
    fingerprint.expires_at = Some("2026-12-01T00:00:00.987Z".parse().unwrap());
    assert_eq!(
        fingerprint.tagged_description(),
        "[cloudsnap id=3f0a91c2b4d5e6f708192a3b source=dc/vol%2F2 expires=2026-12-01T00:00:00Z] nightly"
    );
}

#[test]
fn two_creates_never_have_the_same_tag() {
    let id = || CreateFingerprint::new(&ACCOUNT, &request("scripted:dc/vol")).unwrap().id;
    assert_ne!(id(), id());
}

const MADE_AT: &str = "2026-03-10T12:00:00Z";

fn id_of(source: &str) -> TagId {
    TagId::new(&source.parse().unwrap(), at(MADE_AT)).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn an_id_vouches_for_the_snapshot_of_its_create_under_any_account_name() {
    let id = id_of("scripted:dc/vol%2F2");
    for source in ["scripted:dc/vol%2F2", "work:dc/vol%2F2"] {
        assert!(id.vouches_for(&source.parse().unwrap(), at(MADE_AT)), "{source}");
    }
}

#[test]
fn an_id_does_not_vouch_for_another_source_or_another_time() {
    let id = id_of("scripted:dc/vol");
    assert!(!id.vouches_for(&"scripted:dc/vol2".parse().unwrap(), at(MADE_AT)));
    for (created_at, vouches) in [
        ("2026-03-10T10:59:59Z", false),
        ("2026-03-10T11:00:00Z", true),
        ("2026-03-11T12:00:00Z", true),
        ("2026-03-11T12:00:01Z", false),
    ] {
        assert_eq!(id.vouches_for(&"scripted:dc/vol".parse().unwrap(), at(created_at)), vouches, "{created_at}");
    }
}

#[test]
fn an_id_that_is_written_by_hand_or_altered_in_one_digit_vouches_for_nothing() {
    let source: SourceRef = "scripted:dc/vol".parse().unwrap();
    let id = id_of("scripted:dc/vol").to_string();
    for (place, digit) in id.char_indices() {
        let other = if digit == '0' { "1" } else { "0" };
        let altered: TagId = [&id[..place], other, &id[place + 1..]].concat().parse().unwrap();
        assert!(!altered.vouches_for(&source, at(MADE_AT)), "{altered}");
    }
}

#[test]
fn a_tag_whose_end_cannot_be_read_has_no_id() {
    let id = id_of("scripted:dc/vol");
    let written = format!("[cloudsnap id={id} source=dc/vol expires=2026-13-01T00:00:00Z]");
    let tag = DescriptionTag::split(&written).1.unwrap();
    assert_eq!((tag.id, tag.source), (None, Some("dc/vol")));
}

#[test]
fn an_id_has_24_hexadecimal_digits() {
    let id: TagId = "3F0a91c2b4d5e6f708192a3b".parse().unwrap();
    assert_eq!(
        (id.to_string().as_str(), format!("{id:?}").as_str()),
        ("3f0a91c2b4d5e6f708192a3b", "3f0a91c2b4d5e6f708192a3b")
    );
    for text in [
        "",
        "3f0a91c2b4d5e6f708192a3",
        "3f0a91c2b4d5e6f708192a3bb",
        "3f0a91c2b4d5e6f708192a3g",
        "3f0a91c2b4d5e6f708192aé",
    ] {
        assert!(text.parse::<TagId>().is_err(), "{text}");
    }
}

#[test]
fn of_several_tags_the_first_counts_and_the_others_stay_the_users_text() {
    let users = "[cloudsnap source=their/vol]";
    let tag = DescriptionTag { source: Some("our/vol"), ..DescriptionTag::default() };
    assert_eq!(DescriptionTag::split(&tag.in_front_of(Some(users))), (Some(users), Some(tag)));
}

#[test]
fn text_that_only_looks_like_a_tag_stays_text() {
    for text in [
        "[cloudsnap]",
        "[cloudsnapsource=a]",
        "[cloudsnap source=a",
        "before [cloudsnap source=a]",
        "cloudsnap source=a]",
        "[Cloudsnap source=a]",
        "[cloudsnap [source=a]]",
        "[cloudsnap-old source=a]",
    ] {
        assert_eq!(DescriptionTag::split(text), (Some(text), None), "{text}");
    }
    for nothing in ["", " ", "\n\t"] {
        assert_eq!(DescriptionTag::split(nothing), (None, None));
    }
}

#[test]
fn words_that_a_later_version_writes_are_skipped() {
    let (text, tag) = DescriptionTag::split("[cloudsnap v=2 id=1 flag keep=yes source=a/b expires=whenever] x");
    let expected = DescriptionTag { id: None, source: Some("a/b"), expires_at: None };
    assert_eq!((text, tag), (Some("x"), Some(expected)));
}
