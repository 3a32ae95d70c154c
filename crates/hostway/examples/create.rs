//! Creates a snapshot of a server and waits for it: `cargo run --example create -- hostway:SERVER`
//!
//! The account comes from the environment: `HOSTWAY_USERNAME`, and so on.

use hostway::{Client, Config, CreateSnapshot, Report, SnapshotProviderExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let source = std::env::args().nth(1).ok_or("a source is needed, such as hostway:SERVER")?;
    let client = Client::new(Config::from_env()?)?;
    let created = client.create(CreateSnapshot::new(source.parse()?)).await?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
