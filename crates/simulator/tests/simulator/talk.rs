use std::fmt::Write;
use std::time::Duration;

use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions};
use reqwest::{Client, Method};
use serde_json::Value;

/// How long things take in these tests, on a clock that stands still until it is moved.
pub(crate) const BUILD_TIME: Duration = Duration::from_secs(8);

/// A conversation with one simulated provider, written down as it goes.
pub(crate) struct Talk {
    pub(crate) simulator: Simulator,
    provider: Provider,
    client: Client,
    transcript: String,
}

#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) text: String,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Talk {
    pub(crate) async fn with(provider: Provider) -> Self {
        Self::start(provider, SimulatorOptions::default()).await
    }

    pub(crate) async fn start(provider: Provider, options: SimulatorOptions) -> Self {
        let simulator = Simulator::start(options.build_time(BUILD_TIME)).await.unwrap();
        // A pooled connection's idle timer would move the paused clock by itself.
        let client =
            Client::builder().pool_max_idle_per_host(0).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { simulator, provider, client, transcript: String::new() }
    }

    /// Says something and writes both sides down.
    pub(crate) async fn say(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
        let url = format!("{}{path}", self.simulator.url(self.provider));
        let mut request = self.client.request(method.clone(), url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap();

        let _ = writeln!(self.transcript, "> {method} {path}");
        if !body.is_empty() {
            let _ = writeln!(self.transcript, "> {body}");
        }
        let _ = writeln!(self.transcript, "{status}");
        for (name, value) in &headers {
            if !["date", "content-length"].contains(&name.as_str()) {
                let _ = writeln!(self.transcript, "{name}: {}", value.to_str().unwrap());
            }
        }
        let shown = match serde_json::from_str::<Value>(&text) {
            Ok(json) => serde_json::to_string_pretty(&json).unwrap(),
            Err(_) => text.clone(),
        };
        let _ = writeln!(self.transcript, "{shown}\n");
        let location = headers.get("location").map(|value| value.to_str().unwrap().to_owned());
        Heard { status: status.as_u16(), location, text }
    }

    pub(crate) fn transcript(&self) -> &str {
        &self.transcript
    }
}

/// What differs from run to run: ports and the time of day.
pub(crate) fn assert_transcript(name: &str, talk: &Talk) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
    settings.add_filter(r"20(2[6-9]|[3-9]\d)-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?", "[time]");
    settings.add_filter(r"s-20\d{12}", "s-[time]");
    settings.add_filter(r"_20\d\d[A-Z][a-z]{2}\d\d_", "_[date]_");
    settings.add_filter(r"(expired=|expires.: |expires>)\d{10}", "${1}[time]");
    settings.bind(|| insta::assert_snapshot!(name, talk.transcript()));
}

/// Moves the clock past everything that is being worked on.
pub(crate) async fn wait_for_builds() {
    tokio::time::advance(BUILD_TIME).await;
}
