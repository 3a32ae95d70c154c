//! Durations as people write them: `90s`, `15m`, `3h`, `2d`, `1h30m`.

use std::time::Duration;

const ACCEPTED: &str = "a duration is written 500ms, 90s, 15m, 3h, 2d, 1w, or joined as 1h30m";

/// Reads a duration longer than nothing.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let duration = parse_or_zero(text)?;
    if duration.is_zero() {
        return Err(format!("it must be longer than nothing; {ACCEPTED}"));
    }
    Ok(duration)
}

/// Reads a duration that may be nothing.
pub(crate) fn parse_or_zero(text: &str) -> Result<Duration, String> {
    sum(text.trim()).ok_or_else(|| ACCEPTED.to_owned())
}

fn sum(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() || rest.len() == text.len() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let unit_ends = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_ends);
        total = total.checked_add(unit_of(unit)?.checked_mul(number.parse().ok()?)?)?;
        rest = after;
    }
    Some(total)
}

fn unit_of(unit: &str) -> Option<Duration> {
    Some(match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_secs(60),
        "h" => Duration::from_secs(3600),
        "d" => Duration::from_secs(24 * 3600),
        "w" => Duration::from_secs(7 * 24 * 3600),
        _ => return None,
    })
}

/// Prints a duration in its two largest units: `3m 20s`, `2d 4h`.
pub(crate) fn in_two_units(duration: Duration) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1)];
    let seconds = duration.as_secs();
    let largest = UNITS.iter().position(|(_, unit)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
    let (name, unit) = UNITS[largest];
    let first = format!("{}{name}", seconds / unit);
    match UNITS.get(largest + 1) {
        Some((name, smaller)) => format!("{first} {}{name}", seconds % unit / smaller),
        None => first,
    }
}

/// Prints how long something took, for people.
pub(crate) fn print(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{:.1} s", duration.as_secs_f64()),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("90s", 90_000),
            ("15m", 900_000),
            ("3h", 10_800_000),
            ("2d", 172_800_000),
            ("1h30m", 5_400_000),
            (" 1m1s1ms ", 61_001),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        assert_eq!(parse_or_zero("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn refuses_the_rest_and_says_what_is_accepted() {
        for text in ["", " ", "0s", "-5s", "5", "s", "5 s", "1.5h", "5x", "5sm", "h3", "99999999999999999999s", "٣s"] {
            assert!(parse(text).is_err_and(|why| why.contains("1h30m")), "{text}");
        }
        assert!(parse(&format!("{}d", u64::MAX)).is_err());
    }

    #[test]
    fn ages_have_two_units() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (200, "3m 20s"), (7200, "2h 0m"), (187_200, "2d 4h")] {
            assert_eq!(in_two_units(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn prints_for_people() {
        assert_eq!(print(Duration::from_millis(1540)), "1.5 s");
        assert_eq!(print(Duration::from_secs(61)), "1 min 01 s");
        assert_eq!(print(Duration::from_secs(3 * 3600 + 120)), "3 h 02 min");
    }
}
