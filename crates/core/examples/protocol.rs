//! How a provider's crate begins: who asks, what a failure is, and a request through the chain that repeats, bounds and
//! explains. `TOKEN=… cargo run --example protocol -- https://api.example.com /v1/servers`

use cloudsnap_core::provider::{Authentication, Failure, HttpClient, Protocol, Request, Response, Variables};
use cloudsnap_core::{Connection, Report, Result, Secret};
use http::Method;

/// An API that takes a bearer token, and says by its status what went wrong.
#[derive(Debug)]
struct Bearer {
    token: Secret,
}

impl Protocol for Bearer {
    fn authenticate(&self) -> Result<Authentication> {
        Authentication::bearer(&self.token)
    }

    fn secrets(&self) -> Vec<Secret> {
        vec![self.token.clone()]
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        (!response.is_success()).then(|| Failure::from_status(response))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Report> {
    let mut words = std::env::args().skip(1);
    let (url, path) = words.next().zip(words.next()).ok_or("a URL and a path are needed")?;
    let token = Variables::environment().required_secret("TOKEN")?;
    let http = HttpClient::new(Connection::new("example", &url), Bearer { token })?;
    let body = http.send(Request::new("get", Method::GET, path), |response| Ok(response.text().to_owned())).await?;
    println!("{body}");
    Ok(())
}
