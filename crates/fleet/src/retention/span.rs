//! Lengths of time in calendar units.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time, as the `keep-within` rules take it: `12h`, `14d`, `8w`, `6mo`, `2y`, or a sum such as `1y2mo3d`.
///
/// A year, a month, a week and a day are those of the calendar; an hour is 60 minutes. A bare `m` is refused, because it
/// is a month to restic and a minute elsewhere.
///
/// ```
/// use cloudsnap_fleet::retention::Span;
///
/// let span: Span = "1y2mo3w".parse()?;
/// assert_eq!(span.to_string(), "1y2mo3w");
/// assert_eq!(span.to_restic(), "1y2m21d");
/// # Ok::<(), cloudsnap_fleet::retention::ParseSpanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    years: u32,
    months: u32,
    weeks: u32,
    days: u32,
    hours: u32,
}

impl Span {
    /// Whether it has no length. A rule with such a span is off.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        matches!(*self, Self { years: 0, months: 0, weeks: 0, days: 0, hours: 0 })
    }

    /// The span in restic's notation, which writes a month as `m` and knows no week. Empty where there is no length.
    #[must_use]
    pub fn to_restic(&self) -> String {
        let parts = [(u64::from(self.years), "y"), (u64::from(self.months), "m"), (self.total_days(), "d")];
        let parts = parts.into_iter().chain([(u64::from(self.hours), "h")]);
        parts.filter(|(number, _)| *number > 0).map(|(number, unit)| format!("{number}{unit}")).collect()
    }

    /// The moment that lies this span before `end`, by the calendar of `time_zone`. `None` where it is before all dates.
    pub(super) fn before(&self, end: Timestamp, time_zone: &TimeZone) -> Option<Timestamp> {
        let local = time_zone.to_datetime(end);
        let date = self.date_before(local.date())?;
        let start = moment(date.to_datetime(local.time()), time_zone)?;
        start.checked_sub(SignedDuration::from_hours(self.hours.into())).ok()
    }

    /// Years and months are taken off first. A day that the month reached does not have runs over into the next one, as
    /// in restic: a month before 31 March is "31 February", which is 3 March, or 2 March in a leap year.
    fn date_before(&self, date: Date) -> Option<Date> {
        let month = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
        let month = month - i64::from(self.years) * 12 - i64::from(self.months);
        let year = i16::try_from(month.div_euclid(12)).ok()?;
        let first = Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()?;
        let days = i64::from(date.day()) - 1 - i64::try_from(self.total_days()).ok()?;
        first.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
    }

    fn total_days(&self) -> u64 {
        u64::from(self.weeks) * 7 + u64::from(self.days)
    }
}

/// The moment of a local time. Where the clocks skip or repeat it, the offset is looked up in two steps, as in restic, so
/// that both come to the same moment.
fn moment(local: DateTime, time_zone: &TimeZone) -> Option<Timestamp> {
    let nearby = Offset::UTC.to_timestamp(local).ok()?;
    let nearby = time_zone.to_offset(nearby).to_timestamp(local).ok()?;
    time_zone.to_offset(nearby).to_timestamp(local).ok()
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0d");
        }
        let parts = [(self.years, "y"), (self.months, "mo"), (self.weeks, "w"), (self.days, "d"), (self.hours, "h")];
        parts.iter().filter(|(number, _)| *number > 0).try_for_each(|(number, unit)| write!(f, "{number}{unit}"))
    }
}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |problem| ParseSpanError { text: text.to_owned(), problem };
        if text.is_empty() {
            return Err(refused(Problem::Empty));
        }
        let mut span = Self::default();
        let mut seen = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (number, tail) = split_where(rest, |c| !c.is_ascii_digit());
            let (unit, tail) = split_where(tail, |c| c.is_ascii_digit());
            if number.is_empty() {
                return Err(refused(Problem::NoNumber));
            }
            let part = match unit {
                "y" => &mut span.years,
                "mo" => &mut span.months,
                "w" => &mut span.weeks,
                "d" => &mut span.days,
                "h" => &mut span.hours,
                "m" => return Err(refused(Problem::BareM { number: number.to_owned() })),
                "" => return Err(refused(Problem::NoUnit)),
                _ => return Err(refused(Problem::UnknownUnit { unit: unit.to_owned() })),
            };
            *part = number.parse().map_err(|_| refused(Problem::TooLarge))?;
            if seen.contains(&unit) {
                return Err(refused(Problem::Repeated { unit: unit.to_owned() }));
            }
            seen.push(unit);
            rest = tail;
        }
        Ok(span)
    }
}

fn split_where(text: &str, end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(end).unwrap_or(text.len()))
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A text is not a [`Span`]. Says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseSpanError {
    text: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Empty,
    NoNumber,
    NoUnit,
    BareM { number: String },
    UnknownUnit { unit: String },
    Repeated { unit: String },
    TooLarge,
}

impl fmt::Display for ParseSpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, problem } = self;
        write!(f, "{text:?} is not a span: ")?;
        match problem {
            Problem::Empty => f.write_str("it is empty"),
            Problem::NoNumber => f.write_str("a unit needs a number before it"),
            Problem::NoUnit => f.write_str("a number needs a unit after it"),
            Problem::BareM { number } => {
                write!(f, "`m` is a month to restic and a minute elsewhere; write `{number}mo` for months")?;
                return f.write_str(", and hours or more for shorter times");
            }
            Problem::UnknownUnit { unit } => write!(f, "{unit:?} is not a unit"),
            Problem::Repeated { unit } => write!(f, "`{unit}` stands twice"),
            Problem::TooLarge => write!(f, "a number is above {}", u32::MAX),
        }?;
        f.write_str("; write numbers with `y`, `mo`, `w`, `d` or `h`, such as `14d` or `1y6mo`")
    }
}

impl Error for ParseSpanError {}
