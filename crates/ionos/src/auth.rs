//! What IONOS adds to each exchange: who asks, what failures mean, how many requests are left.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloudsnap_core::provider::{Authentication, Failure, Protocol, RateLimit, Response};
use cloudsnap_core::{Result, Secret};
use http::{HeaderName, HeaderValue};

use crate::config::{Config, Credentials};
use crate::error;

const CONTRACT_NUMBER: HeaderName = HeaderName::from_static("x-contract-number");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const BURST: HeaderName = HeaderName::from_static("x-ratelimit-burst");

/// What IONOS adds to every exchange.
pub(crate) struct Ionos {
    authentication: Authentication,
    secrets: Vec<Secret>,
}

impl Ionos {
    pub(crate) fn new(config: &Config) -> Result<Self> {
        let (authentication, secrets) = match &config.credentials {
            Credentials::Token(token) => (Authentication::bearer(token)?, vec![token.clone()]),
            Credentials::Password { username, password } => {
                let pair = Secret::new(format!("{username}:{}", password.expose()));
                let encoded = Secret::new(STANDARD.encode(pair.expose()));
                (Authentication::basic(username, password)?, vec![password.clone(), encoded])
            }
        };
        let authentication = match config.contract_number {
            // With polls, too: without it they can end in 404.
            Some(number) => authentication.with_header(CONTRACT_NUMBER, HeaderValue::from(number)),
            None => authentication,
        };
        Ok(Self { authentication, secrets })
    }
}

impl Protocol for Ionos {
    fn authenticate(&self) -> Result<Authentication> {
        Ok(self.authentication.clone())
    }

    fn secrets(&self) -> Vec<Secret> {
        self.secrets.clone()
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }

    /// `X-RateLimit-Limit` is an average per minute, `X-RateLimit-Burst` the ceiling of simultaneous calls, and
    /// `X-RateLimit-Remaining` what is left before a 429. On a 429 itself nothing is.
    fn rate_limit(&self, response: &Response) -> Option<RateLimit> {
        let number = |name| response.header(name).and_then(|value| value.trim().parse::<u32>().ok());
        let per_minute = number(LIMIT).filter(|limit| *limit > 0)?;
        let remaining = if response.status == 429 { 0 } else { number(REMAINING)? };
        Some(RateLimit::new(f64::from(per_minute) / 60.0, remaining.min(number(BURST).unwrap_or(u32::MAX))))
    }
}

impl fmt::Debug for Ionos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ionos")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(status: u16, headers: &[(HeaderName, &str)]) -> Option<RateLimit> {
        let mut response = Response::new(status, "");
        for (name, value) in headers {
            response.headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        Ionos::new(&Config::with_token("made-up")).unwrap().rate_limit(&response)
    }

    #[test]
    fn the_limit_is_per_minute_and_what_remains_may_be_sent_at_once() {
        let headers = [(LIMIT, "600"), (REMAINING, "299"), (BURST, "300")];
        assert_eq!(limit(200, &headers), Some(RateLimit::new(10.0, 299)));
        assert_eq!(limit(200, &[(LIMIT, "600"), (REMAINING, "599"), (BURST, "300")]), Some(RateLimit::new(10.0, 300)));
    }

    #[test]
    fn nothing_is_left_once_ionos_says_too_many() {
        assert_eq!(limit(429, &[(LIMIT, "600")]), Some(RateLimit::new(10.0, 0)));
    }

    #[test]
    fn an_answer_that_does_not_tell_says_nothing_of_the_limit() {
        for headers in [vec![], vec![(LIMIT, "600")], vec![(LIMIT, "0"), (REMAINING, "1")], vec![(LIMIT, "many")]] {
            assert_eq!(limit(200, &headers), None, "{headers:?}");
        }
    }

    #[test]
    fn the_value_of_basic_is_a_credential_too() {
        let config = Config::with_password("user@example.com", "made-up-password");
        let secrets = Ionos::new(&config).unwrap().secrets();
        let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
        assert_eq!(secrets, ["made-up-password", "dXNlckBleGFtcGxlLmNvbTptYWRlLXVwLXBhc3N3b3Jk"]);
    }
}
