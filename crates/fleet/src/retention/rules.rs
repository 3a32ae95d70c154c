//! The rules, and what each of them keeps.

use std::cmp::Reverse;
use std::error::Error;
use std::fmt;
use std::ops::Not;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::period::Period;
use super::span::Span;

/// What to keep. A snapshot is kept where one rule keeps it.
///
/// Each field is one option of `prune`, and is serialised under the option's name. A count or a span of zero switches its
/// rule off, which is the default of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Rules {
    /// Keeps the newest snapshots.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_last: Count,
    /// Keeps the newest snapshot of each of the last hours that have one.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_hourly: Count,
    /// Keeps the newest snapshot of each of the last days that have one.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_daily: Count,
    /// Keeps the newest snapshot of each of the last ISO weeks that have one.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_weekly: Count,
    /// Keeps the newest snapshot of each of the last months that have one.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_monthly: Count,
    /// Keeps the newest snapshot of each of the last years that have one.
    #[serde(skip_serializing_if = "Count::is_zero")]
    pub keep_yearly: Count,
    /// Keeps all snapshots taken within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within: Span,
    /// Keeps the newest snapshot of each hour within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within_hourly: Span,
    /// Keeps the newest snapshot of each day within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within_daily: Span,
    /// Keeps the newest snapshot of each ISO week within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within_weekly: Span,
    /// Keeps the newest snapshot of each month within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within_monthly: Span,
    /// Keeps the newest snapshot of each year within this span before the newest snapshot of the source.
    #[serde(skip_serializing_if = "Span::is_zero")]
    pub keep_within_yearly: Span,
    /// Deletes what is past its recorded end. The other rules look at the rest alone; without any, the rest is kept.
    #[serde(skip_serializing_if = "Not::not")]
    pub expired: bool,
}

/// One rule: of which period the newest snapshot is kept, or each snapshot where there is none; and how far back.
type Rule = (Option<Period>, Extent);

#[derive(Clone, Copy)]
enum Extent {
    Newest(Count),
    Within(Span),
}

/// A snapshot's place in the caller's list and when it was taken.
struct Moment {
    index: usize,
    taken_at: Timestamp,
    local: DateTime,
}

impl Rules {
    /// Whether a rule keeps something. [`expired`](Self::expired) alone keeps nothing.
    #[must_use]
    pub fn keeps_something(&self) -> bool {
        self.in_restic_order().iter().any(|(_, extent)| !extent.is_zero())
    }

    /// Why each of one source's snapshots is kept, in the order given. No reason means that no rule keeps it.
    ///
    /// `taken_at` may be in any order; of snapshots taken at the same time, the one given first counts as the newer.
    /// Spans are measured from the newest snapshot before `now`. Snapshots from `now` on count as others do.
    ///
    /// These are restic's answers: where a rule has room left, it keeps the oldest snapshot too.
    /// [`expired`](Self::expired) has no part in it.
    #[must_use]
    pub fn reasons(&self, taken_at: &[Timestamp], time_zone: &TimeZone, now: Timestamp) -> Vec<Vec<Reason>> {
        let moments = newest_first(taken_at, time_zone);
        let newest = moments.iter().map(|moment| moment.taken_at).find(|taken_at| *taken_at < now);
        let mut reasons = vec![Vec::new(); taken_at.len()];
        for (period, extent) in self.in_restic_order() {
            let start = match extent {
                Extent::Newest(_) => None,
                Extent::Within(span) => newest.and_then(|newest| span.before(newest, time_zone)),
            };
            for (index, reason) in kept_by(period, extent, start, &moments) {
                reasons[index].push(reason);
            }
        }
        reasons
    }

    /// All rules, in the order in which restic gives reasons.
    fn in_restic_order(&self) -> [Rule; 12] {
        use Extent::{Newest, Within};
        [
            (None, Within(self.keep_within)),
            (None, Newest(self.keep_last)),
            (Some(Period::Hour), Newest(self.keep_hourly)),
            (Some(Period::Day), Newest(self.keep_daily)),
            (Some(Period::Week), Newest(self.keep_weekly)),
            (Some(Period::Month), Newest(self.keep_monthly)),
            (Some(Period::Year), Newest(self.keep_yearly)),
            (Some(Period::Hour), Within(self.keep_within_hourly)),
            (Some(Period::Day), Within(self.keep_within_daily)),
            (Some(Period::Week), Within(self.keep_within_weekly)),
            (Some(Period::Month), Within(self.keep_within_monthly)),
            (Some(Period::Year), Within(self.keep_within_yearly)),
        ]
    }
}

fn newest_first(taken_at: &[Timestamp], time_zone: &TimeZone) -> Vec<Moment> {
    let moment = |(index, &taken_at)| Moment { index, taken_at, local: time_zone.to_datetime(taken_at) };
    let mut moments: Vec<Moment> = taken_at.iter().enumerate().map(moment).collect();
    moments.sort_by_key(|moment| Reverse(moment.taken_at));
    moments
}

