//! Time limits, sizes, rates and retries of the HTTP client. The defaults bound everything.

use std::time::Duration;

/// Time limits, sizes, rates, and what is sent again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long a connection may take to be made, TLS included. Ten seconds by default.
    pub connect_timeout: Duration,
    /// How long one exchange may take, from the connection to the last byte. Thirty seconds by default.
    pub request_timeout: Duration,
    /// How long a body may pause between two pieces. Twenty seconds by default.
    pub read_timeout: Duration,
    /// How long one request may take in all, its repeats and pauses included, where no deadline of a call is nearer.
    /// Five minutes by default. In a call that has a deadline, the wait for the account's turn does not count.
    pub total_timeout: Duration,
    /// The longest body that is read, in bytes, after decompression. 16 MiB by default.
    pub max_response_bytes: usize,
    /// How many objects, lists and tags one answer may hold, where it is larger than 256 KiB. 500,000 by default.
    pub max_elements: usize,
    /// How many times as large as it was sent a compressed body may become, beyond its first MiB. 100 by default.
    pub max_compression_ratio: usize,
    /// How many pages a list may have. 1,000 by default.
    pub max_pages: u32,
    /// The program's name and version, put before ours in `User-Agent`.
    pub application: Option<String>,
    /// How many requests a second are let through; `None` is as many as the provider documents or is seen to take.
    pub requests_per_second: Option<u32>,
    /// How many exchanges may be under way at once. 16 by default.
    pub concurrency: usize,
    /// What is sent again, and when.
    pub retry: RetryOptions,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            read_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_secs(300),
            max_response_bytes: 16 * 1024 * 1024,
            max_elements: 500_000,
            max_compression_ratio: 100,
            max_pages: 1_000,
            application: None,
            requests_per_second: None,
            concurrency: 16,
            retry: RetryOptions::default(),
        }
    }
}

impl HttpOptions {
    /// Sets how long a connection may take to be made.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long one exchange may take.
    #[must_use]
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how long a body may pause between two pieces.
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// Sets how long one request may take in all.
    #[must_use]
    pub fn with_total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = timeout;
        self
    }

    /// Sets the longest body that is read, in bytes.
    #[must_use]
    pub fn with_max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets how many objects, lists and tags one answer may hold.
    #[must_use]
    pub fn with_max_elements(mut self, elements: usize) -> Self {
        self.max_elements = elements;
        self
    }

    /// Sets how many times as large as it was sent a compressed body may become, beyond its first MiB.
    #[must_use]
    pub fn with_max_compression_ratio(mut self, ratio: usize) -> Self {
        self.max_compression_ratio = ratio;
        self
    }

    /// Sets how many pages a list may have.
    #[must_use]
    pub fn with_max_pages(mut self, pages: u32) -> Self {
        self.max_pages = pages;
        self
    }

    /// Names the program in `User-Agent`.
    #[must_use]
    pub fn with_application(mut self, name: &str, version: &str) -> Self {
        self.application = Some(format!("{name}/{version}"));
        self
    }

    /// Sets how many requests a second are let through.
    #[must_use]
    pub fn with_requests_per_second(mut self, rate: u32) -> Self {
        self.requests_per_second = Some(rate);
        self
    }

    /// Sets how many exchanges may be under way at once.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = concurrency;
        self
    }

    /// Sets what is sent again, and when.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryOptions) -> Self {
        self.retry = retry;
        self
    }

    pub(super) fn user_agent(&self) -> String {
        const OURS: &str = concat!("cloudsnap/", env!("CARGO_PKG_VERSION"));
        match &self.application {
            Some(application) => format!("{application} {OURS}"),
            None => OURS.to_owned(),
        }
    }
}

/// How often and how soon a request is sent again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryOptions {
    /// How many times a request is sent in all. Throttled attempts do not count.
    pub attempts: u32,
    /// Whether a request that was answered with "too many requests" is sent again, for as long as there is time.
    pub repeat_throttled: bool,
    /// The longest pause before the second attempt; it doubles with each.
    pub base: Duration,
    /// The longest pause of all.
    pub cap: Duration,
    /// How many more attempts than successes there may be before attempts cease, for all calls of a client together.
    pub budget: u32,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            attempts: 4,
            repeat_throttled: true,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(8),
            budget: 100,
        }
    }
}

impl RetryOptions {
    /// Never sends anything twice.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, repeat_throttled: false, ..Self::default() }
    }

    /// Sets how many times a request is sent in all.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the pauses: before the second attempt at most `base`, doubling up to `cap`.
    #[must_use]
    pub fn with_pauses(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Sets how many more attempts than successes there may be.
    #[must_use]
    pub fn with_budget(mut self, budget: u32) -> Self {
        self.budget = budget;
        self
    }

    /// The pause after this many attempts: anything up to the bound, so that many clients do not come back at once.
    pub(super) fn pause(&self, attempts: u32) -> Duration {
        self.bound(attempts).mul_f64(random_fraction())
    }

    /// The pause after this many throttled answers in a row: at least half of the bound, because the provider wants one.
    pub(super) fn throttled_pause(&self, throttled: u32) -> Duration {
        self.bound(throttled).mul_f64(0.5 + random_fraction() / 2.0)
    }

    fn bound(&self, attempts: u32) -> Duration {
        self.base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(self.cap)
    }
}

/// A number from 0 up to 1. Without the operating system's randomness the pauses are merely all alike.
fn random_fraction() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_stay_below_it() {
        let options = RetryOptions::default();
        for attempts in 1..40 {
            assert!(options.pause(attempts) <= options.cap);
            assert!(options.throttled_pause(attempts) <= options.cap);
            assert!(options.throttled_pause(attempts) >= options.bound(attempts) / 2);
        }
        assert_eq!([1, 2, 3].map(|n| options.bound(n).as_millis()), [250, 500, 1000]);
    }
}
