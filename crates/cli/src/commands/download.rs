//! `nodecoid download`: where a snapshot's image can be fetched.

use cloudsnap::nodecoid::{self, Client, Config};
use cloudsnap::{Error, ErrorKind, SnapshotProvider, Stage};

use super::{Finish, typed};
use crate::arguments::Download;
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::DownloadObject;
use crate::session::Session;

pub(crate) async fn run(session: &mut Session, arguments: Download) -> Finish {
    let account = typed::account_of(&arguments.snapshot)?;
    let client = session.accounts.own(&account, nodecoid::PROVIDER, |variables, http| {
        Client::new(Config::from_variables(&account, variables)?.with_http(http))
    })?;
    let (_, snapshot) = typed::snapshot(session, &arguments.snapshot).await?;
    let asked = client.api().download_url(&snapshot.id);
    let url = session.progress.reading("asking for the URL", asked).await?.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, "there is no URL to download the snapshot from")
            .with_stage(Stage::Answered)
            .with_context(client.account(), "download")
            .with_advice("node.co.id gives one once the snapshot is finished")
    })?;
    let object =
        DownloadObject { reference: snapshot.reference(), url: url.expose().to_owned(), expires_at: url.expires_at() };
    session.output.note("the URL is a secret: whoever has it can fetch the disk");
    session.output.object(&object, columns::download)?;
    Ok(Exit::Done)
}
