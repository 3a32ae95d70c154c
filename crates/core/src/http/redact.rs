//! Credentials in what a provider writes.
//!
//! Gateways and error pages repeat what they were sent. What leaves the HTTP client has no credential of the account in
//! it, however it is written: the text is read as [`writing`] reads it, escapes within escapes too, and a credential is
//! looked for in each reading.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;
use zeroize::Zeroizing;

use super::writing::{self, Case, Unit};
use crate::secret::Secret;

const REDACTED: &str = "(redacted)";

/// Credentials shorter than this stand in text by chance: they are replaced only where they stand alone.
const SHORTEST: usize = 6;

/// A part of a credential lacks at most this at each end.
const CUT: usize = 3;

/// A shorter part of a credential stands in text by chance.
const SHORTEST_PART: usize = 8;

/// A shorter text of letters alone is a word that stands in text by chance, or names a field.
const LONGEST_WORD: usize = 16;

/// Knows the credentials of one account and replaces them.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    patterns: Vec<Pattern>,
    short: Vec<Secret>,
}

impl Redactor {
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            match writing::folded(secret.expose().as_bytes(), Case::Kept).len() {
                _ if secret.expose().is_empty() => {}
                length if length < SHORTEST => redactor.short.push(secret),
                _ => redactor.patterns.extend(forms(secret.expose()).iter().flat_map(|form| Pattern::of(form))),
            }
        }
        redactor
    }

    /// A body without credentials. Most have none, and are not touched.
    pub(super) fn body(&self, body: Bytes) -> Bytes {
        match self.places(&body) {
            places if places.is_empty() => body,
            places => replaced(&body, &places).into(),
        }
    }

    /// Text without credentials.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.places(text.as_bytes()) {
            places if places.is_empty() => Cow::Borrowed(text),
            places => Cow::Owned(String::from_utf8_lossy(&replaced(text.as_bytes(), &places)).into_owned()),
        }
    }

    /// Words for people without credentials: short ones too, where they stand alone.
    pub(super) fn words(&self, text: String) -> String {
        let mut words = match self.text(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(redacted) => redacted,
        };
        for secret in &self.short {
            words = without_word(&words, secret.expose());
        }
        words
    }

    /// Where in the text credentials stand, in order.
    fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.patterns.is_empty() {
            return Vec::new();
        }
        let readings = writing::readings(text);
        let mut found = Vec::new();
        for (depth, reading) in readings.iter().enumerate() {
            let in_reading = [Case::Kept, Case::Lower].into_iter().flat_map(|case| self.places_in(reading, case));
            let in_text = readings[..depth].iter().rev().fold(merged(in_reading.collect()), |places, outer| {
                written(&places, |each| writing::decode(outer, each))
            });
            found.extend(in_text);
        }
        whole_escapes(text, &merged(found))
    }

    /// Where in this reading the patterns of this case stand, in order.
    fn places_in(&self, reading: &[u8], case: Case) -> Vec<Range<usize>> {
        let mut patterns = self.patterns.iter().filter(|pattern| pattern.case == case).peekable();
        if patterns.peek().is_none() {
            return Vec::new();
        }
        let folded = writing::folded(reading, case);
        let found = merged(patterns.flat_map(|pattern| pattern.places(&folded)).collect());
        written(&found, |each| writing::fold(reading, case, each))
    }
}

/// A text that must not be shown, as it stands in folded text.
#[derive(Clone)]
struct Pattern {
    text: Zeroizing<Vec<u8>>,
    case: Case,
    /// What every part has that counts.
    core: Range<usize>,
    /// Finds that.
    finder: memmem::Finder<'static>,
}

impl Pattern {
    /// All that this text becomes where it is read as the texts are in which it is looked for.
    fn of(text: &str) -> Vec<Self> {
        let readings = writing::readings(text.as_bytes());
        let mut patterns: Vec<Self> = readings.iter().map(|reading| Self::new(reading)).collect();
        patterns.retain(|pattern| pattern.text.len() >= SHORTEST);
        patterns.dedup_by(|one, other| one.text == other.text);
        patterns
    }

