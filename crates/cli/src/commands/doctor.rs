use cloudsnap::{AccountAccess, Error, SnapshotProvider};
use serde::{Serialize, Serializer};
use tokio::task::JoinSet;

use super::Finish;
use crate::arguments::Doctor;
use crate::exit::Exit;
use crate::output::table;
use crate::session::Session;

/// What one account's check found.
pub(crate) struct Checkup {
    pub(crate) account: String,
    pub(crate) provider: String,
    pub(crate) access: Result<AccountAccess, Error>,
}

pub(crate) async fn run(session: &mut Session, arguments: Doctor) -> Finish {
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
    while let Some(checked) = asked.join_next().await {
        checkups.extend(checked.ok());
    }
    checkups.sort_by_key(|(index, _)| *index);
    let checkups: Vec<Checkup> = checkups.into_iter().map(|(_, checkup)| checkup).collect();
    session.output.list(&checkups, table::checkups)?;
    let errors: Vec<&Error> = checkups.iter().filter_map(|checkup| checkup.access.as_ref().err()).collect();
    session.output.errors(errors.iter().map(|error| (None, *error)));
    Ok(Exit::of_all(checkups.iter().map(|checkup| checkup.access.as_ref().map_or_else(Exit::of, |_| Exit::Done))))
}

impl Serialize for Checkup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let access = self.access.as_ref();
        let mut object = serializer.serialize_struct("Checkup", 6)?;
        object.serialize_field("account", &self.account)?;
        object.serialize_field("provider", &self.provider)?;
        object.serialize_field("ok", &access.is_ok())?;
        object.serialize_field("summary", &access.ok().map(|access| &access.summary))?;
        object.serialize_field("warnings", access.map_or(&[][..], |access| &access.warnings))?;
        object.serialize_field("error", &access.err())?;
        object.end()
    }
}
