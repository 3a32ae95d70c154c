use std::time::Duration;

use cloudsnap::{Error, ErrorKind, Result};
use cloudsnap_fleet::{Batch, Job};
use cloudsnap_simulator::{Provider as Simulated, SimulatorOptions};

use super::{Finish, create};
use crate::arguments::Global;
use crate::batch;
use crate::output::columns;
use crate::session::Session;

/// Long enough to watch, short enough not to bore.
const BUILD_TIME: Duration = Duration::from_millis(1500);

pub(crate) async fn run(global: &Global) -> Finish {
    let options = SimulatorOptions::default().build_time(BUILD_TIME);
    let mut session = Session::open_simulated(global, options).await?;
    let batch = Batch::new(Duration::from_secs(60));
    let jobs =
        Simulated::ALL.map(|simulated| job(&mut session, simulated, &batch)).into_iter().collect::<Result<_>>()?;
    Ok(batch::run(&batch, jobs, &session, columns::DEMO).await?)
}

fn job(session: &mut Session, simulated: Simulated, batch: &Batch) -> Result<Job> {
    let sources = session.simulator.as_ref().map(|simulator| simulator.sources(simulated)).unwrap_or_default();
    let source =
        sources.first().ok_or_else(|| Error::new(ErrorKind::Unexpected, "the simulator has nothing to snapshot"))?;
    let provider = session.accounts.connect(&simulated.to_string())?;
    Ok(create::plain(batch, provider, source.parse()?))
}
