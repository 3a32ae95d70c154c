//! Lists the snapshots at all providers with the umbrella.

use cloudsnap::{ListSnapshots, SnapshotProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    for name in cloudsnap::PROVIDERS {
        let provider = cloudsnap::from_env(name)?;
        for snapshot in provider.list_snapshots(&ListSnapshots::default()).await?.items {
            println!("{}", snapshot.id);
        }
    }
    Ok(())
}
