use super::{Finish, typed};
use crate::arguments::Show;
use crate::exit::Exit;
use crate::output::columns;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Show) -> Finish {
    let (_, snapshot) = typed::snapshot(session, &arguments.snapshot).await?;
    session.output.object(&snapshot, columns::snapshot)?;
    Ok(Exit::Done)
}
