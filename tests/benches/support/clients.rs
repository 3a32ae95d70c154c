//! The two clients that are compared: ours, and bare reqwest in the hands of somebody who knows what he needs.

use std::hint::black_box;
use std::time::Duration;

use cloudsnap::ionos::{Client, Config};
use cloudsnap::provider::{Account, CreateFingerprint};
use cloudsnap::{
    CreateSnapshot, HttpOptions, ListSnapshots, PollOptions, RetryOptions, SnapshotProvider, SnapshotProviderExt,
    SnapshotRef, SourceRef,
};
use cloudsnap_simulator::credentials::IONOS_TOKEN;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue};

use super::Result;
use super::wire::{Create, CreateProperties, List, Plain, Status};

/// The volume that everything is taken of.
pub(crate) const DATACENTER: &str = "d0000000-0000-4000-8000-000000000001";
/// Its id in that data centre.
pub(crate) const VOLUME: &str = "b0000000-0000-4000-8000-000000000001";

const NAME: &str = "nightly";
const USER_AGENT: &str = concat!("cloudsnap/", env!("CARGO_PKG_VERSION"));

/// How long both clients pause before they look whether a create is done. It is, by then.
pub(crate) const PAUSE: Duration = Duration::from_millis(1);

/// A list of 100,000 is larger than what is read by default.
const LARGEST_LIST: usize = 1 << 30;

/// A call that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// One create is started.
    Create,
    /// One snapshot is read.
    Get,
    /// All snapshots are listed.
    List,
}

impl Call {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Create, Self::Get, Self::List];

    /// The name in results.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::List => "list of 50",
        }
    }
}

/// Either client, set up for the same calls.
#[derive(Debug)]
pub(crate) enum Caller {
    /// Ours.
    Ours(Box<Ours>),
    /// Bare reqwest.
    Bare(Box<Bare>),
}

impl Caller {
    /// Ours.
    pub(crate) fn ours(base_url: &str) -> Result<Self> {
        Ok(Self::Ours(Box::new(Ours::new(base_url)?)))
    }

    /// Bare reqwest.
    pub(crate) fn bare(base_url: &str, limits: Limits) -> Result<Self> {
        Ok(Self::Bare(Box::new(Bare::new(base_url, limits)?)))
    }

    /// Names the snapshot to get.
    pub(crate) fn knowing(mut self, id: &str) -> Result<Self> {
        match &mut self {
            Self::Ours(ours) => ours.snapshot = SnapshotRef::new("ionos", [] as [&str; 0], id)?,
            Self::Bare(bare) => id.clone_into(&mut bare.snapshot),
        }
        Ok(self)
    }

    /// Makes one call.
    pub(crate) async fn call(&self, call: Call) -> Result {
        match self {
            Self::Ours(ours) => ours.call(call).await,
            Self::Bare(bare) => bare.call(call).await,
        }
    }

    /// Makes this call so many times, one after the other.
    pub(crate) async fn repeat(&self, call: Call, count: usize) -> Result {
        for _ in 0..count {
            self.call(call).await?;
        }
        Ok(())
    }
}

/// The fingerprint of all creates here, so that both clients send the same bytes.
fn fingerprint() -> Result<CreateFingerprint> {
    let account = Account::new("ionos", "ionos", "127.0.0.1");
    Ok(CreateFingerprint::new(&account, &CreateSnapshot::new(source()?))?)
}

fn source() -> Result<SourceRef> {
    Ok(SourceRef::new("ionos", [DATACENTER, VOLUME])?)
}

/// Makes as many snapshots as an account may have, with our tag as all of ours, and answers the id of one.
pub(crate) async fn fill(base_url: &str) -> Result<String> {
    const LISTED: usize = 50;
    let ours = Ours::new(base_url)?;
    let mut id = String::new();
    for _ in 0..LISTED {
        id = ours.client.create(ours.request.clone()).with_poll_options(at_once()).await?.snapshot.id;
    }
    Ok(id)
}

/// A create whose snapshot is done when it is first looked at.
pub(crate) fn at_once() -> PollOptions {
    PollOptions::default().with_pauses(PAUSE, PAUSE)
}

/// Ours.
#[derive(Debug)]
pub(crate) struct Ours {
    /// The client.
    pub(crate) client: Client,
    /// What is created.
    pub(crate) request: CreateSnapshot,
    /// The fingerprint it is created with.
    pub(crate) fingerprint: CreateFingerprint,
    snapshot: SnapshotRef,
}

impl Ours {
    /// A client with the options that everybody gets.
    pub(crate) fn new(base_url: &str) -> Result<Self> {
        let options = HttpOptions::default().with_max_response_bytes(LARGEST_LIST).with_max_elements(usize::MAX);
        Self::with(base_url, options)
    }

    fn with(base_url: &str, options: HttpOptions) -> Result<Self> {
        let config = Config::with_token(IONOS_TOKEN.to_owned()).with_base_url(base_url).with_http(options);
        let request = CreateSnapshot::new(source()?).with_name(NAME);
        let snapshot = SnapshotRef::new("ionos", [] as [&str; 0], "none")?;
        Ok(Self { client: Client::new(config)?, request, fingerprint: fingerprint()?, snapshot })
    }

    async fn call(&self, call: Call) -> Result {
        match call {
            Call::Create => drop(black_box(self.client.start_create(&self.request, &self.fingerprint).await?)),
            Call::Get => drop(black_box(self.client.get_snapshot(&self.snapshot).await?)),
            Call::List => drop(black_box(self.client.list_snapshots(&ListSnapshots::default()).await?)),
        }
        Ok(())
    }
}

