//! What every command has at hand: accounts, output, progress, the journal.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::provider::Variables;
use cloudsnap::{Error, HttpOptions, Result, StateStore};
use cloudsnap_fleet::{Batch, Journal, Location};
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
    journal: Option<Journal>,
    /// Whether the journal's place was named, rather than the usual one.
    journal_is_named: bool,
}

impl Session {
    pub(crate) async fn open(global: &Global) -> Result<Self> {
        if global.simulated {
            // Something to list, and room to create beside it.
            return Self::open_simulated(global, SimulatorOptions::default().snapshots(3)).await;
        }
        let file = ConfigFile::load(global.config.as_deref())?;
        let exposed: Vec<String> = file.exposed().map(exposed).collect();
        let mut session = Self::with(global, Accounts::new(file, Variables::environment(), http(global)), None);
        exposed.iter().for_each(|warning| session.output.note(warning));
        session.journal_is_named = global.state.is_some();
        session.journal = location(global.state.as_deref())?.map(Journal::new);
        Ok(session)
    }

    /// With a journal in this process: what is begun there ends with the command.
    pub(crate) async fn open_simulated(global: &Global, options: SimulatorOptions) -> Result<Self> {
        let simulator = start(options).await?;
        let environment: HashMap<String, String> = simulator.environment().into_iter().collect();
        let environment = Variables::from_fn(move |name| environment.get(name).cloned());
        let accounts = Accounts::new(ConfigFile::default(), environment, http(global));
        let mut session = Self::with(global, accounts, Some(simulator));
        session.journal = Some(Journal::new(Location::Memory));
        Ok(session)
    }

    fn with(global: &Global, accounts: Accounts, simulator: Option<Simulator>) -> Self {
        Self {
            accounts,
            output: Output::new(global.output, global.color, global.quiet),
            progress: Progress::new(global.quiet, global.verbose > 0, global.output != Format::Table),
            simulator,
            journal: None,
            journal_is_named: false,
        }
    }

    /// Keeps one exchange from outlasting the whole.
    pub(crate) fn bound_exchanges(&mut self, timeout: Duration) {
        let http = &mut self.accounts.http;
        http.request_timeout = http.request_timeout.min(timeout);
    }

    /// The journal, for commands that are about it.
    pub(crate) fn journal(&self) -> Result<&Journal> {
        self.journal.as_ref().ok_or_else(|| {
            Error::config("there is no place for the journal of what was begun")
                .with_advice("name one with --state or CLOUDSNAP_STATE")
        })
    }

    /// The journal, for commands that go on without one; of use after it was [opened](Self::open_journal).
    pub(crate) fn journal_if_any(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// A batch that notes in the journal what it begins.
    pub(crate) async fn batch(&mut self, timeout: Duration) -> Result<Batch> {
        self.open_journal().await?;
        let batch = Batch::new(timeout);
        Ok(match &self.journal {
            Some(journal) => batch.with_state_store(Arc::new(journal.clone()) as Arc<dyn StateStore>),
            None => batch,
        })
    }

    /// Opens the journal. Where the usual place cannot be used, a warning says so, and the command goes on without.
    pub(crate) async fn open_journal(&mut self) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        match journal.open().await {
            Ok(()) => Ok(()),
            Err(error) if self.journal_is_named => Err(error),
            Err(error) => {
                self.output.note(&format!("warning: what is begun is not kept: {error}"));
                self.journal = None;
                Ok(())
            }
        }
    }
}

fn exposed(path: &Path) -> String {
    let path = path.display();
    format!("warning: others can read the credentials in {path}; keep them out with: chmod go= {path}")
}

/// Starts a simulator, or says why it cannot be.
pub(crate) async fn start(options: SimulatorOptions) -> Result<Simulator> {
    Simulator::start(options).await.map_err(|error| Error::config(format!("the simulator cannot start: {error}")))
}

fn http(global: &Global) -> HttpOptions {
    let http = HttpOptions::default().with_application("cloudsnap-cli", env!("CARGO_PKG_VERSION"));
    http.with_request_timeout(global.request_timeout)
}

/// Where the journal is kept; `None` where there is no usual place.
fn location(named: Option<&str>) -> Result<Option<Location>> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || {
        let base = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
        Some(base.or_else(|| Some(set("HOME")?.join(".local/state")))?.join("cloudsnap/state.db"))
    };
    Ok(match named {
        Some(url) if url.contains("://") => {
            let scheme = url.split("://").next().unwrap_or_default();
            return Err(Error::config(format!("the state cannot be kept at a place of the kind '{scheme}'"))
                .with_advice("name a file"));
        }
        Some(path) => Some(Location::File(path.into())),
        None => usual().map(Location::File),
    })
}
