//! Faults that lie in what the provider does.

use std::time::Duration;

use cloudsnap_simulator::{Operation, Provider, SimulatorOptions};
use serde_json::Value;
use tokio::time::advance;

use crate::probe::Probe;
use crate::talk::{BUILD_TIME, wait_for_builds};

/// The answer is lost, nothing is there, and later the snapshot appears: a client that sends again gets two.
#[tokio::test(start_paused = true)]
async fn a_late_create_makes_twins() {
    for (fault, status) in [("*:create=late-60s#1", 0), ("*:create=late-504-60s#1", 504)] {
        for provider in Provider::ALL {
            let probe = Probe::with_fault(provider, fault).await;
            assert_eq!(probe.create().await.status, status, "{provider}");
            assert_eq!((probe.created(), probe.listed().await), (0, 0), "{provider}");
            probe.create_named("another").await;
            advance(Duration::from_secs(59)).await;
            assert_eq!((probe.created(), probe.listed().await), (1, 1), "{provider}");
            advance(Duration::from_secs(1)).await;
            assert_eq!((probe.created(), probe.listed().await), (2, 2), "{provider}");
        }
    }
}

/// Carried out in the order in which they are due, each at its own time.
#[tokio::test(start_paused = true)]
async fn late_requests_are_carried_out_when_they_are_due() {
    let probe = Probe::with_fault(Provider::Hostway, "*:create=late-60s#1").await;
    probe.create_named("a").await;
    probe.set_fault("*:create=late-10s#1");
    probe.create_named("b").await;
    advance(Duration::from_secs(61)).await;
    let snapshots = probe.simulator.state(Provider::Hostway).snapshots;
    let found: Vec<_> = snapshots.iter().map(|snapshot| (snapshot.name.as_deref().unwrap(), snapshot.state)).collect();
    assert_eq!(found, [("b", "available"), ("a", "pending")]);
}