    fn new(reading: &[u8]) -> Self {
        let exact = Zeroizing::new(writing::folded(reading, Case::Kept));
        let (text, case) = match is_word(&exact) {
            true => (exact, Case::Kept),
            false => (Zeroizing::new(writing::folded(reading, Case::Lower)), Case::Lower),
        };
        let core = match case {
            Case::Lower if text.len() >= SHORTEST_PART => CUT..text.len() - CUT,
            _ => 0..text.len(),
        };
        let finder = memmem::Finder::new(&text[core.clone()]).into_owned();
        Self { text, case, core, finder }
    }

    /// Where it stands in folded text, or a part of it that is too long for chance.
    fn places(&self, folded: &[u8]) -> Vec<Range<usize>> {
        let (mut places, mut search) = (Vec::new(), 0);
        while let Some(found) = folded.get(search..).and_then(|rest| self.finder.find(rest)) {
            let (before, behind) = (&folded[..search + found], &folded[search + found + self.core.len()..]);
            search += found + 1;
            let lead = before.iter().rev().zip(self.text[..self.core.start].iter().rev());
            let trail = behind.iter().zip(&self.text[self.core.end..]);
            let start = before.len() - lead.take_while(|(one, other)| one == other).count();
            let end = folded.len() - behind.len() + trail.take_while(|(one, other)| one == other).count();
            let part = &folded[start..end];
            if part.len() == self.text.len() || part.len() >= SHORTEST_PART && !is_word(part) {
                places.push(start..end);
            }
        }
        places
    }
}

/// Whether it is like the names of fields: a password that is one stands in answers as itself only, and whole.
fn is_word(text: &[u8]) -> bool {
    text.len() < LONGEST_WORD && text.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

/// The credential, and the texts that give it away, other than by escapes.
fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    let hexadecimal = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let reversed = secret.chars().rev().collect();
    let forms = [secret.to_owned(), reversed, hexadecimal].into_iter().chain(base64_forms(secret.as_bytes()));
    forms.map(Zeroizing::new).collect()
}

