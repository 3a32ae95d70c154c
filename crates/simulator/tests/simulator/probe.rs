use cloudsnap_simulator::{Fault, Provider, Simulator, SimulatorOptions};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::talk::BUILD_TIME;

pub(crate) const SITEHOST: &str = "apikey=simulated-sitehost-key&client_id=979387";
pub(crate) const NODECOID: &str = "user_id=12312&random=one&checksum=a7e1633772c4a91f24e9c8b57ba386452dbbf3ae";
const HOSTWAY: &str = "Basic c2ltdWxhdGVkLXVzZXI6c2ltdWxhdGVkLWhvc3R3YXktcGFzc3dvcmQ=";
const IONOS: &str = "Bearer simulated-ionos-token";
const FORM: &str = "application/x-www-form-urlencoded";
const CENTRE: &str = "/datacenters/d0000000-0000-4000-8000-000000000001";

/// The same few calls at whichever provider, each as that provider wants it.
pub(crate) struct Probe {
    pub(crate) simulator: Simulator,
    pub(crate) provider: Provider,
    client: Client,
}

/// An answer, or nothing where the connection was reset.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Whether the provider refuses, whatever its HTTP status.
    pub(crate) fn is_refused(&self) -> bool {
        let json = self.json();
        self.status >= 400 || json["status"] == false || json["code"].as_str().is_some_and(|code| code != "OK")
    }
}

impl Probe {
    pub(crate) async fn start(provider: Provider, options: SimulatorOptions) -> Self {
        let simulator = Simulator::start(options.build_time(BUILD_TIME)).await.unwrap();
        let client =
            Client::builder().pool_max_idle_per_host(0).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { simulator, provider, client }
    }

    pub(crate) async fn with_fault(provider: Provider, fault: &str) -> Self {
        Self::start(provider, SimulatorOptions::default().fault(fault.parse().unwrap())).await
    }

