use cloudsnap::{Result, SnapshotProvider};

use super::Finish;
use crate::arguments::Accounts;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::{AccountObject, SettingObject};
use crate::session::Session;

pub(crate) fn run(session: &mut Session, arguments: &Accounts) -> Finish {
    session.output.show(&arguments.shown);
    let names = session.accounts.configured()?;
    let accounts = names.iter().map(|name| account(session, name)).collect::<Result<Vec<_>>>()?;
    session.output.list(&accounts, columns::ACCOUNTS)?;
    let is_wrong = accounts.iter().any(|account| account.error.is_some());
    Ok(if is_wrong { Exit::Usage } else { Exit::Done })
}

fn account(session: &mut Session, name: &str) -> Result<AccountObject> {
    let provider = session.accounts.settings(name)?.0.to_owned();
    let settings = session.accounts.origins(name, &provider).into_iter();
    let settings = settings.map(|(name, from)| SettingObject { name, from }).collect();
    let connected = session.accounts.connect(name);
    let host = connected.as_ref().ok().map(|provider| provider.account().host().to_string());
    Ok(AccountObject { account: name.to_owned(), provider, host, settings, error: connected.err() })
}
