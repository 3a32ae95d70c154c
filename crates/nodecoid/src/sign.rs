//! The checksum that stands for the API key, which itself is never sent.

use cloudsnap_core::{Result, Secret, hexadecimal};
use sha1::{Digest, Sha1};

/// SHA-1 three times: of user id, key and random in a row, then of the hexadecimal text of the round before, as PHP's
/// nested `sha1()` does in the provider's sample.
pub(crate) fn checksum(user_id: &str, api_key: &Secret, random: &str) -> String {
    let input = Secret::new(format!("{user_id}{}{random}", api_key.expose()));
    round(&round(&round(input.expose())))
}

fn round(text: &str) -> String {
    hexadecimal::text(&Sha1::digest(text))
}

/// A fresh `random`: 32 hexadecimal digits from the operating system. Whether one may be used again is not documented.
pub(crate) fn fresh_random() -> Result<String> {
    hexadecimal::random::<16>()
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
        assert_eq!(hexadecimal::text(&raw), "9aafa648b47b7d528c755d7392a9d7d39a6fa478");
        assert_ne!(hexadecimal::text(&raw), checksum(USER_ID, &API_KEY.into(), RANDOM));
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
