//! One bracket at the end of a description: `[cloudsnap id=… source=… expires=…]`.

use cloudsnap_core::{CreateMark, CreateSnapshot, Marker, Source};
use jiff::Timestamp;
use proptest::prelude::*;

use super::common::any_part;

/// Id, path of the source, expiry: of a marker that says something.
type Words = (Option<String>, Option<String>, Option<Timestamp>);

fn marker_of((id, source, expires_at): &Words) -> Marker<'_> {
    Marker { id: id.as_deref(), source: source.as_deref(), expires_at: *expires_at }
}

fn any_words() -> impl Strategy<Value = Words> {
    let id = prop::option::of("[0-9a-f]{24}");
    let source = prop::option::of(prop::collection::vec(any_part(), 1..3));
    let expires = prop::option::of(0_i64..253_402_207_200);
    (id, source, expires).prop_filter_map("a marker that says nothing", |(id, path, seconds)| {
        let source = path.map(|path| Source::new("a", path).unwrap().written_path());
        let words = (id, source, seconds.map(|seconds| Timestamp::from_second(seconds).unwrap()));
        (marker_of(&words) != Marker::default()).then_some(words)
    })
}

/// What is said of the source is a path as a reference has it, so that is what must come back.
fn meaning<'a>(marker: &Marker<'a>) -> (Option<&'a str>, Option<Source>, Option<Timestamp>) {
    let source = marker.source.map(|path| format!("a:{path}").parse().unwrap());
    (marker.id, source, marker.expires_at)
}

proptest! {
    #[test]
    fn what_is_appended_is_what_is_split_off_again(text in any::<String>(), tail in "[\\[\\]a-z =]{0,20}", words in any_words()) {
        let description = format!("{text}{tail}");
        let marker = marker_of(&words);
        let written = marker.append_to(Some(&description));
        let (read, found) = Marker::split(&written);
        prop_assert_eq!(read.unwrap_or_default(), description.trim());
        let found = found.unwrap();
        prop_assert_eq!(meaning(&found), meaning(&marker));
    }

    #[test]
    fn a_marker_alone_is_read_back_without_text(words in any_words()) {
        let marker = marker_of(&words);
        let written = marker.append_to(None);
        let (text, found) = Marker::split(&written);
        prop_assert_eq!(text, None);
        let found = found.unwrap();
        prop_assert_eq!(meaning(&found), meaning(&marker));
    }

    #[test]
    fn a_written_marker_is_one_line_without_brackets_inside(words in any_words()) {
        let written = marker_of(&words).to_string();
        prop_assert_eq!(written.lines().count(), 1);
        prop_assert_eq!(written.matches(['[', ']']).count(), 2, "{}", written);
    }

    #[test]
    fn no_description_makes_the_reader_fall_over(text in any::<String>(), words in "[ =a-z\\]\\[0-9:-]{0,40}", end in "[\\] ]{0,2}") {
        for description in [text.clone(), format!("{text}[cloudsnap{words}{end}"), format!("[cloudsnap expires={text}]")] {
            let (read, _) = Marker::split(&description);
            prop_assert!(read.is_none_or(|read| description.contains(read) && !read.is_empty()));
        }
    }
}

#[test]
fn the_marker_of_a_create_is_spelt_as_documented() {
    let request = CreateSnapshot::new("ionos:dc/vol%2F2".parse().unwrap());
    let mut mark = CreateMark::new(&request).unwrap();
    assert_eq!((mark.id.len(), mark.id.bytes().all(|byte| byte.is_ascii_hexdigit())), (24, true));
    mark.id = "3f0a91c2b4d5e6f708192a3b".to_owned();
    mark.expires_at = Some("2026-12-01T00:00:00.987Z".parse().unwrap());
    assert_eq!(
        mark.describe(Some("nightly ")),
        "nightly [cloudsnap id=3f0a91c2b4d5e6f708192a3b source=dc/vol%2F2 expires=2026-12-01T00:00:00Z]"
    );
}

#[test]
fn two_creates_never_have_the_same_mark() {
    let request = CreateSnapshot::new("ionos:dc/vol".parse().unwrap());
    assert_ne!(CreateMark::new(&request).unwrap().id, CreateMark::new(&request).unwrap().id);
}

#[test]
fn of_several_markers_the_last_counts_and_the_others_stay_the_users_text() {
    let users = "[cloudsnap id=evil source=their/vol]";
    let marker = Marker { id: Some("ours"), ..Marker::default() };
    let written = marker.append_to(Some(users));
    assert_eq!(Marker::split(&written), (Some(users), Some(marker)));
}

#[test]
fn text_that_only_looks_like_a_marker_stays_text() {
    for text in [
        "[cloudsnap]",
        "[cloudsnapid=1]",
        "[cloudsnap id=1",
        "[cloudsnap id=1] and more",
        "cloudsnap id=1]",
        "[Cloudsnap id=1]",
        "[cloudsnap id=1]]",
        "[cloudsnap [id=1]]",
        "[cloudsnap-old id=1]",
    ] {
        assert_eq!(Marker::split(text), (Some(text), None), "{text}");
    }
    for nothing in ["", " ", "\n\t"] {
        assert_eq!(Marker::split(nothing), (None, None));
    }
}

#[test]
fn words_that_a_later_version_writes_are_skipped() {
    let (text, marker) = Marker::split("x [cloudsnap v=2 id=1 flag keep=yes source=a/b expires=whenever]");
    let expected = Marker { id: Some("1"), source: Some("a/b"), expires_at: None };
    assert_eq!((text, marker), (Some("x"), Some(expected)));
}
