//! Creates a snapshot of the SOURCE given, waits for it, and prints it:
//!
//! ```text
//! NODECOID_USER_ID=… NODECOID_API_KEY=… cargo run -p nodecoid --example create -- nodecoid:12345
//! ```

use nodecoid::{Client, Config, CreateSnapshot, Error, Result, SnapshotProviderExt, Source};

#[tokio::main]
async fn main() -> Result<()> {
    let source = std::env::args().nth(1).ok_or_else(|| Error::invalid_input("name a source: nodecoid:SERVER"))?;
    let source: Source = source.parse()?;
    let client = Client::new(Config::from_env()?)?;
    let created = client
        .create(CreateSnapshot::new(source))
        .on_started(|started| eprintln!("started; to wait elsewhere: {}", started.operation))
        .await?;
    println!("{} is {}", created.snapshot.reference(), created.snapshot.state);
    Ok(())
}
