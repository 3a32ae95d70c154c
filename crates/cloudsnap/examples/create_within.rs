//! Creates a snapshot and waits for it, for four hours at most:
//! `cargo run --example create_within --features full -- ionos:DATACENTER/VOLUME`
//!
//! The account comes from the environment: `IONOS_TOKEN`, and so on.

use std::time::Duration;

use cloudsnap::{CreateSnapshot, Report, SnapshotProviderExt, SourceRef};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let source = std::env::args().nth(1).ok_or("a source is needed, such as ionos:DATACENTER/VOLUME")?;
    let source: SourceRef = source.parse()?;
    let provider = cloudsnap::from_env(source.account())?;
    let create = provider.create(CreateSnapshot::new(source)).timeout(Duration::from_secs(4 * 3600));
    let created = create.await.inspect_err(|error| {
        // It goes on at the provider; `cloudsnap wait TOKEN` waits on.
        if let Some(token) = error.token() {
            eprintln!("{token}");
        }
    })?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
