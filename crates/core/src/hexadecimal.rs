//! Bytes as hexadecimal text.

use crate::error::{Error, ErrorKind, Result};

/// Two lower-case digits a byte.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// So many random bytes from the operating system, as [`text`].
///
/// # Errors
///
/// [`ErrorKind::Config`] where the operating system gives no randomness.
pub fn random<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Config, "the operating system gives no random numbers"))?;
    Ok(text(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(text(&[0, 1, 0x0f, 0x10, 0xab, 0xff]), "00010f10abff");
        assert_eq!(text(&[]), "");
    }

    #[test]
    fn each_random_text_is_another() {
        let (one, other) = (random::<12>().unwrap(), random::<12>().unwrap());
        assert_ne!(one, other);
        assert!(one.len() == 24 && one.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
