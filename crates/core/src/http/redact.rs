//! Credentials in what a provider writes.
//!
//! Gateways and error pages repeat what they were sent. What leaves the HTTP client has no credential of the account in
//! it, in none of the encodings in which it may come back.

use std::borrow::Cow;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;

use crate::secret::Secret;

const REDACTED: &str = "(redacted)";

/// Credentials shorter than this stand in text by chance: they are replaced only where they stand alone.
const SHORTEST: usize = 6;

/// Knows the credentials of one account and replaces them.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    /// Each credential, and what of it is certain in a longer text in Base64; the longest first.
    credentials: Vec<Credential>,
    short: Vec<Secret>,
}

impl Redactor {
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            match secret.expose().len() {
                0 => {}
                length if length < SHORTEST => redactor.short.push(secret),
                _ => {
                    let encoded = base64_forms(secret.expose().as_bytes()).into_iter().map(Secret::new);
                    redactor.credentials.extend(encoded.chain([secret]).map(Credential::new));
                }
            }
        }
        redactor.credentials.sort_by_key(|credential| std::cmp::Reverse(credential.text.expose().len()));
        redactor
    }

    /// A body without credentials. Most have none, and are not touched.
    pub(super) fn body(&self, body: Bytes) -> Bytes {
        if self.credentials.iter().all(|credential| credential.probe.find(&body).is_none()) {
            return body;
        }
        match self.text(&String::from_utf8_lossy(&body)) {
            Cow::Borrowed(_) => body,
            Cow::Owned(redacted) => redacted.into(),
        }
    }

    /// Text without credentials.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.credentials.iter().fold(Cow::Borrowed(text), |text, credential| match credential.removed_from(&text) {
            Some(redacted) => Cow::Owned(redacted),
            None => text,
        })
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
}

/// A text that must not be shown, in whatever way its characters are written.
#[derive(Clone)]
struct Credential {
    text: Secret,
    /// Its longest part that no encoding changes.
    word: Range<usize>,
    /// Finds that part.
    probe: memmem::Finder<'static>,
}

impl Credential {
    fn new(text: Secret) -> Self {
        let word = longest_word(text.expose());
        let probe = memmem::Finder::new(&text.expose()[word.clone()]).into_owned();
        Self { text, word, probe }
    }

    /// The text without this credential; `None` where it is not in it.
    fn removed_from(&self, text: &str) -> Option<String> {
        let (mut kept, mut kept_to, mut search) = (String::new(), 0, 0);
        while let Some(found) = text.as_bytes().get(search..).and_then(|rest| self.probe.find(rest)) {
            let at = search + found;
            search = at + 1;
            if let Some(place) = self.place(text, at).filter(|place| place.start >= kept_to) {
                kept += &text[kept_to..place.start];
                kept += REDACTED;
                kept_to = place.end;
                search = search.max(kept_to);
            }
        }
        (kept_to > 0).then(|| kept + &text[kept_to..])
    }

    /// Where the credential stands whose word was found at this place.
    fn place(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let credential = self.text.expose();
        let behind_word = at + self.word.len();
        let before = written_before(text.get(..at)?, &credential[..self.word.start])?;
        let behind = written_behind(text.get(behind_word..)?, &credential[self.word.end..])?;
        Some(before..behind_word + behind)
    }
}

/// How much of the text's beginning writes all these characters, in whatever way.
fn written_behind(text: &str, characters: &str) -> Option<usize> {
    let mut rest = characters.chars();
    let Some(first) = rest.next() else { return Some(0) };
    spellings(first).into_iter().find_map(|spelled| {
        let behind = written_behind(text.strip_prefix(&*spelled)?, rest.as_str())?;
        Some(spelled.len() + behind)
    })
}

/// Where in the text its end begins that writes all these characters, in whatever way.
fn written_before(text: &str, characters: &str) -> Option<usize> {
    let mut rest = characters.chars();
    let Some(last) = rest.next_back() else { return Some(text.len()) };
    spellings(last).into_iter().find_map(|spelled| written_before(text.strip_suffix(&*spelled)?, rest.as_str()))
}

