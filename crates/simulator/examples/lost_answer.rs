//! What a client that simply sends again makes of a lost answer: `cargo run --example lost_answer`

use cloudsnap_simulator::{Provider, Simulator, SimulatorOptions, credentials};

const CREATE: &str = "datacenters/d0000000-0000-4000-8000-000000000001\
                      /volumes/b0000000-0000-4000-8000-000000000001/create-snapshot";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = SimulatorOptions::default().fault("ionos:create=reset-after#1".parse()?);
    let simulator = Simulator::start(options).await?;

    let create = reqwest::Client::new()
        .post(format!("{}/{CREATE}", simulator.url(Provider::Ionos)))
        .bearer_auth(credentials::IONOS_TOKEN)
        .header("content-type", "application/json")
        .body("{}")
        .build()?;
    let mut told = 0;
    while told == 0 {
        let again = create.try_clone().ok_or("a request that cannot be sent again")?;
        if let Ok(answer) = reqwest::Client::new().execute(again).await {
            answer.error_for_status()?;
            told += 1;
        }
    }

    let made = simulator.state(Provider::Ionos).creates_committed();
    println!("the client was told of {told}, the provider has {made}");
    Ok(())
}
