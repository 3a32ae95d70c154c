//! What we write into a snapshot's description, at providers that have one, and read back when listing.
//!
//! One bracket at the beginning of the description, before the user's own text, so that a provider that cuts long texts
//! does not cut it:
//!
//! ```text
//! [cloudsnap id=3f0a91c2b4d5e6f708192a3b source=DATACENTER/VOLUME expires=2026-12-01T00:00:00Z] nightly
//! ```
//!
//! `id` tells the snapshot of a create whose answer was lost from all others; `source` is what it was taken of, as in
//! a reference; `expires` is when it may be pruned. Words that we do not know are skipped, so that the format can grow.
//!
//! An id says when it was made, and has a checksum over itself and the source. A tag that was written by hand, changed, or
//! copied to another snapshot can be told from ours by that. It is a guard against slips, and no signature: who may write
//! descriptions may delete snapshots as well.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::reference::SourceRef;

const OPENING: &str = "[cloudsnap";

const BRACKETS: &AsciiSet = &AsciiSet::EMPTY.add(b'[').add(b']');

/// How far behind ours a provider's clock may be, so that a snapshot still counts as made by the create of its tag.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(1);

/// How long a create may wait for its turn, here and at the provider.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_hours(24);

/// The id of one create: 24 hexadecimal digits. It holds the second in which it was made, 40 random bits, and a checksum
/// over these and the path of the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagId([u8; 12]);

impl TagId {
    /// A new one, for a create of a snapshot of `source` at this time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the operating system gives no random numbers.
    pub fn new(source: &SourceRef, at: Timestamp) -> Result<Self> {
        let mut bytes = [0; 12];
        let seconds = u32::try_from(at.as_second()).unwrap_or_default();
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        getrandom::fill(&mut bytes[4..9]).map_err(|_| Error::config("the operating system gives no random numbers"))?;
        let checksum = Self(bytes).checksum(source);
        bytes[9..].copy_from_slice(&checksum);
        Ok(Self(bytes))
    }

    /// Whether it is the id of a create whose snapshot has this source and this time.
    ///
    /// Not where it was written by hand or altered, where the source was, nor where it was copied from another source or
    /// another day. The clocks of this machine and the provider may differ by an hour.
    #[must_use]
    pub fn vouches_for(&self, source: &SourceRef, created_at: Timestamp) -> bool {
        let [a, b, c, d, _, _, _, _, _, checksum @ ..] = self.0;
        let made_at = i64::from(u32::from_be_bytes([a, b, c, d]));
        let age = SignedDuration::from_secs(created_at.as_second().saturating_sub(made_at));
        checksum == self.checksum(source) && -CLOCKS_DIFFER <= age && age <= LONGEST_DELAY
    }

    /// Without the account, whose name is each user's own.
    fn checksum(self, source: &SourceRef) -> [u8; 3] {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.0[..9]);
        hasher.update(source.written_path().as_bytes());
        let [_, checksum @ ..] = hasher.finalize().to_be_bytes();
        checksum
    }
}

impl fmt::Display for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 24];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.pad(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for TagId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TagId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut bytes = [0; 12];
        let digits = text.as_bytes();
        let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let is_whole = digits.len() == 24
            && bytes.iter_mut().enumerate().all(|(at, byte)| match (digit(2 * at), digit(2 * at + 1)) {
                (Some(high), Some(low)) => {
                    *byte = high << 4 | low;
                    true
                }
                _ => false,
            });
        is_whole.then_some(Self(bytes)).ok_or_else(|| Error::invalid_input("an id of a create has 24 digits"))
    }
}

impl TryFrom<String> for TagId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<TagId> for String {
    fn from(id: TagId) -> Self {
        id.to_string()
    }
}

/// What a description says about the snapshot, for us.
///
/// ```
/// use cloudsnap_core::provider::DescriptionTag;
///
/// let (text, tag) = DescriptionTag::split("[cloudsnap source=dc/vol] nightly");
/// assert_eq!(text, Some("nightly"));
/// assert_eq!(tag.and_then(|tag| tag.source), Some("dc/vol"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DescriptionTag<'a> {
    /// The id of the create that made it.
    pub id: Option<TagId>,
    /// The path of its source, as it is written in a reference.
    pub source: Option<&'a str>,
    /// When it may be pruned.
    pub expires_at: Option<Timestamp>,
}

impl<'a> DescriptionTag<'a> {
    /// The description that is sent: the tag, then the user's text.
    #[must_use]
    pub fn in_front_of(&self, description: Option<&str>) -> String {
        let text = description.map(str::trim).unwrap_or_default();
        let mut written = String::with_capacity(text.len() + 192);
        // Writing to a String cannot fail.
        let _ = write!(written, "{self}");
        if !text.is_empty() {
            written.push(' ');
            written.push_str(text);
        }
        written
    }

    /// The user's text and the tag of a description. Text that is no tag of ours stays text.
    #[must_use]
    pub fn split(description: &'a str) -> (Option<&'a str>, Option<Self>) {
        let whole = description.trim();
        let (text, tag) = match Self::read(whole) {
            Some((tag, text)) => (text.trim(), Some(tag)),
            None => (whole, None),
        };
        ((!text.is_empty()).then_some(text), tag)
    }

    fn read(text: &'a str) -> Option<(Self, &'a str)> {
        let (words, rest) = text.strip_prefix(OPENING)?.split_once(']')?;
        if !words.starts_with(' ') || words.contains('[') {
            return None;
        }
        let mut tag = Self::default();
        let mut is_altered = false;
        for (name, value) in words.split(' ').filter_map(|word| word.split_once('=')) {
            match name {
                "id" => tag.id = value.parse().ok(),
                "source" => tag.source = Some(value),
                "expires" => {
                    tag.expires_at = value.parse().ok();
                    is_altered |= tag.expires_at.is_none();
                }
                _ => {}
            }
        }
        // What we wrote can be read.
        tag.id = tag.id.filter(|_| !is_altered);
        Some((tag, rest))
    }
}

impl fmt::Display for DescriptionTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(OPENING)?;
        if let Some(id) = self.id {
            write!(f, " id={id}")?;
        }
        if let Some(source) = self.source {
            // A reference leaves brackets as they are; here they would end the tag, or begin another.
            write!(f, " source={}", utf8_percent_encode(source, BRACKETS))?;
        }
        if let Some(expires_at) = self.expires_at {
            write!(f, " expires={expires_at:.0}")?;
        }
        f.write_str("]")
    }
}
