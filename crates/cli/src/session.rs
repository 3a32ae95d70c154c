//! What every command has at hand: accounts, output, progress.

use std::collections::HashMap;
use std::time::Duration;

use cloudsnap::provider::Variables;
use cloudsnap::{Error, HttpOptions, Result};
use cloudsnap_simulator::{Simulator, SimulatorOptions};

use crate::accounts::Accounts;
use crate::arguments::{Format, Global};
use crate::config_file::ConfigFile;
use crate::output::Output;
use crate::progress::Progress;

pub(crate) struct Session {
    pub(crate) accounts: Accounts,
    pub(crate) output: Output,
    pub(crate) progress: Progress,
    /// Serves for as long as the command runs.
    pub(crate) simulator: Option<Simulator>,
}

impl Session {
    pub(crate) async fn open(global: &Global) -> Result<Self> {
        if global.simulated {
            // Something to list, and room to create beside it.
            return Self::open_simulated(global, SimulatorOptions::default().snapshots(3)).await;
        }
        let file = ConfigFile::load(global.config.as_deref())?;
        Ok(Self::with(global, Accounts::new(file, Variables::environment(), http(global)), None))
    }

    pub(crate) async fn open_simulated(global: &Global, options: SimulatorOptions) -> Result<Self> {
        let simulator = start(options).await?;
        let environment: HashMap<String, String> = simulator.environment().into_iter().collect();
        let environment = Variables::from_fn(move |name| environment.get(name).cloned());
        let accounts = Accounts::new(ConfigFile::default(), environment, http(global));
        Ok(Self::with(global, accounts, Some(simulator)))
    }

    fn with(global: &Global, accounts: Accounts, simulator: Option<Simulator>) -> Self {
        Self {
            accounts,
            output: Output::new(global.output, global.color),
            progress: Progress::new(global.quiet, global.verbose > 0, global.output != Format::Table),
            simulator,
        }
    }

    /// Keeps one exchange from outlasting the whole.
    pub(crate) fn bound_exchanges(&mut self, timeout: Duration) {
        let http = &mut self.accounts.http;
        http.request_timeout = http.request_timeout.min(timeout);
    }
}

/// Starts a simulator, or says why it cannot be.
pub(crate) async fn start(options: SimulatorOptions) -> Result<Simulator> {
    Simulator::start(options)
        .await
        .map_err(|error| Error::config(format!("the simulator cannot start: {error}")))
}

fn http(global: &Global) -> HttpOptions {
    let http = HttpOptions::default().with_application("cloudsnap-cli", env!("CARGO_PKG_VERSION"));
    http.with_request_timeout(global.request_timeout)
}
