//! Lists the snapshots at IONOS with the crate `ionos`.

use ionos::{Client, Config, ListSnapshots, SnapshotProvider};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(Config::from_env()?)?;
    for snapshot in client.list_snapshots(&ListSnapshots::default()).await?.items {
        println!("{}", snapshot.id);
    }
    Ok(())
}
