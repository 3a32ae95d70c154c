//! Lists the snapshots at IONOS with bare reqwest.

#[derive(serde::Deserialize)]
struct List {
    items: Vec<Snapshot>,
}

#[derive(serde::Deserialize)]
struct Snapshot {
    id: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = format!("{}/snapshots?depth=1", std::env::var("IONOS_API_URL")?);
    let client = reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build()?;
    let answer = client.get(url).bearer_auth(std::env::var("IONOS_TOKEN")?).send().await?;
    let list: List = serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?;
    for snapshot in list.items {
        println!("{}", snapshot.id);
    }
    Ok(())
}
