use super::Finish;
use crate::arguments::History;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::PastRun;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: History) -> Finish {
    session.output.show(&arguments.shown);
    let journal = session.journal()?;
    let mut runs = Vec::new();
    for run in journal.runs(arguments.policy.as_deref(), arguments.last).await? {
        let items = journal.run_items(&run.id).await?;
        runs.push(PastRun::new(run, &items));
    }
    session.output.list(&runs, columns::HISTORY)?;
    Ok(Exit::Done)
}
