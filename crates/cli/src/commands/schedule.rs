//! `nodecoid schedule`: snapshots that node.co.id takes by itself.

use cloudsnap::nodecoid::{self, Client, Config, SnapshotSchedule};

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
    let schedule = match (daily, weekly, monthly) {
        (None, None, None) => client.api().snapshot_schedule(&server).await?,
        (Some(Kept(daily)), Some(Kept(weekly)), Some(Kept(monthly))) => {
            client.api().set_snapshot_schedule(&server, &SnapshotSchedule { daily, weekly, monthly }).await?
        }
        _ => {
            let mut wanted = client.api().snapshot_schedule(&server).await?;
            for (place, given) in
                [(&mut wanted.daily, daily), (&mut wanted.weekly, weekly), (&mut wanted.monthly, monthly)]
            {
                *place = given.map_or(*place, |Kept(kept)| kept);
            }
            client.api().set_snapshot_schedule(&server, &wanted).await?
        }
    };
    let SnapshotSchedule { daily, weekly, monthly } = schedule;
    let object = ScheduleObject { account, provider: nodecoid::PROVIDER, server, daily, weekly, monthly };
    session.output.object(&object, columns::schedule)?;
    Ok(Exit::Done)
}
