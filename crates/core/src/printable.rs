//! Text from outside, made fit to print.

use std::fmt;

/// Text in one line, with everything escaped that makes a terminal do more than show it: control characters of both
/// sets, and those that change the direction of writing or cannot be seen.
///
/// ```
/// assert_eq!(cloudsnap_core::printable("a\u{1b}[2Jb\nc").to_string(), "a\\u{1b}[2Jb c");
/// ```
pub fn printable(text: &str) -> impl fmt::Display + '_ {
    Printable(text)
}

struct Printable<'a>(&'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.trim().chars() {
            match character {
                '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => f.write_str(" ")?,
                unfit if is_unfit_to_print(unfit) => write!(f, "{}", unfit.escape_unicode())?,
                plain => write!(f, "{plain}")?,
            }
        }
        Ok(())
    }
}

/// Whether a character does something else than stand where it is written.
#[must_use]
pub fn is_unfit_to_print(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}
