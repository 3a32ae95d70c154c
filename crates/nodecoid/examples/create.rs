//! Creates a snapshot of a server and waits for it: `cargo run --example create -- nodecoid:SERVER`
//!
//! The account comes from the environment: `NODECOID_USER_ID`, `NODECOID_API_KEY`, and so on.

use nodecoid::{Client, Config, CreateSnapshot, Report, SnapshotProviderExt};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let source = std::env::args().nth(1).ok_or("a source is needed, such as nodecoid:SERVER")?;
    let client = Client::new(Config::from_env()?)?;
    let created = client.create(CreateSnapshot::new(source.parse()?)).await?;
    println!("{} {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
