//! `sitehost image`: images of cloud containers, which only SiteHost has.

use std::sync::{Arc, Mutex, PoisonError};

use cloudsnap::sitehost::{self, Client, Config, CreateImage, Image as Listed, ImageStatus, ImageVersion, Paging};
use cloudsnap::{Error, ErrorKind, OperationKind, Result, SnapshotProvider, SnapshotProviderExt, Stage, printable};
use cloudsnap_fleet::{Done, Item, Job, Outcome, Subject};

use super::{Finish, or_interrupted};
use crate::arguments::{Following, Image, ImageCreate};
use crate::batch;
use crate::exit::Exit;
use crate::output::objects::{BuildObject, ImageItem, ImageObject, VersionObject};
use crate::output::{columns, say};
use crate::prompt;
use crate::session::Session;

impl From<Listed> for ImageObject {
    fn from(image: Listed) -> Self {
        Self {
            code: image.code,
            label: image.label,
            id: image.id,
            version: image.version,
            is_public: image.is_public,
            added_text: image.date_added,
            updated_text: image.date_updated,
        }
    }
}

impl From<ImageVersion> for VersionObject {
    fn from(version: ImageVersion) -> Self {
        Self {
            version: version.version,
            build: version.build_id,
            status: version.build_status,
            containers: version.container_count,
            added_text: version.date_added,
        }
    }
}

pub(crate) async fn run(session: &mut Session, command: Image) -> Finish {
    match command {
        Image::Create(arguments) => create(session, arguments).await,
        Image::List { account } => {
            let client = client(session, &account.account)?;
            or_interrupted(list(session, client)).await
        }
        Image::Public { account } => {
            let client = client(session, &account.account)?;
            or_interrupted(public(session, client)).await
        }
        Image::Show { code, account } => {
            let client = client(session, &account.account)?;
            or_interrupted(show(session, client, code)).await
        }
        Image::Versions { code, account } => {
            let client = client(session, &account.account)?;
            or_interrupted(versions(session, client, code)).await
        }
        Image::Log { code, build, account } => {
            let client = client(session, &account.account)?;
            or_interrupted(log(session, client, code, build)).await
        }
        Image::Delete { code, yes, following, account } => {
            session.bound_exchanges(following.deadline.timeout);
            let client = client(session, &account.account)?;
            prompt::refuse_script(yes, &format!("this deletes the image {code} for good"))?;
            let image = session.progress.reading("reading the image", client.api().get_image(&code)).await?.value;
            let stake = stake(&code, &image);
            if !prompt::confirm(yes, &stake).await? {
                say("nothing was deleted");
                return Ok(Exit::Failed);
            }
            delete(session, client, code, &following).await
        }
    }
}

/// What is lost with an image.
fn stake(code: &str, image: &Listed) -> String {
    let mut facts = Vec::new();
    facts.extend(image.label.as_ref().map(|label| format!("'{}'", printable(label))));
    facts.extend(image.version_count.map(|count| format!("versions: {count}")));
    facts.extend(image.container_count.map(|count| format!("containers that use it: {count}")));
    format!("this deletes the image {} ({}) for good", printable(code), facts.join(", "))
}

fn client(session: &Session, account: &str) -> Result<Client> {
    session.accounts.own(account, sitehost::PROVIDER, |variables, http| {
        Client::new(Config::from_variables(account, variables)?.with_http(http))
    })
}

async fn create(session: &mut Session, arguments: ImageCreate) -> Finish {
    session.bound_exchanges(arguments.following.deadline.timeout);
    let client = client(session, &arguments.account.account)?;
    let ImageCreate { label, code, ssh_keys, fork: fork_id, .. } = arguments;
    let request = CreateImage { label, code, ssh_keys, fork_id };
    let named = ImageObject { code: request.code.clone(), label: Some(request.label.clone()), ..Default::default() };
    let image = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&image);
    let batch = session.batch(arguments.following.deadline.timeout).await?;
    let no_wait = arguments.following.no_wait;
    let timeout = batch.timeout;
    let job = Job::new(Subject::new(&client, OperationKind::Create), move |tracker| async move {
        let keep = |known| *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        tracker.sending(None);
        let started = client.images().start_image(&request).await?;
        keep(named);
        if no_wait {
            return Ok(Done::pending(started.operation));
        }
        let wait = client.wait(started.operation.clone()).timeout(timeout);
        wait.on_progress(|event| tracker.tell(&event)).await?;
        // The wait is over; what the image is called beyond its code is good to know and no more.
        if let Ok(ImageStatus::Done { image: Some(image) }) = client.images().poll_image(&started.operation).await {
            keep((*image).into());
        }
        let outcome = if started.adopted { Outcome::Adopted } else { Outcome::Created };
        Ok(Done::finished(outcome, None))
    });
    let print = |item: &Item| {
        let image = image.lock().unwrap_or_else(PoisonError::into_inner).take();
        session.output.object(&ImageItem { item, image }, columns::image_item)
    };
    Ok(batch::run_one(&batch, job, session, print).await?)
}

