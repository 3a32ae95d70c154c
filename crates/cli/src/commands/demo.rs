use std::time::Duration;

use cloudsnap::{CreateOptions, CreateSnapshot, Error, ErrorKind, Result};
use cloudsnap_simulator::{Provider as Simulated, SimulatorOptions};

use super::Finish;
use super::create::Plan;
use crate::arguments::Global;
use crate::output::table;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};

/// Long enough to watch, short enough not to bore.
const BUILD_TIME: Duration = Duration::from_millis(1500);

pub(crate) async fn run(global: &Global) -> Finish {
    let options = SimulatorOptions::default().build_time(BUILD_TIME);
    let mut session = Session::open_simulated(global, options).await?;
    let plan = Plan { until: Until::after(Duration::from_secs(60)), options: CreateOptions::default(), wait: true };
    let jobs: Vec<Job> =
        Simulated::ALL.map(|simulated| job(&mut session, simulated, &plan)).into_iter().collect::<Result<_>>()?;
    let all_at_once = jobs.len();
    Ok(side_by_side::run(jobs, all_at_once, &session, table::demo).await?)
}

fn job(session: &mut Session, simulated: Simulated, plan: &Plan) -> Result<Job> {
    let sources = session.simulator.as_ref().map(|simulator| simulator.sources(simulated)).unwrap_or_default();
    let source =
        sources.first().ok_or_else(|| Error::new(ErrorKind::Unexpected, "the simulator has nothing to snapshot"))?;
    let provider = session.accounts.connect(&simulated.to_string())?;
    Ok(plan.job(provider, CreateSnapshot::new(source.parse()?), &session.progress))
}
