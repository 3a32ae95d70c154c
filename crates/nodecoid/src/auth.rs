//! Who asks: the checksum that stands for the API key, which itself is never sent.

use std::fmt;

use cloudsnap_core::provider::{Authentication, Failure, Protocol, Response};
use cloudsnap_core::{Error, Result, Secret};
#[cfg(feature = "xml")]
use http::{HeaderValue, header::ACCEPT};
use sha1::{Digest, Sha1};

use crate::config::Format;
use crate::error;

/// What node.co.id adds to every exchange.
pub(crate) struct NodeCoId {
    pub(crate) user_id: String,
    pub(crate) api_key: Secret,
    pub(crate) format: Format,
}

impl Protocol for NodeCoId {
    /// In the order of the provider's sample. Each attempt has a `random` of its own.
    fn authenticate(&self) -> Result<Authentication> {
        let random = fresh_random()?;
        let checksum = checksum(&self.user_id, &self.api_key, &random);
        let authentication = Authentication::default()
            .with_parameter("user_id", self.user_id.clone())
            .with_parameter("random", random)
            .with_parameter("format", self.format.word())
            .with_secret_parameter("checksum", checksum.into());
        Ok(match self.format {
            Format::Json => authentication,
            // Which content type XML comes in is not documented.
            #[cfg(feature = "xml")]
            Format::Xml => authentication.with_header(ACCEPT, HeaderValue::from_static("*/*")),
        })
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.api_key.clone()]
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for NodeCoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeCoId")
    }
}

/// SHA-1 three times: of user id, key and random in a row, then of the hexadecimal text of the round before, as PHP's
/// nested `sha1()` does in the provider's sample.
fn checksum(user_id: &str, api_key: &Secret, random: &str) -> String {
    let input = Secret::new(format!("{user_id}{}{random}", api_key.expose()));
    round(&round(&round(input.expose())))
}

fn round(text: &str) -> String {
    hexadecimal(&Sha1::digest(text))
}

/// A fresh `random`: 32 hexadecimal digits from the operating system. Whether one may be used again is not documented.
fn fresh_random() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::config("the operating system gives no random numbers"))?;
    Ok(hexadecimal(&bytes))
}

/// Two lower-case digits a byte.
fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The documentation's own sample values; the random is that of the notes.
    const USER_ID: &str = "12312";
    const API_KEY: &str = "hasdh6ghvhgFDa454565jasdbNBS";
    const RANDOM: &str = "482175f3c2a7be41d0638294";

    #[test]
    fn the_worked_example_of_the_notes() {
        let input = format!("{USER_ID}{API_KEY}{RANDOM}");
        assert_eq!(round(&input), "65b67cf3f1440fcc95bfc20be72f10f128451508");
        assert_eq!(round(&round(&input)), "f4505ae2c96ada1beff6eaaea0f4bfa0c89e0a30");
        assert_eq!(checksum(USER_ID, &API_KEY.into(), RANDOM), "7b67988da4d5475f03b2238e5db0e6a270d16f7c");
    }

    #[test]
    fn the_rounds_go_over_text_not_over_raw_bytes() {
        let raw = Sha1::digest(Sha1::digest(Sha1::digest(format!("{USER_ID}{API_KEY}{RANDOM}"))));
        assert_eq!(hexadecimal(&raw), "9aafa648b47b7d528c755d7392a9d7d39a6fa478");
        assert_ne!(hexadecimal(&raw), checksum(USER_ID, &API_KEY.into(), RANDOM));
    }

    #[test]
    fn each_random_is_another() {
        let (one, other) = (fresh_random().unwrap(), fresh_random().unwrap());
        assert_ne!(one, other);
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    proptest! {
        #[test]
        fn a_checksum_is_forty_lower_case_digits(user_id in ".*", api_key in ".*", random in ".*") {
            let checksum = checksum(&user_id, &api_key.into(), &random);
            prop_assert!(checksum.len() == 40);
            prop_assert!(checksum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        }
    }
}
