//! Creates a snapshot of a volume and waits for it: `cargo run --example create -- ionos:DATACENTER/VOLUME`
//!
//! The account comes from the environment: `IONOS_TOKEN`, and so on.

use ionos::{Client, Config, CreateSnapshot, Report, SnapshotProviderExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let source = std::env::args().nth(1).ok_or("a source is needed, such as ionos:DATACENTER/VOLUME")?;
    let client = Client::new(Config::from_env()?)?;
    let created = client.create(CreateSnapshot::new(source.parse()?)).await?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
