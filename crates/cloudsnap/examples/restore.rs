//! Restores a snapshot and waits for the end, where the provider shows it:
//! `cargo run --example restore --features full -- ionos:@SNAPSHOT ionos:DATACENTER/VOLUME`
//!
//! Overwrites what it restores to: the second argument, or else what the snapshot was taken of. IONOS needs the second.

use cloudsnap::{Report, RestoreSnapshot, SnapshotProviderExt, SnapshotRef};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let mut arguments = std::env::args().skip(1);
    let snapshot: SnapshotRef = arguments.next().ok_or("a snapshot is needed, such as sitehost:SERVER@ID")?.parse()?;
    let provider = cloudsnap::from_env(snapshot.account())?;
    let mut request = RestoreSnapshot::new(snapshot);
    if let Some(target) = arguments.next() {
        request = request.with_target(target.parse()?);
    }
    let finished = provider.restore(request).await?;
    println!("{}", if finished.confirmed { "restored" } else { "accepted; the provider shows no end" });
    Ok(())
}
