//! How text writes characters: as they are, and in the escapes of URLs, JSON, HTML and programs.

use std::borrow::Cow;
use std::ops::Range;

/// How many escapes within escapes are read.
const DEEPEST: usize = 5;

/// Whether capitals are read as small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Kept,
    Lower,
}

/// A piece of text and what it is read as.
pub(super) struct Unit<'a> {
    pub(super) read: &'a [u8],
    pub(super) written: Range<usize>,
    /// Where not, each byte is written as itself.
    pub(super) is_escape: bool,
}

/// The text as it is, then with its escapes read, then with those read that come to light, and so on.
pub(super) fn readings(text: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut readings = vec![Cow::Borrowed(text)];
    while let Some(decoded) = readings.last().filter(|_| readings.len() <= DEEPEST).and_then(|text| decoded(text)) {
        readings.push(Cow::Owned(decoded));
    }
    readings
}

/// The text with its escapes read; `None` where it has none.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let (mut read, mut has_escapes) = (Vec::with_capacity(text.len()), false);
    decode(text, &mut |unit| {
        read.extend_from_slice(unit.read);
        has_escapes |= unit.is_escape;
    });
    has_escapes.then_some(read)
}

/// Reads the text's escapes.
pub(super) fn decode(text: &[u8], each: &mut dyn FnMut(Unit<'_>)) {
    let (mut plain_from, mut search) = (0, 0);
    while let Some(found) = text.get(search..).and_then(|rest| memchr::memchr3(b'%', b'&', b'\\', rest)) {
        let at = search + found;
        let Some((character, length)) = escape(&text[at..]) else {
            search = at + 1;
            continue;
        };
        each(Unit { read: &text[plain_from..at], written: plain_from..at, is_escape: false });
        let mut buffer = [0; 4];
        let read = match character {
            Escaped::Byte(byte) => {
                buffer[0] = byte;
                &buffer[..1]
            }
            Escaped::Character(character) => character.encode_utf8(&mut buffer).as_bytes(),
        };
        each(Unit { read, written: at..at + length, is_escape: true });
        search = at + length;
        plain_from = search;
    }
    each(Unit { read: &text[plain_from..], written: plain_from..text.len(), is_escape: false });
}

/// The text without what does not keep a reader from putting it together.
pub(super) fn folded(text: &[u8], case: Case) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    fold(text, case, &mut |unit| folded.extend_from_slice(unit.read));
    folded
}

/// Reads what [`folded`] keeps.
pub(super) fn fold(text: &[u8], case: Case, each: &mut dyn FnMut(Unit<'_>)) {
    let mut at = 0;
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some(character) = rest.chars().next() {
            // Nearly all of a body: read at once, since every body is.
            let plain = rest.bytes().take_while(|byte| is_kept_as_it_is(*byte, case)).count();
            if plain > 0 {
                each(Unit { read: &rest.as_bytes()[..plain], written: at..at + plain, is_escape: false });
                at += plain;
                rest = &rest[plain..];
                continue;
            }
            let written = at..at + character.len_utf8();
            at = written.end;
            rest = &rest[character.len_utf8()..];
            if is_ignored(character) {
                continue;
            }
            let is_escape = !character.is_ascii();
            let mut buffer = [0; 4];
            if case == Case::Kept || character.is_ascii() {
                let character = if case == Case::Lower { character.to_ascii_lowercase() } else { character };
                each(Unit { read: character.encode_utf8(&mut buffer).as_bytes(), written, is_escape });
                continue;
            }
            let lower: String = character.to_lowercase().collect();
            each(Unit { read: lower.as_bytes(), written, is_escape });
        }
        for byte in chunk.invalid() {
            each(Unit { read: std::slice::from_ref(byte), written: at..at + 1, is_escape: false });
            at += 1;
        }
    }
}

fn is_kept_as_it_is(byte: u8, case: Case) -> bool {
    byte.is_ascii_graphic() && byte != b'+' && byte != b'\\' && (case == Case::Kept || !byte.is_ascii_uppercase())
}

/// What may stand between the characters of a text, unseen or as a break: white space, which forms write as `+`,
/// control and format characters, and the backslashes that escapes leave.
fn is_ignored(character: char) -> bool {
    match character {
        '+' | '\\' => true,
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => true,
        _ => character.is_whitespace() || character.is_control(),
    }
}

enum Escaped {
    /// One of those that make up a character.
    Byte(u8),
    Character(char),
}

/// The escape that the text begins with, and its length.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text {
        [b'%', b'u', ..] | [b'\\', b'u', ..] => utf16(text),
        [b'%', digits @ ..] => byte(digits).map(|byte| (byte, 3)),
        [b'\\', b'x', digits @ ..] => byte(digits).map(|byte| (byte, 4)),
        [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => Some((Escaped::Byte(b' '), 2)),
        [b'\\', character @ (b'"' | b'\'' | b'\\' | b'/'), ..] => Some((Escaped::Byte(*character), 2)),
        [b'&', b'#', b'x' | b'X', digits @ ..] => entity(digits, 16).map(|(character, length)| (character, 3 + length)),
        [b'&', b'#', digits @ ..] => entity(digits, 10).map(|(character, length)| (character, 2 + length)),
        [b'&', name @ ..] => named(name),
        _ => None,
    }
}

fn byte(digits: &[u8]) -> Option<Escaped> {
    u8::try_from(number(digits.get(..2)?, 16)?).ok().map(Escaped::Byte)
}

/// `\u` or `%u` and four digits, or `\u{…}`, or two such that make up one character.
fn utf16(text: &[u8]) -> Option<(Escaped, usize)> {
    let character = |code| Escaped::Character(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    if let Some(braced) = text.strip_prefix(b"\\u{") {
        let length = memchr::memchr(b'}', braced.get(..9).unwrap_or(braced))?;
        return Some((character(number(&braced[..length], 16)?), length + 4));
    }
    let unit = |at: usize| number(text.get(at + 2..at + 6)?, 16).filter(|_| text[at..at + 2] == text[..2]);
    let first = unit(0)?;
    match unit(6) {
        Some(second) if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) => {
            Some((character(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)), 12))
        }
        _ => Some((character(first), 6)),
    }
}

/// The digits of a numeric HTML entity, and their length with the semicolon, which browsers do without.
fn entity(text: &[u8], radix: u32) -> Option<(Escaped, usize)> {
    let length = text.iter().take(10).take_while(|digit| char::from(**digit).is_digit(radix)).count();
    let character = char::from_u32(number(&text[..length], radix)?)?;
    let semicolon = text.get(length).is_some_and(|byte| *byte == b';');
    Some((Escaped::Character(character), length + usize::from(semicolon)))
}

fn named(text: &[u8]) -> Option<(Escaped, usize)> {
    const NAMES: [(&str, char); 12] = [
        ("amp;", '&'),
        ("lt;", '<'),
        ("gt;", '>'),
        ("quot;", '"'),
        ("apos;", '\''),
        ("nbsp;", ' '),
        ("shy;", '\u{ad}'),
        ("plus;", '+'),
        ("sol;", '/'),
        ("equals;", '='),
        ("percnt;", '%'),
        ("commat;", '@'),
    ];
    let (name, character) = NAMES.into_iter().find(|(name, _)| text.starts_with(name.as_bytes()))?;
    Some((Escaped::Character(character), 1 + name.len()))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let is_number = digits.iter().all(|digit| char::from(*digit).is_digit(radix));
    u32::from_str_radix(str::from_utf8(digits).ok().filter(|_| is_number)?, radix).ok()
}
