//! `ionos label`: labels of snapshots, which only IONOS has.

use cloudsnap::ionos::{self, Client, Config, Label as Labelled, ListQuery};
use cloudsnap::{Result, Snapshot};

use super::{Finish, typed};
use crate::arguments::Label;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::LabelObject;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, command: Label) -> Finish {
    match command {
        Label::List { snapshot, shown } => {
            session.output.show(&shown);
            let (client, snapshot) = found(session, &snapshot).await?;
            list(session, &client, &snapshot).await
        }
        Label::Set { snapshot, labels } => {
            let (client, snapshot) = found(session, &snapshot).await?;
            session.progress.reading("setting labels", set(&client, &snapshot, labels)).await?;
            list(session, &client, &snapshot).await
        }
        Label::Remove { snapshot, keys } => {
            let (client, snapshot) = found(session, &snapshot).await?;
            for key in keys {
                client.api().delete_snapshot_label(&snapshot.id, &key).await?;
            }
            list(session, &client, &snapshot).await
        }
    }
}

async fn found(session: &mut Session, typed: &str) -> Result<(Client, Snapshot)> {
    let account = typed::account_of(typed)?;
    let client = session.accounts.own(&account, ionos::PROVIDER, |variables, http| {
        Client::new(Config::from_variables(&account, variables)?.with_http(http))
    })?;
    let (_, snapshot) = typed::snapshot(session, typed).await?;
    Ok((client, snapshot))
}

/// A label that is there is changed; IONOS has another call for one that is not.
async fn set(client: &Client, snapshot: &Snapshot, labels: Vec<(String, String)>) -> Result<()> {
    let known = client.api().list_snapshot_labels(&snapshot.id, &ListQuery::default()).await?;
    for (key, value) in labels {
        let is_there = known.iter().any(|label| label.key == key);
        let label = Labelled::new(key, value);
        match is_there {
            true => client.api().put_snapshot_label(&snapshot.id, &label).await?,
            false => client.api().create_snapshot_label(&snapshot.id, &label).await?,
        };
    }
    Ok(())
}

async fn list(session: &Session, client: &Client, snapshot: &Snapshot) -> Finish {
    let api = client.api();
    let query = ListQuery::default();
    let listed = session.progress.reading("reading labels", api.list_snapshot_labels(&snapshot.id, &query)).await?;
    let labels: Vec<LabelObject> =
        listed.into_iter().map(|Labelled { key, value, .. }| LabelObject { key, value }).collect();
    session.output.list(&labels, columns::LABELS)?;
    Ok(Exit::Done)
}
