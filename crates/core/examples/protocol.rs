//! How a provider's crate begins: who asks, what a failure is, and a request through the chain that repeats, bounds and
//! explains. `TOKEN=… cargo run --example protocol -- https://api.example.com /v1/servers`

use cloudsnap_core::http::{Authentication, BaseUrl, Failure, HttpClient, HttpOptions, Protocol, Request, Response};
use cloudsnap_core::{Error, ErrorKind, Result, Secret, Variables};
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};

/// An API that takes a bearer token, and says by its status what went wrong.
#[derive(Debug)]
struct Bearer {
    token: Secret,
}

impl Protocol for Bearer {
    fn provider(&self) -> &'static str {
        "example"
    }

    fn authenticate(&self) -> Result<Authentication> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.token.expose()))
            .map_err(|_| Error::new(ErrorKind::Config, "the token cannot stand in a header"))?;
        value.set_sensitive(true);
        Ok(Authentication::none().header(AUTHORIZATION, value))
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        (!response.is_success()).then(|| Failure::from_status(response))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (url, path) = words.next().zip(words.next()).ok_or("a URL and a path are needed")?;
    let token = Variables::environment().required_secret("TOKEN")?;
    let base_url = BaseUrl::parse(&url, "the URL")?;
    let http = HttpClient::new(base_url, Bearer { token }, HttpOptions::default())?;
    let body = http.send(Request::new("get", Method::GET, path), |response| Ok(response.text().to_owned())).await?;
    println!("{body}");
    Ok(())
}
