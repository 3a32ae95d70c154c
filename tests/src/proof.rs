//! What a provider can do, found out by trying, without asking what it says of itself.

use std::time::Duration;

use cloudsnap::{
    CreateSnapshot, Error, ErrorKind, ListSnapshots, ListSources, RestoreSnapshot, Result, Snapshot, SnapshotProvider,
    SnapshotProviderExt, UpdateSnapshot,
};
use cloudsnap_simulator::Provider;
use serde_json::{Value, json};

use crate::{World, quick, quick_poll, quickly};

const HOUR: Duration = Duration::from_secs(3600);

/// The capabilities of a provider as its simulator shows them, in the form in which `Capabilities` serialises itself,
/// but for the help of its options.
pub async fn proved(provider: Provider) -> Value {
    json!({
        "list_sources": is_done(Trial::new(provider).await.sources().await),
        "list_snapshots": is_done(Trial::new(provider).await.list().await),
        "get_snapshot": is_done(Trial::new(provider).await.get().await),
        "create": is_done(Trial::new(provider).await.create().await),
        "name": is_done(Trial::new(provider).await.name().await),
        "description": is_done(Trial::new(provider).await.description().await),
        "expiry": expiry(provider).await,
        "restore": restore(provider).await,
        "delete": is_done(Trial::new(provider).await.delete().await),
        "rename": is_done(Trial::new(provider).await.rename().await),
        "change_expiry": is_done(Trial::new(provider).await.change_expiry().await),
        "identity": Trial::new(provider).await.identity().await,
    })
}

/// Whether it was done. What is not is refused as unsupported; anything else is a fault of the trial.
fn is_done(outcome: Result<()>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            false
        }
    }
}

async fn expiry(provider: Provider) -> Value {
    const LONG: u64 = 10_000;
    if !is_done(Trial::new(provider).await.expires(3 * HOUR).await) {
        return json!({"kind": "unsupported"});
    }
    match Trial::new(provider).await.expires(HOUR * 10_000).await {
        Ok(()) => json!({"kind": "recorded"}),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            let mut bounds = Vec::new();
            for hours in (1..100).chain([LONG]) {
                let trial = Trial::new(provider).await;
                if trial.client.validate_create(&trial.request().with_expires_in(HOUR * hours as u32)).is_ok() {
                    bounds.push(hours);
                }
            }
            let seconds = |hours: Option<&u64>| hours.map(|hours| hours * 3600);
            json!({"kind": "native", "min_seconds": seconds(bounds.first()), "max_seconds": seconds(bounds.last())})
        }
    }
}

async fn restore(provider: Provider) -> &'static str {
    let in_place = Trial::new(provider).await.restore_in_place().await;
    let elsewhere = Trial::new(provider).await.restore_elsewhere().await.is_ok();
    match (in_place, elsewhere) {
        (Ok(_), true) => "anywhere",
        (Ok(true), false) => "in_place",
        (Ok(false), false) => "in_place_unobserved",
        (Err(_), true) => "onto_target",
        (Err(_), false) => "unsupported",
    }
}

struct Trial {
    world: World,
    client: Box<dyn SnapshotProvider>,
}

impl Trial {
    async fn new(provider: Provider) -> Self {
        let world = World::new(provider).await;
        let client = world.connect(quick());
        Self { world, client }
    }

    fn request(&self) -> CreateSnapshot {
        CreateSnapshot::new(self.world.source())
    }

    async fn make(&self, request: CreateSnapshot) -> Result<Snapshot> {
        Ok(quickly(self.client.create(request)).await?.snapshot)
    }

    async fn sources(&self) -> Result<()> {
        let sources = self.client.sources(ListSources::default()).try_collect().await?;
        expect(sources.iter().any(|found| found.reference == self.world.source()))
    }

    async fn list(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        let listed = self.client.snapshots(ListSnapshots::default()).try_collect().await?;
        expect(listed.iter().any(|found| found.id == made.id))
    }

    async fn get(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        expect(self.client.get_snapshot(&made.reference()).await?.id == made.id)
    }

    async fn create(&self) -> Result<()> {
        self.make(self.request()).await?;
        expect(self.world.creates_committed() == 1)
    }

    async fn name(&self) -> Result<()> {
        let made = self.make(self.request().with_name("a-name")).await?;
        expect(made.name.as_deref() == Some("a-name"))
    }

    async fn description(&self) -> Result<()> {
        let made = self.make(self.request().with_description("some words")).await?;
        expect(made.description.as_deref() == Some("some words"))
    }

    async fn expires(&self, after: Duration) -> Result<()> {
        let made = self.make(self.request().with_expires_in(after)).await?;
        expect(made.expires_at.is_some())
    }

    async fn delete(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        let started = self.client.start_delete(&made.reference()).await?;
        self.client.wait(started).with_poll_options(quick_poll()).await?;
        expect(self.world.simulator.state(self.world.provider).snapshots.is_empty())
    }

    async fn rename(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        let started = self.client.start_update(&UpdateSnapshot::new(made.reference()).with_name("another")).await?;
        self.client.wait(started).with_poll_options(quick_poll()).await?;
        expect(self.client.get_snapshot(&made.reference()).await?.name.as_deref() == Some("another"))
    }

    async fn change_expiry(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        let started = self.client.start_update(&UpdateSnapshot::new(made.reference()).with_expires_in(48 * HOUR)).await?;
        self.client.wait(started).with_poll_options(quick_poll()).await?;
        expect(self.client.get_snapshot(&made.reference()).await?.expires_at != made.expires_at)
    }

    /// Whether the end of it was seen.
    async fn restore_in_place(&self) -> Result<bool> {
        let made = self.make(self.request()).await?;
        let started = self.client.start_restore(&RestoreSnapshot::new(made.reference())).await?;
        Ok(self.client.wait(started).with_poll_options(quick_poll()).await?.confirmed)
    }

    async fn restore_elsewhere(&self) -> Result<()> {
        let made = self.make(self.request()).await?;
        let other = self.world.sources().remove(1);
        let started = self.client.start_restore(&RestoreSnapshot::new(made.reference()).with_target(other)).await?;
        self.client.wait(started).with_poll_options(quick_poll()).await.map(drop)
    }

    async fn identity(&self) -> &'static str {
        let made = self.make(self.request()).await;
        let state = self.world.simulator.state(self.world.provider);
        let tagged = |snapshot: &cloudsnap_simulator::SimulatedSnapshot| {
            snapshot.description.as_deref().is_some_and(|words| words.contains("[cloudsnap id="))
        };
        if made.is_ok() && state.snapshots.iter().all(tagged) { "tag" } else { "new_id" }
    }
}

fn expect(kept: bool) -> Result<()> {
    if kept { Ok(()) } else { Err(Error::new(ErrorKind::Unexpected, "it was accepted and not done")) }
}
