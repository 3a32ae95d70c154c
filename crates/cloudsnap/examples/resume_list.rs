//! Prints one page of an account's snapshots; run again, the next page:
//! `cargo run --example resume_list --features full -- sitehost page.json`
//!
//! The file holds the token of the next page, or `null` after the last one, with which the list begins anew.

use cloudsnap::{ListSnapshots, Report, SnapshotProviderExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let mut arguments = std::env::args().skip(1);
    let (account, file) = arguments.next().zip(arguments.next()).ok_or("an account and a file are needed")?;
    let provider = cloudsnap::from_env(&account)?;
    let mut request = ListSnapshots::default();
    if let Ok(saved) = std::fs::read_to_string(&file) {
        request.page = serde_json::from_str(&saved)?;
    }
    let mut snapshots = provider.snapshots(request);
    for snapshot in snapshots.next_page().await?.unwrap_or_default() {
        println!("{} {}", snapshot.reference(), snapshot.state);
    }
    std::fs::write(&file, serde_json::to_string(&snapshots.token())?)?;
    Ok(())
}
