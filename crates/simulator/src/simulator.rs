use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::api::Setup;
use crate::api_server::ApiServer;
use crate::credentials;
use crate::fault::Fault;
use crate::http_server::{SharedApiServer, Timing, lock, serve, serve_redirect_target};
use crate::options::SimulatorOptions;
use crate::provider::Provider;
use crate::providers;
use crate::state::SimulatorState;
use crate::time::Moment;

/// The four APIs, served on loopback until this is dropped.
pub struct Simulator {
    served: [Served; 4],
    redirects_received: Arc<AtomicU64>,
    // Dropping the set aborts the servers, and their connections with them.
    _servers: JoinSet<()>,
}

/// One provider's server and where it listens.
struct Served {
    origin: String,
    server: SharedApiServer,
}

impl Simulator {
    /// Listens and serves, in tasks of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address, or one of the four ports is taken.
    pub async fn start(options: SimulatorOptions) -> io::Result<Self> {
        if !options.listen.ip().is_loopback() {
            let problem = format!("{} is not a loopback address", options.listen.ip());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let mut servers = JoinSet::new();

        let elsewhere = TcpListener::bind(SocketAddr::new(options.listen.ip(), 0)).await?;
        let redirect_to = format!("http://{}", elsewhere.local_addr()?);
        let redirects_received = Arc::new(AtomicU64::new(0));
        servers.spawn(serve_redirect_target(elsewhere, Arc::clone(&redirects_received)));

        let listeners = [
            listen(options.listen, 0).await?,
            listen(options.listen, 1).await?,
            listen(options.listen, 2).await?,
            listen(options.listen, 3).await?,
        ];
        let mut origins = [const { String::new() }; 4];
        for (origin, listener) in origins.iter_mut().zip(&listeners) {
            *origin = format!("http://{}", listener.local_addr()?);
        }
        let start = Moment::first(options.clock_offset);
        let served = Provider::ALL.map(|provider| {
            let origin = std::mem::take(&mut origins[provider.index()]);
            let api = providers::open(provider, &setup(&options, origin.clone(), start));
            let server = ApiServer::new(provider, api, start, redirect_to.clone(), &options);
            Served { origin, server: Arc::new(Mutex::new(server)) }
        });
        let timing = Timing { latency: options.latency, close_after: options.close_after };
        for (listener, served) in listeners.into_iter().zip(&served) {
            servers.spawn(serve(listener, Arc::clone(&served.server), timing));
        }
        Ok(Self { served, redirects_received, _servers: servers })
    }

    /// The environment variables with which a client reaches all four providers.
    ///
    /// Those that only choose how to talk to a provider (`SH_API_VERSION`, `NODECOID_SANDBOX`) are left out.
    pub fn environment(&self) -> Vec<(String, String)> {
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            own("SH_APIKEY", credentials::SITEHOST_API_KEY),
            own("SH_CLIENT_ID", credentials::SITEHOST_CLIENT_ID),
            own("SH_API_URL", &self.url(Provider::SiteHost)),
            own("HOSTWAY_USERNAME", credentials::HOSTWAY_USERNAME),
            own("HOSTWAY_PASSWORD", credentials::HOSTWAY_PASSWORD),
            own("HOSTWAY_ACCOUNT_ID", credentials::HOSTWAY_ACCOUNT_ID),
            own("HOSTWAY_API_URL", &self.url(Provider::Hostway)),
            own("NODECOID_USER_ID", credentials::NODECOID_USER_ID),
            own("NODECOID_API_KEY", credentials::NODECOID_API_KEY),
            own("NODECOID_CLIENT_IP", "192.0.2.1"),
            own("NODECOID_API_URL", &self.url(Provider::NodeCoId)),
            own("IONOS_TOKEN", credentials::IONOS_TOKEN),
            own("IONOS_USERNAME", credentials::IONOS_USERNAME),
            own("IONOS_PASSWORD", credentials::IONOS_PASSWORD),
            own("IONOS_CONTRACT_NUMBER", credentials::IONOS_CONTRACT_NUMBER),
            own("IONOS_API_URL", &self.url(Provider::Ionos)),
        ]
    }

    /// The provider's base URL, as its environment variable wants it.
    pub fn url(&self, provider: Provider) -> String {
        let origin = &self.served(provider).origin;
        let path = match provider {
            Provider::SiteHost | Provider::Hostway => "",
            Provider::NodeCoId => "/api/v1",
            Provider::Ionos => "/cloudapi/v6",
        };
        format!("{origin}{path}")
    }

    /// What can be snapshotted, one a server, as `sitehost:server1/xvda2`.
    pub fn sources(&self, provider: Provider) -> Vec<String> {
        lock(&self.served(provider).server).sources()
    }

    /// What has happened at a provider.
    pub fn state(&self, provider: Provider) -> SimulatorState {
        lock(&self.served(provider).server).state()
    }

    /// Replaces all faults, their hits forgotten.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        for served in &self.served {
            lock(&served.server).set_faults(faults.clone());
        }
    }

    /// How many requests followed a `redirect` to the other origin.
    pub fn redirect_target_requests(&self) -> u64 {
        self.redirects_received.load(Ordering::Relaxed)
    }

    fn served(&self, provider: Provider) -> &Served {
        &self.served[provider.index()]
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut object = f.debug_struct("Simulator");
        for provider in Provider::ALL {
            object.field(&provider.to_string(), &self.url(provider));
        }
        object.finish_non_exhaustive()
    }
}

fn setup(options: &SimulatorOptions, origin: String, moment: Moment) -> Setup {
    Setup {
        origin,
        moment,
        build_time: options.build_time,
        servers: options.servers,
        snapshots: options.snapshots,
        snapshot_interval: options.snapshot_interval,
        seed: options.seed,
        strict: options.strict,
        public_location: options.public_location,
        description_limit: options.description_limit,
    }
}

async fn listen(first: SocketAddr, number: u16) -> io::Result<TcpListener> {
    let port = match first.port() {
        0 => 0,
        port => port
            .checked_add(number)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the four ports end past 65535"))?,
    };
    TcpListener::bind(SocketAddr::new(first.ip(), port)).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {}: {error}", SocketAddr::new(first.ip(), port)))
    })
}
