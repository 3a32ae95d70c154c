//! `nodecoid schedule`: snapshots that node.co.id takes by itself.

use cloudsnap::nodecoid::{self, Client, Config, Cycle, ServerSchedule, SnapshotSchedule};
use cloudsnap::{Error, Result};

use super::Finish;
use crate::arguments::{Kept, Schedule};
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::ScheduleObject;
use crate::session::Session;

pub(crate) async fn run(session: &Session, arguments: Schedule) -> Finish {
    let Schedule { server, daily, weekly, monthly, account } = arguments;
    let client = session.accounts.own(&account, nodecoid::PROVIDER, |variables, http| {
        Client::new(Config::from_variables(&account, variables)?.with_http(http))
    })?;
    let asked = scheduled(&client, &server, [daily, weekly, monthly]);
    let schedule = session.progress.reading("asking for the schedule", asked).await?;
    let not_told = [("daily", schedule.daily), ("weekly", schedule.weekly), ("monthly", schedule.monthly)];
    let object = ScheduleObject {
        account,
        provider: nodecoid::PROVIDER,
        server,
        daily: schedule.daily.kept(),
        weekly: schedule.weekly.kept(),
        monthly: schedule.monthly.kept(),
        not_told: not_told.iter().filter(|(_, cycle)| *cycle == Cycle::NotTold).map(|(name, _)| *name).collect(),
    };
    session.output.object(&object, columns::schedule)?;
    Ok(Exit::Done)
}

/// The schedule as it is, or once it is as wanted.
async fn scheduled(client: &Client, server: &str, given: [Option<Kept>; 3]) -> Result<ServerSchedule> {
    match given {
        [None, None, None] => client.api().snapshot_schedule(server).await,
        [Some(Kept(daily)), Some(Kept(weekly)), Some(Kept(monthly))] => {
            set(client, server, SnapshotSchedule { daily, weekly, monthly }).await
        }
        [daily, weekly, monthly] => {
            let now = client.api().snapshot_schedule(server).await?;
            let wanted = SnapshotSchedule {
                daily: wanted("daily", daily, now.daily)?,
                weekly: wanted("weekly", weekly, now.weekly)?,
                monthly: wanted("monthly", monthly, now.monthly)?,
            };
            set(client, server, wanted).await
        }
    }
}

async fn set(client: &Client, server: &str, schedule: SnapshotSchedule) -> Result<ServerSchedule> {
    Ok(client.api().set_server_snapshot_schedule(server, &schedule).await?.data)
}

/// What is given, or what is there. All three are always sent, so that none may be unknown.
fn wanted(name: &str, given: Option<Kept>, now: Cycle) -> Result<Option<u8>> {
    match (given, now) {
        (Some(Kept(kept)), _) => Ok(kept),
        (None, Cycle::NotTold) => Err(Error::invalid_input(format!(
            "node.co.id does not say whether {name} snapshots are taken, and sets all three cycles together"
        ))
        .with_advice(format!("say --{name} N or --{name} off, too"))),
        (None, cycle) => Ok(cycle.kept()),
    }
}
