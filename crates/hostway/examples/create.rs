//! Takes a snapshot of a server and waits for it: `cargo run -p hostway --example create -- hostway:SERVER`, with
//! `HOSTWAY_USERNAME` and `HOSTWAY_PASSWORD` set.

use hostway::{Client, Config, CreateSnapshot, SnapshotProviderExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = std::env::args().nth(1).ok_or("usage: create hostway:SERVER")?;
    let client = Client::new(Config::from_env()?)?;
    let created = client.create(CreateSnapshot::new(source.parse()?)).await?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
