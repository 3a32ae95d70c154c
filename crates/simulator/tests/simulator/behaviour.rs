use std::time::Duration;

use cloudsnap_simulator::{Operation, Provider, Simulator, SimulatorOptions};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn get(url: String) -> reqwest::Result<(u16, String)> {
    let answer = reqwest::Client::new().get(url).send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

fn info(simulator: &Simulator) -> String {
    let url = simulator.url(Provider::SiteHost);
    format!("{url}/1.5/api/get_info.json?apikey=simulated-sitehost-key")
}

#[tokio::test]
async fn the_state_is_served_on_the_same_port() {
    let simulator = Simulator::start(SimulatorOptions::default().snapshots(1)).await.unwrap();
    let origin = simulator.url(Provider::SiteHost);
    get(info(&simulator)).await.unwrap();
    let (status, text) = get(format!("{origin}/__simulator/state")).await.unwrap();
    assert_eq!(status, 200);
    let served: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(served, serde_json::to_value(simulator.state(Provider::SiteHost)).unwrap());
    insta::assert_json_snapshot!(served);
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_in_a_second_are_refused() {
    let simulator = Simulator::start(SimulatorOptions::default().rate_limit(2)).await.unwrap();
    let url = info(&simulator);
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(url.clone()).await.unwrap().0);
    }
    tokio::time::advance(Duration::from_secs(1)).await;
    statuses.push(get(url).await.unwrap().0);
    assert_eq!(statuses, [200, 200, 500, 200]);
    let state = simulator.state(Provider::SiteHost);
    assert_eq!((state.throttled, state.requests(Operation::Sources)), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn answers_take_the_latency() {
    let latency = Duration::from_millis(300);
    let simulator = Simulator::start(SimulatorOptions::default().latency(latency)).await.unwrap();
    let before = tokio::time::Instant::now();
    get(info(&simulator)).await.unwrap();
    assert!(before.elapsed() >= latency);
}

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let everywhere = SimulatorOptions::default().listen(([0, 0, 0, 0], 0).into());
    let error = Simulator::start(everywhere).await.unwrap_err();
    assert_eq!(error.to_string(), "0.0.0.0 is not a loopback address");
    let last = SimulatorOptions::default().listen(([127, 0, 0, 1], u16::MAX).into());
    assert!(Simulator::start(last).await.is_err());
}

/// A connection is served by the task that listens, so its end is the end of both. The port itself proves nothing: it may
/// be another test's by then.
#[tokio::test]
async fn dropping_it_ends_its_connections() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let mut stream = TcpStream::connect(simulator.url(Provider::SiteHost).trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    drop(simulator);
    assert!(matches!(stream.read(&mut [0; 4096]).await, Ok(0) | Err(_)));
}

#[tokio::test]
async fn what_is_printed_holds_no_credential() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    assert!(!format!("{simulator:?}").contains("simulated-"));
}

#[tokio::test]
async fn sources_and_environment() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    let mut lines: Vec<_> =
        simulator.environment().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.extend(Provider::ALL.into_iter().flat_map(|provider| simulator.sources(provider)));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"127\.0\.0\.1:\d+", "[host]");
    settings.bind(|| insta::assert_snapshot!(lines.join("\n")));
}