/// Where names are unique, the late one finds its own name taken.
#[tokio::test(start_paused = true)]
async fn a_late_create_at_hostway_may_find_its_name_taken() {
    let probe = Probe::with_fault(Provider::Hostway, "*:create=late-60s#1").await;
    probe.create().await;
    probe.create().await;
    advance(Duration::from_secs(60)).await;
    assert_eq!((probe.created(), probe.existing()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_lags_is_not_found_for_a_while() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:create=lag-5s#1").await;
        let created = probe.create().await;
        assert!(!created.is_refused(), "{provider}");
        assert_eq!((probe.created(), probe.existing(), probe.listed().await), (1, 1, 0), "{provider}");
        if provider != Provider::SiteHost {
            assert!(probe.read(&created).await.is_refused(), "{provider}");
        }
        advance(Duration::from_secs(5)).await;
        assert_eq!(probe.listed().await, 1, "{provider}");
        assert!(!probe.read(&created).await.is_refused(), "{provider}");
    }
}

/// The job and the request are there from the beginning: only the snapshot lags.
#[tokio::test(start_paused = true)]
async fn what_follows_a_create_does_not_lag() {
    for provider in [Provider::SiteHost, Provider::Ionos] {
        let probe = Probe::with_fault(provider, "*:create=lag-5s").await;
        let created = probe.create().await;
        assert!(!probe.follow(&created).await.is_refused(), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_vanishes_is_accepted_and_never_found() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:create=vanish#1").await;
        let created = probe.create().await;
        assert!(!created.is_refused(), "{provider}");
        assert!(probe.follow(&created).await.is_refused(), "{provider}");
        wait_for_builds().await;
        assert!(probe.follow(&created).await.is_refused(), "{provider}");
        assert_eq!((probe.created(), probe.existing(), probe.listed().await), (0, 0, 0), "{provider}");
        // It takes no name, no place and no number of a later one.
        let later = probe.create().await;
        assert!(!later.is_refused() && later.text != created.text, "{provider}");
        assert_eq!(probe.existing(), 1, "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_creates_vanish() {
    let probe = Probe::start(Provider::Ionos, SimulatorOptions::default().snapshots(1)).await;
    probe.set_fault("*:*=vanish");
    let id = probe.simulator.state(Provider::Ionos).snapshots[0].id.clone();
    let label = r#"{"properties":{"key":"a","value":"b"}}"#;
    assert_eq!(probe.post(&format!("/snapshots/{id}/labels"), label).await.status, 201);
    assert_eq!(probe.simulator.state(Provider::Ionos).committed(Operation::Update), 1);
}

#[tokio::test(start_paused = true)]
async fn a_vanished_create_is_not_in_the_request_log() {
    let probe = Probe::with_fault(Provider::Ionos, "*:create=vanish").await;
    probe.create().await;
    assert_eq!(probe.get("/requests?depth=1").await.json()["items"], Value::Array(Vec::new()));
}

/// A second create that is refused because of the first, whose answer was lost.
#[tokio::test(start_paused = true)]
async fn a_lost_create_keeps_its_source_busy() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:create=lost-busy-30s#1").await;
        assert_eq!(probe.create().await.status, 0, "{provider}");
        let refused = probe.create_named("another").await;
        assert!(refused.is_refused() && refused.status != 0, "{provider}");
        assert_eq!(probe.created(), 1, "{provider}");
        advance(Duration::from_secs(30)).await;
        assert!(!probe.create_named("another").await.is_refused(), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_source_of_the_lost_create_is_busy() {
    let probe = Probe::with_fault(Provider::NodeCoId, "*:create=lost-busy-30s#1").await;
    probe.create().await;
    let form = format!("{}&server_id=12346", crate::probe::NODECOID);
    assert!(!probe.post("/create_snapshot", &form).await.is_refused());
}

#[tokio::test(start_paused = true)]
async fn a_daemon_job_is_found_under_its_type_only() {
    let probe = Probe::with_fault(Provider::SiteHost, "*:create=daemon-job#1").await;
    let created = probe.create().await.json();
    assert!(probe.job(&created, "scheduler").await.is_refused());
    assert_eq!(probe.job(&created, "daemon").await.json()["return"]["state"], "Pending");
    let usual = probe.create().await.json();
    assert!(!probe.job(&usual, "scheduler").await.is_refused());
    // Nobody knows the type before 1.5; from 1.5 on the answer tells it.
    assert!(!probe.job(&usual, "daemon").await.is_refused());
    probe.set_fault("*:create=daemon-job");
    let form = format!("{}&name=server1&partition=xvda2", crate::probe::SITEHOST);
    let told = probe.post("/1.5/server/snapshot/create.json", &form).await.json();
    assert_eq!(told["return"]["job"]["type"], "daemon");
}

#[tokio::test(start_paused = true)]
async fn the_request_log_lags_and_can_be_closed() {
    let probe = Probe::with_fault(Provider::Ionos, "*:create=log-lag-20s").await;
    let created = probe.create().await;
    let logged = async || probe.get("/requests?depth=1").await.json()["items"].as_array().map(Vec::len);
    assert_eq!((logged().await, probe.listed().await), (Some(0), 1));
    assert!(!probe.follow(&created).await.is_refused());
    advance(Duration::from_secs(20)).await;
    assert_eq!(logged().await, Some(1));

    probe.set_fault("ionos:log=forbidden");
    assert_eq!(probe.get("/requests").await.status, 403);
    assert_eq!(probe.listed().await, 1);
    // The log is a list: what hits lists hits it too.
    probe.set_fault("ionos:list=status-503");
    assert_eq!(probe.get("/requests").await.status, 503);
    let state = probe.simulator.state(Provider::Ionos);
    assert_eq!((state.requests(Operation::Log), state.requests(Operation::List)), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn polls_are_lost_or_find_nothing() {
    for provider in Provider::ALL {
        let probe = Probe::with_fault(provider, "*:poll=not-found#2").await;
        let created = probe.create().await;
        let first = probe.follow(&created).await;
        assert!(first.is_refused() && [200, 404].contains(&first.status), "{provider}");
        assert!(probe.follow(&created).await.is_refused(), "{provider}");
        assert!(!probe.follow(&created).await.is_refused(), "{provider}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_after_all_is_there() {
    for provider in Provider::ALL {
        for kind in ["refuse-409-after", "refuse-422-after", "internal-error-after", "status-404-html-after"] {
            let probe = Probe::with_fault(provider, &format!("*:create={kind}")).await;
            let created = probe.create().await;
            assert!(created.is_refused(), "{provider} {kind}");
            assert_eq!(probe.listed().await, 1, "{provider} {kind}");
        }
    }
}

/// The snapshot is cut down to what the provider keeps of its description.
#[tokio::test(start_paused = true)]
async fn a_description_is_cut_by_the_provider() {
    for provider in [Provider::Hostway, Provider::Ionos] {
        let probe = Probe::start(provider, SimulatorOptions::default().description_limit(4)).await;
        let created = probe.create().await;
        assert!(created.text.contains(r#""description":"some""#), "{}", created.text);
        advance(BUILD_TIME).await;
        assert!(probe.list().await.text.contains(r#""description":"some""#), "{provider}");
    }
}