/// What one rule keeps, newest first. `start` is where a span begins; without one it has no beginning.
fn kept_by(
    period: Option<Period>,
    extent: Extent,
    start: Option<Timestamp>,
    moments: &[Moment],
) -> Vec<(usize, Reason)> {
    let mut kept = Vec::new();
    if extent.is_zero() {
        return kept;
    }
    let mut previous = None;
    let reached = moments.iter().take_while(|moment| start.is_none_or(|start| moment.taken_at > start));
    for (position, moment) in reached.enumerate() {
        let number = kept.len() + 1;
        if matches!(extent, Extent::Newest(count) if !count.admits(number)) {
            break;
        }
        let key = period.map(|period| period.key(moment.local));
        let repeated = key.is_some() && key == previous;
        previous = key;
        let is_oldest = position + 1 == moments.len();
        if !repeated || is_oldest {
            let reason = match extent {
                Extent::Newest(_) => Reason::Newest { period, number, oldest: repeated },
                Extent::Within(span) => Reason::Within { period, span, oldest: repeated },
            };
            kept.push((moment.index, reason));
        }
    }
    kept
}

impl Extent {
    const fn is_zero(self) -> bool {
        match self {
            Self::Newest(count) => count.is_zero(),
            Self::Within(span) => span.is_zero(),
        }
    }
}

/// How many snapshots a rule keeps: a number, or `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Count {
    /// Up to this many. Zero switches the rule off.
    UpTo(u32),
    /// All that the rule finds.
    Unlimited,
}

const UNLIMITED: &str = "unlimited";

impl Count {
    /// Whether it switches its rule off.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        matches!(self, Self::UpTo(0))
    }

    fn admits(self, number: usize) -> bool {
        match self {
            Self::UpTo(count) => u32::try_from(number).is_ok_and(|number| number <= count),
            Self::Unlimited => true,
        }
    }
}

impl Default for Count {
    fn default() -> Self {
        Self::UpTo(0)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpTo(count) => count.fmt(f),
            Self::Unlimited => f.write_str(UNLIMITED),
        }
    }
}

impl FromStr for Count {
    type Err = ParseCountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == UNLIMITED {
            return Ok(Self::Unlimited);
        }
        text.parse().map(Self::UpTo).map_err(|_| ParseCountError { text: text.to_owned() })
    }
}

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::UpTo(count) => serializer.serialize_u32(*count),
            Self::Unlimited => serializer.serialize_str(UNLIMITED),
        }
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a rule's count is a number from 0 on, or \"unlimited\"")]
        enum Written {
            Number(u32),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(count) => Ok(Self::UpTo(count)),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

/// A text is not a [`Count`]. Says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCountError {
    text: String,
}

impl fmt::Display for ParseCountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a count; write a number from 0 to {}, or `{UNLIMITED}`", self.text, u32::MAX)
    }
}

impl Error for ParseCountError {}

/// Why a rule keeps a snapshot.
///
/// Printed with the snapshot's number in the rule: `daily snapshot 3`. [`to_restic`](Self::to_restic) gives restic's
/// words, which have no number: `daily snapshot`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It is among the newest, by `keep-last` or by one of `keep-hourly` to `keep-yearly`.
    Newest {
        /// The rule's period; `None` for `keep-last`.
        period: Option<Period>,
        /// Its number among what the rule keeps. The newest has 1.
        number: usize,
        /// It is only kept because the rule has room left and nothing older is there.
        oldest: bool,
    },
    /// It is within a span, by `keep-within` or by one of `keep-within-hourly` to `keep-within-yearly`.
    Within {
        /// The rule's period; `None` for `keep-within`.
        period: Option<Period>,
        /// The rule's span.
        span: Span,
        /// It is only kept because nothing older is there.
        oldest: bool,
    },
}

impl Reason {
    /// The reason in the words of `restic forget`: `daily snapshot`, `within 1y2m`, `oldest weekly within 56d`.
    #[must_use]
    pub fn to_restic(&self) -> String {
        match self {
            Self::Newest { period: None, .. } => "last snapshot".to_owned(),
            Self::Newest { period: Some(period), oldest, .. } => format!("{}{period} snapshot", prefix(*oldest)),
            Self::Within { period: None, span, .. } => format!("within {}", span.to_restic()),
            Self::Within { period: Some(period), span, oldest } => {
                format!("{}{period} within {}", prefix(*oldest), span.to_restic())
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newest { period: None, number, .. } => write!(f, "last snapshot {number}"),
            Self::Newest { period: Some(period), number, oldest } => {
                write!(f, "{}{period} snapshot {number}", prefix(*oldest))
            }
            Self::Within { period: None, span, .. } => write!(f, "within {span}"),
            Self::Within { period: Some(period), span, oldest } => {
                write!(f, "{}{period} within {span}", prefix(*oldest))
            }
        }
    }
}

const fn prefix(oldest: bool) -> &'static str {
    if oldest { "oldest " } else { "" }
}