/// A character as text, URLs, forms, JSON and HTML write it.
fn spellings(character: char) -> Vec<Cow<'static, str>> {
    let plain = Cow::Owned(character.to_string());
    if character.is_ascii_alphanumeric() {
        return vec![plain];
    }
    let code = u32::from(character);
    let bytes = |written: fn(&u8) -> String| plain.as_bytes().iter().map(written).collect::<String>();
    let units =
        |written: fn(&u16) -> String| character.encode_utf16(&mut [0; 2]).iter().map(written).collect::<String>();
    let mut spelled = vec![
        bytes(|byte| format!("%{byte:02X}")),
        bytes(|byte| format!("%{byte:02x}")),
        bytes(|byte| format!("%25{byte:02X}")),
        units(|unit| format!("\\u{unit:04x}")),
        units(|unit| format!("\\u{unit:04X}")),
        format!("&#{code};"),
        format!("&#0{code};"),
        format!("&#x{code:x};"),
        format!("&#x{code:X};"),
    ];
    spelled.extend(matches!(character, '"' | '\\' | '/').then(|| format!("\\{character}")));
    let named = match character {
        ' ' => "+",
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&apos;",
        _ => &*plain,
    };
    spelled.push(named.to_owned());
    // What a longer one begins with is a shorter one.
    spelled.sort_by_key(|spelled| std::cmp::Reverse(spelled.len()));
    spelled.into_iter().map(Cow::Owned).chain([plain]).collect()
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

/// Where the longest part is that no encoding changes. Where there is none it is empty, and stands everywhere.
fn longest_word(text: &str) -> Range<usize> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let longest = words.max_by_key(|word| word.len()).unwrap_or_default();
    let start = text.find(longest).unwrap_or_default();
    start..start + longest.len()
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

    #[test]
    fn only_the_credential_is_replaced() {
        let redactor = redactor("made-up-key");
        assert_eq!(
            redactor.text("made-up-key2 made%2Dup-key, made-up key; xmade-up-keyx"),
            "(redacted)2 (redacted), made-up key; x(redacted)x"
        );
        assert_eq!(Redactor::new([Secret::new("ab-ab-ab")]).text("ab-ab-ab-ab ab-ab"), "(redacted)-ab ab-ab");
        assert_eq!(Redactor::new([Secret::new("!?!?!é!")]).text("é!?!?!é! !?!"), "é(redacted) !?!");
    }

    #[test]
    fn a_body_without_a_credential_is_not_copied() {
        let body = Bytes::from_static(b"nothing of it here");
        assert_eq!(redactor(KEY).body(body.clone()).as_ptr(), body.as_ptr());
    }

    #[test]
    fn a_short_credential_is_replaced_where_it_stands_alone() {
        let redactor = redactor("pw1");
        assert_eq!(
            redactor.words("pw1 pw12 (pw1) xpw1 pw1".to_owned()),
            "(redacted) pw12 ((redacted)) xpw1 (redacted)"
        );
    }

    proptest! {
        #[test]
        fn no_credential_stays(
            secret in "[ -~é]{6,40}", before in "[a-z %&é\\\\]{0,20}", after in "[a-z0-9;]{0,20}", choices in prop::collection::vec(any::<prop::sample::Index>(), 40),
        ) {
            prop_assume!(!REDACTED.contains(&secret));
            let spelled: String = secret.chars().zip(choices).map(|(character, choice)| {
                let spellings = spellings(character);
                spellings[choice.index(spellings.len())].clone()
            }).collect();
            let redactor = redactor(&secret);
            for form in [spelled, secret.clone(), STANDARD.encode(&secret)] {
                let text = format!("{before}|{form}|{after}");
                // The padding of Base64 says nothing.
                let redacted = redactor.text(&text).replace('=', "");
                prop_assert_eq!(redacted, format!("{before}|{REDACTED}|{after}"));
            }
        }
    }
}