async fn list(session: &Session, client: Client) -> Finish {
    let listed = session.progress.reading("reading images", client.api().all_images(None)).await?;
    let images: Vec<ImageObject> = listed.into_iter().map(Into::into).collect();
    session.output.list(&images, columns::IMAGES)?;
    Ok(Exit::Done)
}

/// The images of everybody. The catalogue has the account's own among them.
async fn public(session: &Session, client: Client) -> Finish {
    let paging = Paging::default();
    let listed = session.progress.reading("reading images", client.api().list_stack_images(&paging)).await?;
    let images = listed.value.into_iter().filter(|image| image.is_public != Some(false));
    let images: Vec<ImageObject> = images.map(Into::into).collect();
    session.output.list(&images, columns::IMAGES)?;
    Ok(Exit::Done)
}

async fn versions(session: &Session, client: Client, code: String) -> Finish {
    let mut versions = session.progress.reading("reading versions", all_versions(&client, &code)).await?;
    versions.sort_by(|one, other| other.date_added.cmp(&one.date_added));
    let versions: Vec<VersionObject> = versions.into_iter().map(Into::into).collect();
    session.output.list(&versions, columns::VERSIONS)?;
    Ok(Exit::Done)
}

async fn all_versions(client: &Client, code: &str) -> Result<Vec<ImageVersion>> {
    client.api().all_image_versions(&number(client, code).await?).await
}

/// The number by which SiteHost knows an image's versions.
async fn number(client: &Client, code: &str) -> Result<String> {
    let image = client.api().get_image(code).await?.value;
    image.id.ok_or_else(|| nothing(client, "SiteHost does not tell the image's number"))
}

async fn log(session: &Session, client: Client, code: String, build: Option<String>) -> Finish {
    let read = async {
        let build = match build {
            Some(build) => build,
            None => newest_build(&client, &code).await?,
        };
        let found = client.api().get_image_build(&code, &build).await?.value;
        Ok(BuildObject { code, build, status: found.build_status, log: found.build_trace.unwrap_or_default() })
    };
    let build: Result<BuildObject> = session.progress.reading("reading the log", read).await;
    session.output.object(&build?, columns::build)?;
    Ok(Exit::Done)
}

async fn newest_build(client: &Client, code: &str) -> Result<String> {
    let newest = client.api().newest_image_version(&number(client, code).await?).await?.value;
    newest.and_then(|version| version.build_id).ok_or_else(|| {
        nothing(client, "the image has no build").with_advice("a build begins when something is pushed to the image")
    })
}

fn nothing(client: &Client, what: &'static str) -> Error {
    Error::new(ErrorKind::NotFound, what).with_stage(Stage::Answered).with_context(client.account(), "image")
}

async fn show(session: &Session, client: Client, code: String) -> Finish {
    let image = session.progress.reading("reading the image", client.api().get_image(&code)).await?.value;
    session.output.object(&image.into(), columns::image)?;
    Ok(Exit::Done)
}

async fn delete(session: &mut Session, client: Client, code: String, following: &Following) -> Finish {
    let batch = session.batch(following.deadline.timeout).await?;
    let (no_wait, timeout) = (following.no_wait, batch.timeout);
    let image = ImageObject { code: Some(code.clone()), ..Default::default() };
    let job = Job::new(Subject::new(&client, OperationKind::Delete), move |tracker| async move {
        tracker.sending(None);
        let operation = client.images().start_image_delete(&code).await?;
        if no_wait {
            return Ok(Done::pending(operation));
        }
        client.wait(operation).timeout(timeout).on_progress(|event| tracker.tell(&event)).await?;
        Ok(Done::finished(Outcome::Deleted, None))
    });
    let print = |item: &Item| session.output.object(&ImageItem { item, image: Some(image) }, columns::image_item);
    Ok(batch::run_one(&batch, job, session, print).await?)
}