/// Where these places of what was read are written.
fn written(places: &[Range<usize>], read: impl FnOnce(&mut dyn FnMut(Unit<'_>))) -> Vec<Range<usize>> {
    if places.is_empty() {
        return Vec::new();
    }
    let (mut sources, mut rest, mut read_to) = (Vec::<Range<usize>>::new(), places, 0);
    read(&mut |unit| {
        let (start, end) = (read_to, read_to + unit.read.len());
        read_to = end;
        while let Some((place, others)) = rest.split_first().filter(|(place, _)| place.start < end) {
            let source = match unit.is_escape {
                true => unit.written.clone(),
                false => {
                    let offset = |at: usize| unit.written.start + at.clamp(start, end) - start;
                    offset(place.start)..offset(place.end)
                }
            };
            match sources.last_mut().filter(|_| place.start < start) {
                Some(begun) => begun.end = source.end,
                None => sources.push(source),
            }
            if place.end > end {
                break;
            }
            rest = others;
        }
    });
    merged(sources)
}

/// These places of the text, with the whole of each escape that they cut: half an escape is no JSON.
fn whole_escapes(text: &[u8], places: &[Range<usize>]) -> Vec<Range<usize>> {
    written(places, |each| {
        writing::decode(text, &mut |unit| each(Unit { read: &text[unit.written.clone()], ..unit }));
    })
}

/// In order, and those that overlap as one.
fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    places.dedup_by(|next, place| {
        let overlap = next.start < place.end;
        if overlap {
            place.end = place.end.max(next.end);
        }
        overlap
    });
    places
}

fn replaced(text: &[u8], places: &[Range<usize>]) -> Vec<u8> {
    let (mut kept, mut kept_to) = (Vec::with_capacity(text.len()), 0);
    for place in places {
        kept.extend_from_slice(&text[kept_to..place.start]);
        kept.extend_from_slice(REDACTED.as_bytes());
        kept_to = place.end;
    }
    kept.extend_from_slice(&text[kept_to..]);
    kept
}

/// A body without secrets of one attempt, whose characters no encoding changes.
pub(super) fn without(body: Bytes, secrets: &[Secret]) -> Bytes {
    secrets.iter().fold(body, |body, secret| {
        if memmem::find(&body, secret.expose().as_bytes()).is_none() {
            return body;
        }
        String::from_utf8_lossy(&body).replace(secret.expose(), REDACTED).into()
    })
}

/// Words without secrets of one attempt.
pub(super) fn words_without(words: String, secrets: &[Secret]) -> String {
    secrets.iter().fold(words, |words, secret| words.replace(secret.expose(), REDACTED))
}

/// The Base64 text of a credential, alone and inside a longer one: without what depends on the bytes around it.
fn base64_forms(secret: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
        let whole = padded.len() / 3 * 4;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(&padded);
            // The first characters hold bits of what stands before, the last ones of what follows.
            let certain = &text[[0, 2, 3][before]..whole.min(text.len())];
            if certain.len() >= SHORTEST {
                forms.push(certain.to_owned());
            }
            if before == 0 {
                forms.push(text);
            }
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

fn without_word(text: &str, word: &str) -> String {
    let mut kept = String::new();
    let (mut rest, mut before) = (text, None);
    while let Some((left, right)) = rest.split_once(word) {
        let starts = left.chars().next_back().or(before).is_none_or(|character| !character.is_alphanumeric());
        let ends = right.chars().next().is_none_or(|character| !character.is_alphanumeric());
        kept += left;
        kept += if starts && ends { REDACTED } else { word };
        before = word.chars().next_back();
        rest = right;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use base64::engine::general_purpose::URL_SAFE;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "canary/key+with=odd&chars<\"'>\\ %25é😀";

    fn redactor(secret: &str) -> Redactor {
        Redactor::new([Secret::new(secret)])
    }

    /// A character as text, URLs, forms, JSON, HTML and programs write it.
    fn spellings(character: char) -> Vec<String> {
        let (code, plain) = (u32::from(character), character.to_string());
        let bytes = |written: fn(u8) -> String| plain.bytes().map(written).collect::<String>();
        let units =
            |written: fn(&u16) -> String| character.encode_utf16(&mut [0; 2]).iter().map(written).collect::<String>();
        vec![
            bytes(|byte| format!("%{byte:02X}")),
            bytes(|byte| format!("%{byte:02x}")),
            bytes(|byte| format!("%25{byte:02X}")),
            bytes(|byte| format!("\\x{byte:02x}")),
            units(|unit| format!("\\u{unit:04x}")),
            units(|unit| format!("\\u{unit:04X}")),
            units(|unit| format!("\\\\u{unit:04x}")),
            units(|unit| format!("%u{unit:04X}")),
            format!("\\u{{{code:x}}}"),
            format!("&#{code};"),
            format!("&#0{code};"),
            format!("&#x{code:x};"),
            format!("&#X{code:X};"),
            format!("&amp;#{code};"),
            format!("\\u0026#{code};"),
            plain.clone(),
            plain.to_uppercase(),
        ]
    }

    fn each_written(secret: &str, written: impl Fn(char) -> String) -> String {
        secret.chars().map(written).collect()
    }

    fn hexadecimal(secret: &str) -> String {
        secret.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_credential_is_replaced_in_every_encoding() {
        let percent = utf8_percent_encode(KEY, NON_ALPHANUMERIC).to_string();
        let html = KEY.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let json = serde_json::to_string(KEY).unwrap();
        for form in [
            KEY.to_owned(),
            percent.replace("%2F", "%2f").replace("%C3%A9", "%c3%a9"),
            percent.replace('%', "%25"),
            percent,
            serde_urlencoded::to_string([("k", KEY)]).unwrap(),
            json.replace('/', "\\/"),
            json.replace('&', "\\u0026")
                .replace('<', "\\u003C")
                .replace('é', "\\u00e9")
                .replace('😀', "\\ud83d\\ude00"),
            serde_json::to_string(&json).unwrap(),
            json,
            html.replace('"', "&quot;"),
            html.replace('"', "&#34;").replace('\'', "&#039;"),
            html.replace('\'', "&#x27;").replace('é', "&#233;").replace('😀', "&#x1F600;"),
            html,
            STANDARD.encode(KEY),
            STANDARD.encode(format!("user:{KEY}:more")),
            utf8_percent_encode(&URL_SAFE.encode(format!("u{KEY}")), NON_ALPHANUMERIC).to_string(),
        ] {
            let body = Bytes::from(format!("you sent {form} to us, {form}"));
            let redacted = redactor(KEY).body(body);
            let text = str::from_utf8(&redacted).unwrap();
            assert!(text.contains(REDACTED), "{form} stayed in {text}");
            assert!(
                !text.contains("canary") && !text.contains("Y2FuYXJ5") && !text.contains("jYW5hcn"),
                "{form} stayed in {text}"
            );
        }
    }

    /// The ways in which gateways and pages give a key away without showing it as it is.
    fn disguises(key: &str) -> Vec<(&'static str, String)> {
        let (cut, half) = (3, key.len() / 2);
        let base64 = STANDARD.encode(key);
        vec![
            ("hexadecimal", hexadecimal(key)),
            ("capital hexadecimal", hexadecimal(key).to_uppercase()),
            ("percent", each_written(key, |character| format!("%{:02X}", u32::from(character)))),
            ("entities", each_written(key, |character| format!("&#{};", u32::from(character)))),
            ("hexadecimal entities", each_written(key, |character| format!("&#x{:x};", u32::from(character)))),
            ("JSON escapes", each_written(key, |character| format!("\\u{:04x}", u32::from(character)))),
            ("JSON", serde_json::to_string(key).unwrap()),
            ("capitals", key.to_uppercase()),
            ("small letters", key.to_lowercase()),
            ("percent in small letters", utf8_percent_encode(key, NON_ALPHANUMERIC).to_string().to_lowercase()),
            ("reversed", key.chars().rev().collect()),
            ("line feed", format!("{}\n{}", &key[..half], &key[half..])),
            ("carriage return", format!("{}\r\n{}", &key[..half], &key[half..])),
            ("space", format!("{} {}", &key[..half], &key[half..])),
            ("zero width", format!("{}\u{200b}{}", &key[..half], &key[half..])),
            ("soft hyphen", format!("{}\u{ad}{}", &key[..half], &key[half..])),
            ("beginning cut", key[cut..].to_owned()),
            ("end cut", key[..key.len() - cut].to_owned()),
            ("folded Base64", format!("{}\n{}", &base64[..20], &base64[20..])),
        ]
    }

    #[test]
    fn a_credential_in_disguise_is_replaced_in_words_and_in_the_texts_of_a_body() {
        for key in ["k3y+S3cr/et==Zz9&<x>\"q", "p@ss/w+rd&<Q>\"9=", "hasdh6ghvhgFDa454565jasdbNBS"] {
            let redactor = redactor(key);
            for (disguise, form) in disguises(key) {
                let body = serde_json::to_vec(&serde_json::json!({ "label": format!("before|{form}|after") })).unwrap();
                let body: serde_json::Value = serde_json::from_slice(&redactor.body(body.into())).unwrap();
                let label = body["label"].as_str().unwrap().to_owned();
                for text in [redactor.words(format!("before|{form}|after")), label] {
                    let text = text.replace(['"', '=', '+'], "");
                    assert_eq!(text, format!("before|{REDACTED}|after"), "{key} as {disguise}");
                }
            }
        }
    }

    #[test]
    fn only_the_credential_is_replaced() {
        let redactor = redactor("made-up-key");
        assert_eq!(
            redactor.text("made-up-key2 made%2Dup-key, made-up_key; xmade-up-keyx %zz &; \\"),
            "(redacted)2 (redacted), made-up_key; x(redacted)x %zz &; \\"
        );
        assert_eq!(Redactor::new([Secret::new("ab-ab-ab")]).text("ab-ab-ab-ab ab-ab"), "(redacted) ab-ab");
        assert_eq!(Redactor::new([Secret::new("!?!?!é!")]).text("é!?!?!é! !?!"), "é(redacted) !?!");
    }

    #[test]
    fn a_part_of_a_credential_is_replaced_unless_chance_explains_it() {
        let redactor = redactor("5napshots-of-7");
        assert_eq!(redactor.text("5napshots-o, napshots-of-7"), "(redacted), (redacted)");
        assert_eq!(redactor.text("snapshots-of-9, pshots-of-7"), "snapshots-of-9, (redacted)");
    }

    #[test]
    fn a_password_that_is_a_word_leaves_the_names_of_fields_alone() {
        let redactor = redactor("Snapshots");
        let text = r#"{"snapshots": "S%6Eapshots", "snapshot": "Snap shots"}"#;
        assert_eq!(redactor.text(text), r#"{"snapshots": "(redacted)", "snapshot": "(redacted)"}"#);
    }

    #[test]
    fn json_stays_json() {
        let redactor = redactor("\"4k\\ey41n\\");
        for key in ["\"4k\\ey41n\\", "\\\"4k\\ey41n", "\"4K\\EY41N\\\\"] {
            let text = serde_json::to_string(&[key, "after"]).unwrap();
            let redacted: [String; 2] = serde_json::from_str(&redactor.text(&text)).unwrap();
            assert!(redacted[0].contains(REDACTED) && redacted[1] == "after", "{redacted:?}");
        }
    }

    #[test]
    fn a_body_without_a_credential_is_not_copied() {
        let body = Bytes::from_static(b"nothing of it here, 100%25 &amp; no \\u0061");
        assert_eq!(redactor(KEY).body(body.clone()).as_ptr(), body.as_ptr());
    }

    #[test]
    fn what_is_not_utf8_stays() {
        let body = Bytes::from_static(b"\xff made-up-key1 \xc3");
        assert_eq!(&redactor("made-up-key1").body(body)[..], b"\xff (redacted) \xc3");
    }

    #[test]
    fn a_short_credential_is_replaced_where_it_stands_alone() {
        let redactor = redactor("pw1");
        assert_eq!(
            redactor.words("pw1 pw12 (pw1) xpw1 pw1".to_owned()),
            "(redacted) pw12 ((redacted)) xpw1 (redacted)"
        );
    }

    /// How many characters of the secret a reader can put together from the text that were there in one piece.
    fn left(secret: &str, text: &str) -> usize {
        let read = |text: &str| {
            let readings = writing::readings(text.as_bytes());
            writing::folded(readings.last().unwrap(), Case::Lower)
        };
        let (secret, text) = (read(secret), read(text));
        let stands = |length: usize| secret.windows(length).any(|part| memmem::find(&text, part).is_some());
        (1..=secret.len()).take_while(|length| stands(*length)).count()
    }

    proptest! {
        #[test]
        fn nothing_of_a_credential_stays(
            secret in "[a-zA-Z0-9][ -~é]{4,38}[a-zA-Z0-9]", before in "[g-z %&é\\\\]{0,20}", after in "[g-z;]{0,20}",
            choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
            breaks in prop::collection::vec(prop::sample::select(vec!["", "", "", "", " ", "\r\n", "\u{200b}", "\u{ad}"]), 40),
        ) {
            let patterns = Pattern::of(&secret);
            prop_assume!(!patterns.is_empty() && patterns.iter().all(|pattern| pattern.case == Case::Lower));
            let spelled: String = secret.chars().zip(choices).zip(&breaks).map(|((character, choice), gap)| {
                let spellings = spellings(character);
                spellings[choice.index(spellings.len())].clone() + gap
            }).collect();
            let redactor = redactor(&secret);
            let reversed = secret.chars().rev().collect();
            for form in [spelled, secret.clone(), reversed, hexadecimal(&secret), STANDARD_NO_PAD.encode(&secret)] {
                let redacted = redactor.text(&format!("{before}|{form}|{after}")).into_owned();
                let (start, end) = (format!("{before}|"), format!("|{after}"));
                prop_assert!(redacted.starts_with(&start) && redacted.ends_with(&end), "{:?} took more", form);
                let between = &redacted[start.len()..redacted.len() - end.len()];
                prop_assert!(between.contains(REDACTED), "{:?} stayed", form);
                let rest = between.replace(REDACTED, "");
                prop_assert!(left(&secret, &rest) == 0, "{:?} left {:?}", form, between);
            }
        }

        #[test]
        fn text_without_a_credential_is_unchanged(text in "[ -~\u{e9}\u{200b}\r\n]{0,200}") {
            let is_unchanged = matches!(redactor("made-up-key-¶-0123456789").text(&text), Cow::Borrowed(_));
            prop_assert!(is_unchanged);
        }
    }
}
