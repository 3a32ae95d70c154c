//! Many sources and many at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use cloudsnap_simulator::{Provider, SimulatorOptions};

use crate::probe::Probe;

/// Three hundred creates side by side among ten thousand servers: each is made once, of its own source.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_creates_at_once_among_ten_thousand_servers() {
    for provider in Provider::ALL {
        let probe = Arc::new(Probe::start(provider, SimulatorOptions::default().servers(10_000)).await);
        let sources = probe.simulator.sources(provider);
        assert_eq!(sources.len(), 10_000, "{provider}");
        let mut creates = tokio::task::JoinSet::new();
        for source in sources.into_iter().step_by(33).take(300) {
            let probe = Arc::clone(&probe);
            creates.spawn(async move { (probe.create_of(&source, "a").await.is_refused(), source) });
        }
        let asked: BTreeSet<_> = creates
            .join_all()
            .await
            .into_iter()
            .map(|(is_refused, source)| {
                assert!(!is_refused, "{source}");
                source
            })
            .collect();
        let made = probe.simulator.state(provider).snapshots;
        assert_eq!(made.len(), 300, "{provider}");
        assert_eq!(made.into_iter().map(|snapshot| snapshot.source).collect::<BTreeSet<_>>(), asked, "{provider}");
    }
}
