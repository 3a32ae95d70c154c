//! What the options change.

use std::time::Duration;

use cloudsnap_simulator::jiff::{SignedDuration, Timestamp, fmt};
use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::probe::Probe;

/// Limit, burst and remaining are those of the limiter, on every answer.
#[tokio::test(start_paused = true)]
async fn the_headers_of_the_rate_limit_are_true() {
    let probe = Probe::start(Provider::Ionos, SimulatorOptions::default().rate_limit(3)).await;
    let mut seen = Vec::new();
    for path in ["/snapshots", "/snapshots/none", "/datacenters", "/snapshots"] {
        let answered = probe.get(path).await;
        let number = |name| answered.header(name).unwrap().parse::<u32>().unwrap();
        assert_eq!((number("x-ratelimit-limit"), number("x-ratelimit-burst")), (180, 3));
        seen.push((
            answered.status,
            number("x-ratelimit-remaining"),
            answered.header("retry-after").map(str::to_owned),
        ));
    }
    let expected = [(200, 2, None), (404, 1, None), (200, 0, None), (429, 0, Some("1".to_owned()))];
    assert_eq!(seen, expected);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(probe.get("/snapshots").await.header("x-ratelimit-remaining"), Some("2"));
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_that_is_not_stated_is_kept_all_the_same() {
    for provider in Provider::ALL {
        let options = SimulatorOptions::default().rate_limit(1).states_rate_limit(false);
        let probe = Probe::start(provider, options).await;
        for is_refused in [false, true] {
            let answered = probe.list().await;
            assert_eq!(answered.is_refused(), is_refused, "{provider}");
            let telling = ["retry-after", "x-ratelimit-limit", "x-ratelimit-burst", "x-ratelimit-remaining"];
            assert!(telling.iter().all(|name| answered.header(name).is_none()), "{provider}");
        }
        assert_eq!(probe.simulator.state(provider).throttled, 1);
    }
}

/// The date of every answer and the times of creation are those of the provider's clock.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_off_everywhere() {
    for hours in [-48, 48] {
        for provider in Provider::ALL {
            let offset = SignedDuration::from_hours(hours);
            let probe = Probe::start(provider, SimulatorOptions::default().clock_offset(offset)).await;
            let created = probe.create().await;
            tokio::time::advance(crate::talk::BUILD_TIME).await;
            let listed = probe.list().await;
            for answered in [&created, &listed] {
                let date = fmt::rfc2822::parse(answered.header("date").unwrap()).unwrap().timestamp();
                let off = date.duration_since(Timestamp::now()) - offset;
                assert!(off.abs() < SignedDuration::from_mins(1), "{provider} {off}");
            }
            let day = |days: i64| {
                let time = Timestamp::now() + offset + SignedDuration::from_hours(24 * days);
                time.strftime("%Y-%m-%d").to_string()
            };
            // Zones without a name may be a day ahead.
            assert!(listed.text.contains(&day(0)) || listed.text.contains(&day(1)), "{provider}: {}", listed.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateways_page_has_a_date_too() {
    let probe = Probe::with_fault(Provider::Ionos, "*:*=status-502").await;
    assert!(probe.list().await.header("date").is_some());
}

/// A connection ends when the last answer on it is so old, and a request that comes in time keeps it.
#[tokio::test]
async fn a_connection_is_closed_after_an_answer() {
    let options = SimulatorOptions::default().close_after(Duration::from_millis(200));
    let simulator = Simulator::start(options).await.unwrap();
    let mut stream = TcpStream::connect(simulator.url(Provider::Hostway).trim_start_matches("http://")).await.unwrap();
    let begun = std::time::Instant::now();
    let mut buffer = [0; 4096];
    for _ in 0..3 {
        stream.write_all(b"GET /servers HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
    assert!(begun.elapsed() >= Duration::from_millis(220));
}
