use cloudsnap::{Error, SnapshotProvider};
use tokio::task::JoinSet;

use super::Finish;
use crate::arguments::Doctor;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::Checkup;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Doctor) -> Finish {
    session.output.show(&arguments.shown);
    let accounts = if arguments.accounts.is_empty() { session.accounts.configured()? } else { arguments.accounts };
    let mut asked = JoinSet::new();
    let mut checkups = Vec::new();
    for (index, account) in accounts.into_iter().enumerate() {
        let provider = session.accounts.settings(&account)?.0.to_owned();
        match session.accounts.connect(&account) {
            Ok(client) => drop(asked.spawn(async move {
                let access = client.check_access().await.map_err(|error| error.with_context(client.account(), "check"));
                (index, Checkup { account, provider, access })
            })),
            Err(error) => checkups.push((index, Checkup { account, provider, access: Err(error) })),
        }
    }
    let answers = async {
        while let Some(checked) = asked.join_next().await {
            checkups.extend(checked.ok());
        }
    };
    session.progress.reading("asking each account", answers).await;
    checkups.sort_by_key(|(index, _)| *index);
    let checkups: Vec<Checkup> = checkups.into_iter().map(|(_, checkup)| checkup).collect();
    session.output.list(&checkups, columns::CHECKUPS)?;
    let errors: Vec<&Error> = checkups.iter().filter_map(|checkup| checkup.access.as_ref().err()).collect();
    session.output.errors(errors.iter().map(|error| (None, *error)));
    Ok(Exit::of_all(checkups.iter().map(|checkup| checkup.access.as_ref().map_or_else(Exit::of, |_| Exit::Done))))
}
