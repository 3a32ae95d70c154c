//! `sitehost image`: images of cloud containers, which only SiteHost has.

use std::sync::{Arc, Mutex, PoisonError};

use cloudsnap::sitehost::{self, Client, Config, CreateImage, Image as Listed, ImageStatus};
use cloudsnap::{OperationKind, Result, SnapshotProviderExt};
use cloudsnap_fleet::{Done, Item, Job, Outcome, Subject};

use super::{Finish, or_interrupted};
use crate::arguments::{Following, Image, ImageCreate};
use crate::batch;
use crate::exit::Exit;
use crate::output::objects::{ImageItem, ImageObject};
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

pub(crate) async fn run(session: &mut Session, command: Image) -> Finish {
    match command {
        Image::Create(arguments) => create(session, arguments).await,
        Image::List { account } => {
            let client = client(session, &account.account)?;
            or_interrupted(list(session, client)).await
        }
        Image::Show { code, account } => {
            let client = client(session, &account.account)?;
            or_interrupted(show(session, client, code)).await
        }
        Image::Delete { code, yes, following, account } => {
            session.bound_exchanges(following.deadline.timeout);
            let client = client(session, &account.account)?;
            let stake = format!("this deletes the image {code} for good");
            prompt::refuse_script(yes, &stake)?;
            if !prompt::confirm(yes, &stake)? {
                say("nothing was deleted");
                return Ok(Exit::Failed);
            }
            delete(session, client, code, &following).await
        }
    }
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
    let images: Vec<ImageObject> = client.api().all_images(None).await?.into_iter().map(Into::into).collect();
    session.output.list(&images, columns::IMAGES)?;
    Ok(Exit::Done)
}

async fn show(session: &Session, client: Client, code: String) -> Finish {
    session.output.object(&client.api().get_image(&code).await?.value.into(), columns::image)?;
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
