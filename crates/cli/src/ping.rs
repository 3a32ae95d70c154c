//! The dead-man switch: a GET at the end of a run. Whatever becomes of it, the run is what it was.

use std::time::Duration;

use cloudsnap::Secret;
use reqwest::{Client, Url};

/// How long one try may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The pauses between tries.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

/// Asks for the URL, or for its `/fail` after a bad run. What went wrong is told without the URL, which is a secret.
pub(crate) async fn send(ping: &Secret, all_is_well: bool) -> Result<(), String> {
    let url = url(ping, all_is_well)?;
    let client = client(&url).map_err(|error| in_words(&error))?;
    let mut pauses = PAUSES.into_iter();
    loop {
        let why = match client.get(url.clone()).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => format!("HTTP {}", answer.status().as_u16()),
            Err(error) => in_words(&error),
        };
        match pauses.next() {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return Err(why),
        }
    }
}

fn url(ping: &Secret, all_is_well: bool) -> Result<Url, String> {
    let mut url: Url = ping.expose().parse().map_err(|_| "it is no URL".to_owned())?;
    if !all_is_well {
        let path = format!("{}/fail", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    Ok(url)
}

fn client(url: &Url) -> reqwest::Result<Client> {
    let mut builder =
        Client::builder().user_agent(concat!("cloudsnap-cli/", env!("CARGO_PKG_VERSION"))).timeout(TIMEOUT);
    if url.scheme() == "http" {
        builder = builder.no_proxy();
        // On this machine; reading the system's certificates takes longer than the whole exchange.
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        {
            builder = builder.tls_certs_only([]);
        }
    }
    builder.build()
}

/// The innermost cause, which has no URL in it.
fn in_words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match error.is_timeout() {
        true => "no answer in time".to_owned(),
        false if std::ptr::addr_eq(cause, error) => "the request cannot be made".to_owned(),
        false => cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_run_asks_for_fail() {
        for (ping, good, bad) in [
            ("https://example.com/a", "https://example.com/a", "https://example.com/a/fail"),
            ("https://example.com/a/?x=1", "https://example.com/a/?x=1", "https://example.com/a/fail?x=1"),
            ("https://example.com", "https://example.com/", "https://example.com/fail"),
        ] {
            assert_eq!(url(&ping.into(), true).unwrap().as_str(), good);
            assert_eq!(url(&ping.into(), false).unwrap().as_str(), bad);
        }
    }
}
