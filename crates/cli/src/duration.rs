//! Durations as people read them.

use std::time::Duration;

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
