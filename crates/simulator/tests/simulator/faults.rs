use std::fmt::Write;
use std::time::Duration;

use cloudsnap_simulator::{Fault, FaultKind, Operation, Provider, Simulator, SimulatorOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A create, byte for byte.
fn create(provider: Provider) -> String {
    let (path, headers, body) = match provider {
        Provider::SiteHost => (
            "/1.3/server/snapshot/create.json",
            "content-type: application/x-www-form-urlencoded",
            "apikey=simulated-sitehost-key&client_id=979387&name=server1&partition=xvda2&lifetime=1",
        ),
        Provider::Hostway => (
            "/servers/test_server_0001/snapshots",
            "content-type: application/json\r\n\
             authorization: Basic c2ltdWxhdGVkLXVzZXI6c2ltdWxhdGVkLWhvc3R3YXktcGFzc3dvcmQ=",
            r#"{"snapshot":{"name":"a","description":"b"}}"#,
        ),
        Provider::NodeCoId => (
            "/api/v1/create_snapshot",
            "content-type: application/x-www-form-urlencoded",
            "user_id=12312&random=one&checksum=a7e1633772c4a91f24e9c8b57ba386452dbbf3ae&server_id=12345",
        ),
        _ => (
            "/cloudapi/v6/datacenters/d0000000-0000-4000-8000-000000000001/volumes/b0000000-0000-4000-8000-000000000001/create-snapshot",
            "content-type: application/json\r\nauthorization: Bearer simulated-ionos-token",
            "{}",
        ),
    };
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// All that comes back on a connection of its own, or how that ended.
async fn exchange(simulator: &Simulator, provider: Provider) -> std::io::Result<Vec<u8>> {
    let url = simulator.url(provider);
    let address = url.trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(create(provider).as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// An exchange in one line.
async fn observe(simulator: &Simulator, provider: Provider) -> String {
    let started = tokio::time::Instant::now();
    let answer = match exchange(simulator, provider).await {
        Ok(answer) => answer,
        Err(error) => return format!("{:?}", error.kind()),
    };
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map(str::to_owned)
    };
    let mut observed = head.lines().next().unwrap().trim_start_matches("http/1.1 ").to_owned();
    let content_type = header("content-type").unwrap_or_default();
    let body = answer.len() - end;
    let _ = write!(observed, ", {content_type}");
    if let Some(length) = header("content-length").filter(|length| length != &body.to_string()) {
        let _ = write!(observed, ", {body} of {length} bytes");
    }
    if body > 16 * 1024 * 1024 {
        let _ = write!(observed, ", more than 16 MiB");
    } else if body > 1024 * 1024 {
        let _ = write!(observed, ", more than 1 MiB");
    }
    if let Some(encoding) = header("content-encoding") {
        let _ = write!(observed, ", {encoding}");
    }
    if let Some(seconds) = header("retry-after") {
        let _ = write!(observed, ", retry-after {seconds}");
    }
    if header("location").is_some() && observed.starts_with('3') {
        let _ = write!(observed, ", location elsewhere");
    }
    let took = started.elapsed().as_secs();
    if took > 0 {
        let _ = write!(observed, ", after {took} s");
    }
    observed
}

/// Only for an answer that never comes: a paused clock may be ahead of the sockets.
async fn observe_silence(simulator: &Simulator, provider: Provider) -> String {
    let answer = observe(simulator, provider);
    let timeout = Duration::from_secs(60);
    tokio::time::timeout(timeout, answer).await.unwrap_or_else(|_| "no answer".to_owned())
}

/// Each kind there is, those with a parameter with an example of it.
fn kinds() -> Vec<FaultKind> {
    let with = |name: &str| {
        match name {
            "status-NNN" => vec!["status-101", "status-103", "status-302", "status-408", "status-500"],
            "status-NNN-after" => vec!["status-101-after", "status-404-after", "status-504-after"],
            "refuse-NNN" => vec!["refuse-200", "refuse-401", "refuse-409"],
            "refuse-NNN-after" => vec!["refuse-423-after"],
            _ => Vec::new(),
        }
        .into_iter()
        .map(|name| name.parse().unwrap())
        .collect::<Vec<_>>()
    };
    let kinds = Fault::all().flat_map(|known| match with(known.name) {
        none if none.is_empty() => vec![known.name.replace("DURATION", "5s").parse().unwrap()],
        some => some,
    });
    kinds.collect()
}

#[tokio::test(start_paused = true)]
async fn every_fault_on_a_create() {
    let mut table = String::new();
    for provider in Provider::ALL {
        for kind in kinds() {
            let fault = Fault::new(kind).operation(Operation::Create).times(1);
            let simulator = Simulator::start(SimulatorOptions::default().fault(fault)).await.unwrap();
            let observed = if kind == FaultKind::Hang {
                observe_silence(&simulator, provider).await
            } else {
                observe(&simulator, provider).await
            };
            let done = simulator.state(provider).creates_committed();
            let _ = writeln!(table, "{provider:<8} {kind:<23} done {done}  {observed}");
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"retry-after [A-Za-z]{3}, .* gmt", "retry-after [date]");
    settings.bind(|| insta::assert_snapshot!(table));
}

#[test]
fn the_readme_lists_every_fault() {
    let readme = include_str!("../../README.md");
    for known in Fault::all() {
        assert!(readme.contains(&format!("`{}`", known.name)), "{} is not in the README", known.name);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_ends_after_its_times() {
    let options = SimulatorOptions::default().fault("ionos:create=reset-after#1".parse().unwrap());
    let simulator = Simulator::start(options).await.unwrap();
    assert_eq!(observe(&simulator, Provider::Ionos).await, "ConnectionReset");
    assert!(observe(&simulator, Provider::Ionos).await.starts_with("202"));
    let state = simulator.state(Provider::Ionos);
    assert_eq!(state.creates_committed(), 2);
    assert_eq!(state.requests(Operation::Create), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_hits_the_same_requests() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let options = SimulatorOptions::default().seed(seed).fault("*:*=status-503@0.5".parse().unwrap());
        let simulator = Simulator::start(options).await.unwrap();
        let mut run = Vec::new();
        for _ in 0..20 {
            run.push(observe(&simulator, Provider::Ionos).await);
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
}

#[tokio::test(start_paused = true)]
async fn faults_can_be_changed_while_it_runs() {
    let simulator = Simulator::start(SimulatorOptions::default()).await.unwrap();
    simulator.set_faults(vec![Fault::new(FaultKind::ResetBefore)]);
    assert_eq!(observe(&simulator, Provider::SiteHost).await, "ConnectionReset");
    simulator.set_faults(Vec::new());
    assert!(observe(&simulator, Provider::SiteHost).await.starts_with("200"));
}

#[tokio::test]
async fn who_follows_a_redirect_is_counted() {
    let options = SimulatorOptions::default().fault(Fault::new(FaultKind::Redirect));
    let simulator = Simulator::start(options).await.unwrap();
    let url = simulator.url(Provider::Ionos);
    let answer = reqwest::Client::new().get(url).send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "{}");
    assert_eq!(simulator.redirect_target_requests(), 1);
}
