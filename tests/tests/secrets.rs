//! No credential is ever shown: not by an error, a model, a token, a `Debug`, nor by a trace, with the dependencies' own
//! logs on.
//!
//! One test, because the trace is the process's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cloudsnap::{
    CreateSnapshot, ListSnapshots, ListSources, RestoreSnapshot, RestoreTarget, SnapshotProvider, SnapshotProviderExt,
    UpdateSnapshot,
};
use cloudsnap_simulator::{Fault, FaultKind, Provider, credentials};
use cloudsnap_tests::{World, options, quick, quick_lookup, quick_poll};

/// Every credential that the simulator takes, and the forms in which they travel.
const CANARIES: [&str; 8] = [
    credentials::SITEHOST_API_KEY,
    credentials::HOSTWAY_PASSWORD,
    // simulated-user:simulated-hostway-password
    "c2ltdWxhdGVkLXVzZXI6c2ltdWxhdGVkLWhvc3R3YXktcGFzc3dvcmQ",
    credentials::NODECOID_API_KEY,
    credentials::IONOS_TOKEN,
    credentials::IONOS_PASSWORD,
    // What signs a request of node.co.id, and would let it be replayed.
    "checksum=",
    // The root password that node.co.id's server details carry.
    "root_password",
];

#[derive(Clone, Default)]
struct Trace(Arc<Mutex<Vec<u8>>>);

impl io::Write for Trace {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_credential_is_shown_anywhere() {
    let trace = Trace::default();
    let writer = trace.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let mut calls = tokio::task::JoinSet::new();
    for provider in Provider::ALL {
        for kind in [None].into_iter().chain(FaultKind::ALL.map(Some)) {
            calls.spawn(everything(provider, kind));
        }
    }
    let shown = calls.join_all().await.concat();
    let traced = String::from_utf8_lossy(&trace.0.lock().unwrap()).into_owned();
    assert!(traced.contains("request{provider=\"ionos\""), "our own spans are not in the trace");
    assert!(traced.contains("reqwest") || traced.contains("hyper"), "the dependencies' logs are not in the trace");
    assert!(shown.contains("ErrorKind") || shown.contains("kind: "), "no error was shown");
    for canary in CANARIES {
        for (what, text) in [("the trace", &traced), ("what was formatted", &shown)] {
            if let Some(at) = text.find(canary) {
                let around = &text[at.saturating_sub(200)..(at + 100).min(text.len())];
                panic!("{what} shows {canary}:\n{around}");
            }
        }
    }
}

/// Makes every call, every second request of it meeting the fault, and formats all that comes back.
async fn everything(provider: Provider, kind: Option<FaultKind>) -> String {
    let world = World::with(provider, options().seed(7)).await;
    let http = quick().with_request_timeout(Duration::from_millis(500)).with_max_response_bytes(64 * 1024);
    let client = world.connect(http);
    let lookup = quick_lookup().with_lookup_timeout(Duration::from_millis(300)).with_max_sends(2);
    let poll = quick_poll().with_not_found_grace(Duration::ZERO);
    let calm = world.connect(quick()).create(CreateSnapshot::new(world.source())).with_poll_options(poll.clone()).await;
    let snapshot = calm.as_ref().unwrap().snapshot.reference();
    world.simulator.set_faults(kind.map(|kind| Fault::new(kind).probability(0.5)).into_iter().collect());

    let mut shown = String::new();
    let mut show = |value: &dyn std::fmt::Debug| writeln!(shown, "{value:?} {value:#?}").unwrap();
    show(&client);
    show(&calm);
    show(&client.check_access().await);
    show(&client.sources(ListSources::default()).try_collect().await);
    show(&client.snapshots(ListSnapshots::default()).try_collect().await);
    show(&client.get_snapshot(&snapshot).await);
    let create = client.create(CreateSnapshot::new(world.source())).timeout(Duration::from_secs(2));
    let created = create.with_lookup_options(lookup).with_poll_options(poll.clone()).await;
    if let Err(error) = &created {
        show(&format_args!("{error}"));
        show(&error.token());
    }
    show(&created);
    let mut restore = RestoreSnapshot::new(snapshot.clone());
    if client.capabilities().restore == RestoreTarget::OntoTarget {
        restore = restore.with_target(world.source());
    }
    show(&client.start_restore(&restore).await);
    let update = UpdateSnapshot::new(snapshot.clone()).with_expires_in(Duration::from_secs(7200));
    show(&client.start_update(&update).await);
    let deleted = client.start_delete(&snapshot).await;
    show(&deleted);
    if let Ok(operation) = deleted {
        show(&client.wait(operation).with_poll_options(poll).timeout(Duration::from_secs(2)).await);
    }
    shown
}

/// Snapshots are committed, and read by everybody.
#[test]
fn no_credential_is_in_a_committed_snapshot() {
    let mut files = Vec::new();
    snapshots_below(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut files);
    assert!(files.len() > 100, "only {} snapshots were found", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap().replace("checksum=[redacted]", "");
        for canary in CANARIES.into_iter().filter(|canary| *canary != "root_password") {
            assert!(!text.contains(canary), "{} shows {canary}", file.display());
        }
    }
}

fn snapshots_below(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        // The simulator's own tests speak its protocol by hand, with the credentials that it publishes.
        let is_searched = !is_hidden && !path.ends_with("target") && !path.ends_with("crates/simulator");
        if path.is_dir() && is_searched {
            snapshots_below(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "snap") {
            found.push(path);
        }
    }
}
