//! What the tests that span crates share: a provider beside its simulator.

#![expect(clippy::expect_used, reason = "a world that cannot be set up must fail the test")]

mod documented;
mod guide;
mod proof;

use std::sync::Arc;
use std::time::Duration;

use cloudsnap::provider::Variables;
use cloudsnap::{
    HttpOptions, LookupOptions, PollOptions, ProcessState, RetryOptions, SnapshotProvider, SourceRef, StateStore,
};
use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions};
use tokio::runtime::RuntimeFlavor;

pub use documented::assert_documented;
pub use proof::proved;

/// A provider, and the simulator that it talks to.
#[derive(Debug)]
pub struct World {
    /// The simulator of all four.
    pub simulator: Simulator,
    /// Which of them.
    pub provider: Provider,
}

impl World {
    /// A world with a few servers, and snapshots that take a moment to build.
    pub async fn new(provider: Provider) -> Self {
        Self::with(provider, options()).await
    }

    /// A world as told.
    pub async fn with(provider: Provider, options: SimulatorOptions) -> Self {
        let simulator = Simulator::start(options).await.expect("four free ports on loopback");
        Self { simulator, provider }
    }

    /// A client of its provider, with these options.
    pub fn connect(&self, http: HttpOptions) -> Box<dyn SnapshotProvider> {
        let environment = self.simulator.environment();
        let variables = Variables::from_fn(move |name| {
            environment.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
        });
        let name = self.provider.to_string();
        cloudsnap::connect(&name, &name, &variables, http).expect("a client of the simulator")
    }

    /// What can be snapshotted there.
    pub fn sources(&self) -> Vec<SourceRef> {
        let sources = self.simulator.sources(self.provider);
        sources.iter().map(|source| source.parse().expect("a source of the simulator")).collect()
    }

    /// The first of them.
    pub fn source(&self) -> SourceRef {
        self.sources().swap_remove(0)
    }

    /// How many requests the simulator saw.
    pub fn requests(&self) -> u64 {
        let state = serde_json::to_value(self.simulator.state(self.provider)).expect("the state as JSON");
        let requests = state["requests"].as_object().expect("the requests by operation");
        requests.values().filter_map(serde_json::Value::as_u64).sum()
    }

    /// How many snapshots the provider made.
    pub fn creates_committed(&self) -> u64 {
        self.simulator.state(self.provider).creates_committed()
    }
}

/// Snapshots that take a moment to build.
pub fn options() -> SimulatorOptions {
    SimulatorOptions::default().strict(true).build_time(Duration::from_millis(60))
}

/// The default's limits and repeats, in less time.
pub fn quick() -> HttpOptions {
    HttpOptions::default()
        .with_request_timeout(Duration::from_secs(5))
        .with_retry(RetryOptions::default().with_pauses(Duration::from_millis(5), Duration::from_millis(40)))
}

/// Polls as often as a test wants it.
pub fn quick_poll() -> PollOptions {
    PollOptions::default()
        .with_pauses(Duration::from_millis(10), Duration::from_millis(50))
        .with_not_found_grace(Duration::from_secs(2))
}

/// Settles sooner than a real provider is given time to.
pub fn quick_lookup() -> LookupOptions {
    LookupOptions::default().with_settle(Duration::from_millis(200)).with_lookup_timeout(Duration::from_secs(10))
}

thread_local! {
    static CLAIMS: Arc<ProcessState> = Arc::default();
}

/// A create that waits and settles as quickly as a test wants it.
pub fn quickly<P: SnapshotProvider + ?Sized>(create: cloudsnap::Create<'_, P>) -> cloudsnap::Create<'_, P> {
    let create = create.with_lookup_options(quick_lookup()).with_poll_options(quick_poll());
    let create = create.timeout(Duration::from_secs(30));
    // A test on a thread of its own has claims of its own: a simulator of another test may have had the same port, and
    // snapshots with the same ids.
    match tokio::runtime::Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => create.with_state_store(CLAIMS.with(Arc::clone) as Arc<dyn StateStore>),
        _ => create,
    }
}
