//! The commands, a module for each.

mod accounts;
mod create;
mod delete;
mod demo;
mod doctor;
mod download;
mod freshness;
mod history;
mod image;
mod inventory;
mod label;
mod manual;
mod pending;
mod providers;
mod prune;
mod restore;
mod run;
mod schedule;
mod show;
mod simulate;
mod stake;
mod status;
mod timeline;
mod typed;
mod update;
mod wait;

use cloudsnap::{Result as CoreResult, SnapshotProvider};

use crate::arguments::{Arguments, Command, Ionos, Nodecoid, Sitehost};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::session::Session;

type Finish = Result<Exit, Failure>;

pub(crate) async fn run(Arguments { global, command }: Arguments) -> Finish {
    match command {
        Command::Demo => Box::pin(demo::run(&global)).await,
        Command::Simulate(arguments) => Box::pin(simulate::run(arguments)).await,
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { all: Some(folder), .. } => manual::all_pages(&folder),
        Command::Man { command, all: None } => manual::page(&command),
        command => Box::pin(with_accounts(Session::open(&global).await?, command)).await,
    }
}

async fn with_accounts(mut session: Session, command: Command) -> Finish {
    let session = &mut session;
    match command {
        Command::Create(arguments) => create::run(session, arguments).await,
        Command::Wait(arguments) => wait::run(session, arguments).await,
        Command::Restore(arguments) => restore::run(session, arguments).await,
        Command::Delete(arguments) => delete::run(session, arguments).await,
        Command::Update(arguments) => update::run(session, arguments).await,
        Command::Run(arguments) => Box::pin(run::run(session, arguments)).await,
        Command::History(arguments) => history::run(session, arguments).await,
        Command::Prune(arguments) => Box::pin(prune::run(session, *arguments)).await,
        Command::Timeline(arguments) => or_interrupted(timeline::run(session, *arguments)).await,
        Command::Sources(arguments) => or_interrupted(inventory::sources(session, arguments)).await,
        Command::List(arguments) => or_interrupted(inventory::snapshots(session, arguments)).await,
        Command::Show(arguments) => or_interrupted(show::run(session, arguments)).await,
        Command::Doctor(arguments) => or_interrupted(doctor::run(session, arguments)).await,
        Command::Providers(arguments) => providers::run(session, &arguments),
        Command::Accounts(arguments) => accounts::run(session, &arguments),
        Command::Pending(arguments) => pending::run(session, arguments).await,
        Command::Status(arguments) => or_interrupted(status::run(session, arguments)).await,
        Command::Sitehost(Sitehost::Image(command)) => image::run(session, command).await,
        Command::Nodecoid(Nodecoid::Schedule(arguments)) => or_interrupted(schedule::run(session, arguments)).await,
        Command::Nodecoid(Nodecoid::Download(arguments)) => or_interrupted(download::run(session, arguments)).await,
        Command::Ionos(Ionos::Label(command)) => or_interrupted(Box::pin(label::run(session, command))).await,
        Command::Demo | Command::Simulate(_) | Command::Completions { .. } | Command::Man { .. } => Ok(Exit::Done),
    }
}

/// Commands that only read leave nothing behind to resume.
async fn or_interrupted(work: impl Future<Output = Finish>) -> Finish {
    let interrupt = Interrupt::listen();
    tokio::select! {
        ended = work => ended,
        () = interrupt.next() => Ok(Exit::Interrupted),
    }
}

/// What the provider does not document is refused before anybody is asked.
fn require(can: bool, provider: &dyn SnapshotProvider, operation: &'static str) -> CoreResult<()> {
    if can {
        return Ok(());
    }
    Err(cloudsnap::Error::unsupported("the provider documents no such call")
        .with_context(provider.account(), operation)
        .with_advice("`cloudsnap providers` shows what each provider can do"))
}