/// Whether bare reqwest has the time limits of ours. A person who writes it by hand forgets them, as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limits {
    /// It waits for ever.
    None,
    /// It has those of ours.
    AsOurs,
}

/// Bare reqwest: what a careful person writes who needs these calls and nothing else. Header values are made once,
/// redirects are off, and so are proxies, which ours does not use on loopback either.
#[derive(Clone, Debug)]
pub(crate) struct Bare {
    http: reqwest::Client,
    base_url: String,
    description: String,
    snapshot: String,
}

/// What a create answered.
#[derive(Debug)]
pub(crate) struct Started {
    /// The snapshot, as it is now.
    pub(crate) snapshot: Plain,
    /// The request to follow.
    pub(crate) request: Option<String>,
}

impl Bare {
    /// A client.
    pub(crate) fn new(base_url: &str, limits: Limits) -> Result<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(AUTHORIZATION, HeaderValue::try_from(format!("Bearer {IONOS_TOKEN}"))?);
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy();
        if limits == Limits::AsOurs {
            let ours = HttpOptions::default();
            builder = builder
                .connect_timeout(ours.connect_timeout)
                .timeout(ours.request_timeout)
                .read_timeout(ours.read_timeout);
        }
        let base_url = base_url.trim_end_matches("/cloudapi/v6");
        let description = fingerprint()?.tagged_description();
        Ok(Self {
            http: builder.build()?,
            base_url: format!("{base_url}/cloudapi/v6"),
            description,
            snapshot: "none".to_owned(),
        })
    }

    /// Takes the description of ours, so that both send the same.
    pub(crate) fn describe_as(&mut self, fingerprint: &CreateFingerprint) {
        self.description = fingerprint.tagged_description();
    }

    async fn call(&self, call: Call) -> Result {
        match call {
            Call::Create => drop(black_box(self.create().await?)),
            Call::Get => drop(black_box(self.get(&self.snapshot).await?)),
            Call::List => drop(black_box(self.list().await?)),
        }
        Ok(())
    }

    /// Starts a create.
    pub(crate) async fn create(&self) -> Result<Started> {
        let url = format!("{}/datacenters/{DATACENTER}/volumes/{VOLUME}/create-snapshot?pretty=false", self.base_url);
        let body = Create { properties: CreateProperties { name: NAME, description: &self.description } };
        let body = serde_json::to_vec(&body)?;
        let request = self.http.post(url).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await?.error_for_status()?;
        let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let request = location.and_then(|location| {
            let id = location.split("/requests/").nth(1)?.split('/').next()?;
            Some(id.to_owned())
        });
        let body = response.bytes().await?;
        Ok(Started { snapshot: serde_json::from_slice(&body)?, request })
    }

    /// Reads a snapshot.
    pub(crate) async fn get(&self, id: &str) -> Result<Plain> {
        self.read(format!("{}/snapshots/{id}?pretty=false", self.base_url)).await
    }

    /// Reads all snapshots.
    pub(crate) async fn list(&self) -> Result<Vec<Plain>> {
        let list: List<Plain> = self.read(format!("{}/snapshots?pretty=false&depth=1", self.base_url)).await?;
        Ok(list.items)
    }

    /// Reads the bytes of a list, and nothing of what they say.
    pub(crate) async fn list_unread(&self) -> Result {
        let url = format!("{}/snapshots?pretty=false&depth=1", self.base_url);
        black_box(self.http.get(url).send().await?.error_for_status()?.bytes().await?);
        Ok(())
    }

    /// Follows what was started to its end, as the documentation says: the request, then the snapshot.
    pub(crate) async fn finish(&self, started: &Started, pause: Duration) -> Result<Plain> {
        tokio::time::sleep(pause).await;
        let request = started.request.as_deref().ok_or("no request to follow")?;
        let status: Status = self.read(format!("{}/requests/{request}/status?pretty=false", self.base_url)).await?;
        if status.metadata.status != "DONE" {
            return Err(format!("the request is {}", status.metadata.status).into());
        }
        let snapshot = self.get(&started.snapshot.id).await?;
        match snapshot.metadata.state.as_deref() {
            Some("AVAILABLE") => Ok(snapshot),
            state => Err(format!("the snapshot is {state:?}").into()),
        }
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, url: String) -> Result<T> {
        let body = self.http.get(url).send().await?.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// Makes sure that both clients send the same bytes: else they would not be worth comparing.
pub(crate) async fn send_the_same() -> Result {
    for call in Call::ALL {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}/cloudapi/v6", listener.local_addr()?);
        let recorded =
            std::thread::spawn(move || [super::server::record_one(&listener), super::server::record_one(&listener)]);
        let once = HttpOptions::default().with_retry(RetryOptions::never());
        let ours = Ours::with(&base_url, once)?;
        let mut bare = Bare::new(&base_url, Limits::None)?;
        bare.describe_as(&ours.fingerprint);
        // Both are answered with an error, which says nothing here.
        let _ = ours.call(call).await;
        let _ = bare.call(call).await;
        let [one, other] = recorded.join().map_err(|_| "the recorder ended")?;
        let (one, other) = (one?, other?);
        if one != other {
            return Err(format!("the clients send different bytes:\nours: {one:#?}\nbare: {other:#?}").into());
        }
    }
    Ok(())
}
