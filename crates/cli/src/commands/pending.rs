use super::Finish;
use crate::arguments::Pending;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::PendingObject;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Pending) -> Finish {
    session.output.show(&arguments.shown);
    let journal = session.journal()?.clone();
    for token in &arguments.forget {
        journal.forget(token).await?;
    }
    let pending: Vec<PendingObject> = journal.pending().await?.into_iter().map(Into::into).collect();
    session.output.list(&pending, columns::PENDING)?;
    Ok(Exit::Done)
}
