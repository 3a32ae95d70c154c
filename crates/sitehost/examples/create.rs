//! Creates a snapshot of a disk and waits for it: `cargo run --example create -- sitehost:SERVER/DISK`
//!
//! The account comes from the environment: `SH_APIKEY`, `SH_CLIENT_ID`, and so on.

use sitehost::{Client, Config, CreateSnapshot, Report, SnapshotProviderExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let source = std::env::args().nth(1).ok_or("a source is needed, such as sitehost:SERVER/DISK")?;
    let client = Client::new(Config::from_env()?)?;
    let created = client.create(CreateSnapshot::new(source.parse()?)).await?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
