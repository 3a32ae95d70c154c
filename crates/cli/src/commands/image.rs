//! `sitehost image`: images of cloud containers, which only SiteHost has.

use std::sync::{Arc, Mutex, PoisonError};

use cloudsnap::sitehost::{self, Client, Config, CreateImage, Image as Listed, ImageStatus};
use cloudsnap::{OperationKind, Result};
use serde::{Serialize, Serializer};

use super::{Finish, or_interrupted, wait};
use crate::arguments::{Following, Image, ImageCreate};
use crate::exit::Exit;
use crate::item::{Done, Item, Outcome, Subject};
use crate::output::{ErrorObject, say, table};
use crate::prompt;
use crate::session::Session;
use crate::side_by_side::{self, Job, Until};

/// An image as scripts read it.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct ImageObject {
    pub(crate) code: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) is_public: Option<bool>,
    /// SiteHost's own words, without a zone.
    pub(crate) added_text: Option<String>,
    pub(crate) updated_text: Option<String>,
}

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

/// What became of an image that was created or deleted.
pub(crate) struct ImageItem<'a> {
    pub(crate) item: &'a Item,
    pub(crate) image: Option<ImageObject>,
}

impl Serialize for ImageItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let item = self.item;
        let mut object = serializer.serialize_struct("ImageItem", 6)?;
        object.serialize_field("outcome", &item.outcome)?;
        object.serialize_field("image", &self.image)?;
        object.serialize_field("operation", &item.token())?;
        object.serialize_field("requests", &item.requests)?;
        object.serialize_field("elapsed_ms", &item.elapsed_ms())?;
        object.serialize_field("error", &item.error.as_ref().map(ErrorObject))?;
        object.end()
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
            if !prompt::confirm(yes, &format!("this deletes the image {code} for good"))? {
                say("nothing was deleted");
                return Ok(Exit::Failed);
            }
            delete(session, client, code, &following).await
        }
    }
}

fn client(session: &Session, account: &str) -> Result<Client> {
    session.accounts.own(account, sitehost::PROVIDER, |variables, http| {
        Client::new(Config::from_variables(account, variables)?.http(http))
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
    let until = Until::after(arguments.following.deadline.timeout);
    let no_wait = arguments.following.no_wait;
    let job = Job::new(Subject::new(&client, OperationKind::Create), &session.progress, move |track| async move {
        let keep = |known| *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        track.sending(None);
        let started = client.start_image(&request).await?;
        keep(named);
        if no_wait {
            return Ok(Done::pending(started.operation));
        }
        let mut done = wait::follow(&client, started.operation.clone(), until, track).await?;
        if started.adopted {
            done.outcome = Outcome::Adopted;
        }
        // The wait is over; what the image is called beyond its code is good to know and no more.
        if let Ok(ImageStatus::Done { image: Some(image) }) = client.poll_image(&started.operation).await {
            keep((*image).into());
        }
        Ok(done)
    });
    let print = |item: &Item| {
        let image = image.lock().unwrap_or_else(PoisonError::into_inner).take();
        session.output.object(&ImageItem { item, image }, table::image_item)
    };
    Ok(side_by_side::run_one(job, session, print).await?)
}

async fn list(session: &Session, client: Client) -> Finish {
    let images: Vec<ImageObject> = client.images(None).await?.into_iter().map(Into::into).collect();
    session.output.list(&images, table::images)?;
    Ok(Exit::Done)
}

async fn show(session: &Session, client: Client, code: String) -> Finish {
    session.output.object(&client.image(&code).await?.into(), table::image)?;
    Ok(Exit::Done)
}

async fn delete(session: &Session, client: Client, code: String, following: &Following) -> Finish {
    let (until, no_wait) = (Until::after(following.deadline.timeout), following.no_wait);
    let image = ImageObject { code: Some(code.clone()), ..Default::default() };
    let job = Job::new(Subject::new(&client, OperationKind::Delete), &session.progress, move |track| async move {
        track.sending(None);
        let operation = client.start_image_delete(&code).await?;
        if no_wait {
            return Ok(Done::pending(operation));
        }
        wait::follow(&client, operation, until, track).await
    });
    let print = |item: &Item| session.output.object(&ImageItem { item, image: Some(image) }, table::image_item);
    Ok(side_by_side::run_one(job, session, print).await?)
}
