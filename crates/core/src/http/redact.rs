//! Credentials in what a provider writes.
//!
//! Gateways and error pages repeat what they were sent. What leaves the HTTP client has no credential of the account in
//! it, in none of the encodings in which it may come back.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use memchr::memmem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::secret::Secret;

const REDACTED: &str = "(redacted)";

/// Credentials shorter than this stand in text by chance: they are replaced only where they stand alone.
const SHORTEST: usize = 6;

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Knows the credentials of one account and replaces them.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    /// Every form of every credential, the longest first.
    forms: Vec<Secret>,
    short: Vec<Secret>,
    /// One of these is in every text that has a form in it.
    probes: Vec<memmem::Finder<'static>>,
}

impl Redactor {
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            match secret.expose().len() {
                0 => {}
                length if length < SHORTEST => redactor.short.push(secret),
                _ => redactor.add(&secret),
            }
        }
        redactor.forms.sort_by_key(|form| std::cmp::Reverse(form.expose().len()));
        redactor
    }

    fn add(&mut self, secret: &Secret) {
        let plain = secret.expose();
        let encoded = base64_forms(plain.as_bytes());
        self.probes.push(finder(longest_word(plain)));
        self.probes.extend(encoded.iter().map(|form| finder(longest_word(form))));
        let spelled = spellings(plain).into_iter().chain(encoded.iter().flat_map(|form| spellings(form)));
        self.forms.extend(spelled.map(Secret::new));
    }

    /// A body without credentials. Most have none, and are not touched.
    pub(super) fn body(&self, body: Bytes) -> Bytes {
        if self.probes.iter().all(|probe| probe.find(&body).is_none()) {
            return body;
        }
        match self.text(&String::from_utf8_lossy(&body)) {
            Cow::Borrowed(_) => body,
            Cow::Owned(redacted) => redacted.into(),
        }
    }

    /// Text without credentials.
    pub(super) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut redacted = Cow::Borrowed(text);
        for form in &self.forms {
            if redacted.contains(form.expose()) {
                redacted = Cow::Owned(redacted.replace(form.expose(), REDACTED));
            }
        }
        redacted
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

/// A body without secrets of one attempt, whose characters no encoding changes.
pub(super) fn without(body: Bytes, secrets: &[Secret]) -> Bytes {
    secrets.iter().fold(body, |body, secret| {
        if memmem::find(&body, secret.expose().as_bytes()).is_none() {
            return body;
        }
        String::from_utf8_lossy(&body).replace(secret.expose(), REDACTED).into()
    })
}

fn finder(needle: &str) -> memmem::Finder<'static> {
    memmem::Finder::new(needle.as_bytes()).into_owned()
}

/// The longest part that no encoding changes.
fn longest_word(text: &str) -> &str {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    // The empty word is in every text: a credential without any other is looked for each time.
    words.max_by_key(|word| word.len()).unwrap_or_default()
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

/// A text as URLs, forms, HTML and JSON write it.
fn spellings(text: &str) -> Vec<String> {
    let percent = utf8_percent_encode(text, UNRESERVED).to_string();
    let everything = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(text).unwrap_or_default();
    let json = json.trim_matches('"').to_owned();
    let html = |apostrophe: &str, quote: &str| {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        text.replace('\'', apostrophe).replace('"', quote)
    };
    let mut forms = vec![
        text.to_owned(),
        lower_hex(&percent),
        percent.replace("%20", "+"),
        lower_hex(&percent).replace("%20", "+"),
        utf8_percent_encode(&percent, NON_ALPHANUMERIC).to_string(),
        lower_hex(&everything),
        percent,
        everything,
        json.replace('/', "\\/"),
        unicode_escaped(text, false),
        unicode_escaped(text, true),
        json,
        html("&#39;", "&quot;"),
        html("&#x27;", "&#34;"),
        html("&apos;", "&quot;"),
        html("&#039;", "&quot;"),
        text.replace('<', "&lt;").replace('>', "&gt;"),
    ];
    forms.sort();
    forms.dedup();
    forms
}

/// The hexadecimal digits of percent-encoding in lower case.
fn lower_hex(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text += "%";
        text += &digits.to_ascii_lowercase();
        text += rest;
    }
    text
}

/// As PHP and Python write what is special, or not ASCII, in JSON.
fn unicode_escaped(text: &str, upper: bool) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character.is_ascii() && !matches!(character, '<' | '>' | '&' | '\'' | '"') {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped += &if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
        }
    }
    escaped
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
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "canary/key+with=odd&chars<\"'>é";

    fn redactor(secret: &str) -> Redactor {
        Redactor::new([Secret::new(secret)])
    }

    #[test]
    fn a_credential_is_replaced_in_every_encoding() {
        let encoded: [String; 8] = [
            KEY.to_owned(),
            utf8_percent_encode(KEY, UNRESERVED).to_string(),
            lower_hex(&utf8_percent_encode(KEY, NON_ALPHANUMERIC).to_string()),
            serde_urlencoded::to_string([("k", KEY)]).unwrap(),
            serde_json::to_string(KEY).unwrap(),
            base64::engine::general_purpose::STANDARD.encode(KEY),
            base64::engine::general_purpose::STANDARD.encode(format!("user:{KEY}:more")),
            "canary/key+with=odd&amp;chars&lt;&quot;&#39;&gt;é".to_owned(),
        ];
        for form in encoded {
            let body = Bytes::from(format!("you sent {form} to us"));
            let redacted = redactor(KEY).body(body);
            let text = str::from_utf8(&redacted).unwrap();
            assert!(text.contains(REDACTED), "{form} stayed in {text}");
            assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "{form} stayed in {text}");
        }
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
        fn no_credential_stays(secret in "[ -~]{6,40}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
            prop_assume!(secret.trim() == secret && !REDACTED.contains(&secret));
            let body = Bytes::from(format!("{before}|{secret}|{after}"));
            let redacted = redactor(&secret).body(body);
            prop_assert!(!str::from_utf8(&redacted).unwrap().contains(&secret));
        }
    }
}