    pub(crate) fn set_fault(&self, fault: &str) {
        self.simulator.set_faults(vec![fault.parse::<Fault>().unwrap()]);
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.simulator.url(self.provider)));
        match self.provider {
            Provider::Hostway => request.header("authorization", HOSTWAY).header("content-type", "application/json"),
            Provider::Ionos => request.header("authorization", IONOS).header("content-type", "application/json"),
            _ => request.header("content-type", FORM),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Answered {
        let Ok(answer) = request.send().await else { return Answered::default() };
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answered { status, headers, text: answer.text().await.unwrap_or_default() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answered {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answered {
        self.send(self.request(Method::POST, path).body(body.to_owned())).await
    }

    pub(crate) async fn create(&self) -> Answered {
        self.create_named("a").await
    }

    /// A snapshot of the first source; the name is for those that have names.
    pub(crate) async fn create_named(&self, name: &str) -> Answered {
        let source = self.simulator.sources(self.provider).swap_remove(0);
        self.create_of(&source, name).await
    }

    /// A snapshot of a source of the simulator.
    pub(crate) async fn create_of(&self, source: &str, name: &str) -> Answered {
        let (_, path) = source.split_once(':').unwrap();
        match self.provider {
            Provider::SiteHost => {
                let (server, disk) = path.split_once('/').unwrap();
                let form = format!("{SITEHOST}&name={server}&partition={disk}&lifetime=1");
                self.post("/1.3/server/snapshot/create.json", &form).await
            }
            Provider::Hostway => {
                let body = format!(r#"{{"snapshot":{{"name":"{name}","description":"some words"}}}}"#);
                self.post(&format!("/servers/{path}/snapshots"), &body).await
            }
            Provider::NodeCoId => self.post("/create_snapshot", &format!("{NODECOID}&server_id={path}")).await,
            _ => {
                let (centre, volume) = path.split_once('/').unwrap();
                let path = format!("/datacenters/{centre}/volumes/{volume}/create-snapshot");
                let body = format!(r#"{{"properties":{{"name":"{name}","description":"some words"}}}}"#);
                self.post(&path, &body).await
            }
        }
    }

    /// A look at what a create started.
    pub(crate) async fn follow(&self, created: &Answered) -> Answered {
        let json = created.json();
        match self.provider {
            Provider::SiteHost => self.job(&json, "scheduler").await,
            Provider::Hostway | Provider::NodeCoId => self.read(created).await,
            _ => {
                let location = created.header("location").unwrap();
                let (_, path) = location.split_once("/cloudapi/v6").unwrap();
                self.get(path).await
            }
        }
    }

    /// SiteHost's job of a create, under a type.
    pub(crate) async fn job(&self, created: &Value, kind: &str) -> Answered {
        let id = created["return"]["job_id"].as_str().unwrap();
        self.get(&format!("/1.3/job/get.json?{SITEHOST}&job_id={id}&type={kind}")).await
    }

    /// The snapshot by its id; at SiteHost, which has no such call, the list.
    pub(crate) async fn read(&self, created: &Answered) -> Answered {
        let json = created.json();
        match self.provider {
            Provider::SiteHost => self.list().await,
            Provider::Hostway => {
                let id = json["snapshot"]["id"].as_str().unwrap();
                self.get(&format!("/servers/test_server_0001/snapshots/{id}")).await
            }
            Provider::NodeCoId => {
                let id = json["data"]["snapshot_id"].as_str().unwrap();
                self.post("/get_snapshot_detail", &format!("{NODECOID}&client_ip_address=192.0.2.1&snapshot_id={id}"))
                    .await
            }
            _ => self.get(&format!("/snapshots/{}", json["id"].as_str().unwrap())).await,
        }
    }

    pub(crate) async fn list(&self) -> Answered {
        match self.provider {
            Provider::SiteHost => {
                self.get(&format!("/1.3/server/snapshot/list_all.json?{SITEHOST}&name=server1")).await
            }
            Provider::Hostway => self.get("/servers/test_server_0001/snapshots").await,
            Provider::NodeCoId => {
                let form = format!("{NODECOID}&client_ip_address=192.0.2.1&snapshot_status=all");
                self.post("/get_snapshot_list", &form).await
            }
            _ => self.get("/snapshots?depth=1").await,
        }
    }

    /// The list as bytes, with the head of the answer.
    pub(crate) async fn raw_list(&self) -> (String, Vec<u8>) {
        let (path, headers, body) = match self.provider {
            Provider::SiteHost => {
                (format!("/1.3/server/snapshot/list_all.json?{SITEHOST}&name=server1"), String::new(), String::new())
            }
            Provider::Hostway => (
                "/servers/test_server_0001/snapshots".to_owned(),
                format!("authorization: {HOSTWAY}\r\n"),
                String::new(),
            ),
            Provider::NodeCoId => {
                let form = format!("{NODECOID}&client_ip_address=192.0.2.1&snapshot_status=all");
                ("/api/v1/get_snapshot_list".to_owned(), format!("content-type: {FORM}\r\n"), form)
            }
            _ => ("/cloudapi/v6/snapshots?depth=1".to_owned(), format!("authorization: {IONOS}\r\n"), String::new()),
        };
        let url = self.simulator.url(self.provider);
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let method = if body.is_empty() { "GET" } else { "POST" };
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
        (String::from_utf8_lossy(&answer[..end]).into_owned(), answer.split_off(end))
    }

    /// Servers, and volumes at IONOS.
    pub(crate) async fn sources(&self) -> Answered {
        match self.provider {
            Provider::SiteHost => self.get(&format!("/1.5/server/list_servers.json?{SITEHOST}")).await,
            Provider::Hostway => self.get("/servers").await,
            Provider::NodeCoId => self.post("/get_server_list", &format!("{NODECOID}&server_status=all")).await,
            _ => self.get(&format!("{CENTRE}/volumes?depth=1")).await,
        }
    }

    /// How many snapshots the list has.
    pub(crate) async fn listed(&self) -> usize {
        let json = self.list().await.json();
        let items = match self.provider {
            Provider::SiteHost => &json["return"],
            Provider::Hostway => &json["snapshots"],
            Provider::NodeCoId => &json["data"]["records"],
            _ => &json["items"],
        };
        items.as_array().map(Vec::len).or_else(|| items.as_object().map(serde_json::Map::len)).unwrap()
    }

    pub(crate) fn created(&self) -> u64 {
        self.simulator.state(self.provider).creates_committed()
    }

    /// How many snapshots there are in truth.
    pub(crate) fn existing(&self) -> usize {
        self.simulator.state(self.provider).snapshots.len()
    }
}
