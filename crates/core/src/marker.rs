//! What we write into a snapshot's description, at providers that have one, and read back when listing.
//!
//! One bracket at the end of the description, after the user's own text:
//!
//! ```text
//! nightly [cloudsnap id=3f0a91c2b4d5e6f708192a3b source=DATACENTER/VOLUME expires=2026-12-01T00:00:00Z]
//! ```
//!
//! `id` tells the snapshot of a create whose answer was lost from all others; `source` is what it was taken of, as in
//! a reference; `expires` is when it may be pruned. Words that we do not know are skipped, so that the format can grow.

use std::fmt;
use std::fmt::Write as _;

use jiff::Timestamp;
use percent_encoding::{AsciiSet, utf8_percent_encode};

const OPENING: &str = "[cloudsnap";

const BRACKETS: &AsciiSet = &AsciiSet::EMPTY.add(b'[').add(b']');

/// What a description says about the snapshot, for us.
///
/// ```
/// use cloudsnap_core::Marker;
///
/// let (text, marker) = Marker::split("nightly [cloudsnap source=dc/vol]");
/// assert_eq!(text, Some("nightly"));
/// assert_eq!(marker.and_then(|marker| marker.source), Some("dc/vol"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marker<'a> {
    /// The id of the create that made it.
    pub id: Option<&'a str>,
    /// The path of its source, as it is written in a reference.
    pub source: Option<&'a str>,
    /// When it may be pruned.
    pub expires_at: Option<Timestamp>,
}

impl<'a> Marker<'a> {
    /// The description that is sent: the user's text, then the marker.
    #[must_use]
    pub fn append_to(&self, description: Option<&str>) -> String {
        let text = description.map(str::trim_end).unwrap_or_default();
        let mut written = String::with_capacity(text.len() + 192);
        written.push_str(text);
        if !text.is_empty() {
            written.push(' ');
        }
        // Writing to a String cannot fail.
        let _ = write!(written, "{self}");
        written
    }

    /// The user's text and the marker of a description. Text that is no marker of ours stays text.
    #[must_use]
    pub fn split(description: &'a str) -> (Option<&'a str>, Option<Self>) {
        let whole = description.trim();
        let Some((start, marker)) = Self::find(whole) else {
            return ((!whole.is_empty()).then_some(whole), None);
        };
        let text = whole[..start].trim_end();
        ((!text.is_empty()).then_some(text), Some(marker))
    }

    fn find(text: &'a str) -> Option<(usize, Self)> {
        let inside = text.strip_suffix(']')?;
        let start = inside.rfind('[')?;
        let words = inside[start..].strip_prefix(OPENING)?;
        if !words.starts_with(' ') || words.contains(']') {
            return None;
        }
        let mut marker = Self::default();
        for (name, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
            match name {
                "id" => marker.id = Some(value),
                "source" => marker.source = Some(value),
                "expires" => marker.expires_at = value.parse().ok(),
                _ => {}
            }
        }
        Some((start, marker))
    }
}

impl fmt::Display for Marker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OPENING)?;
        if let Some(id) = self.id {
            write!(f, " id={id}")?;
        }
        if let Some(source) = self.source {
            // A reference leaves brackets as they are; here they would end the marker, or begin another.
            write!(f, " source={}", utf8_percent_encode(source, BRACKETS))?;
        }
        if let Some(expires_at) = self.expires_at {
            write!(f, " expires={expires_at:.0}")?;
        }
        f.write_str("]")
    }
}
