//! Custom container images: SiteHost's own, beside what all providers share.
//!
//! They are not made from snapshots, and there is no way from one to the other. Reference:
//! <https://docs.sitehost.nz/api/v1/?action=POST&path=%2Fcloud%2Fimage%2Fcreate>

use cloudsnap_core::provider::{Account, Lookup, OpenOperation, send_once};
use cloudsnap_core::{
    Error, ErrorKind, LookupOptions, Operation, OperationKind, OperationStatus, Result, SnapshotProvider,
};

use crate::client::Client;
use crate::error;
use crate::operations::JobOutcome;
use crate::wire::{CreateImage, Image, Paging};

/// The details of an operation that concerns an image: its label, its code where that is known, and the ids of the
/// images that were there before and could be taken for it.
const LABEL: &str = "image_label";
const CODE: &str = "image_code";
const KNOWN: &str = "image_known";

/// Creates and deletes custom images once, whatever the network does. Wait on what is started as on any operation.
///
/// ```no_run
/// # async fn example(client: sitehost::Client) -> sitehost::Result<()> {
/// use sitehost::{CreateImage, SnapshotProviderExt};
///
/// let image = CreateImage { label: "My Custom Image".to_owned(), ..Default::default() };
/// let started = client.images().start_image(&image).await?;
/// client.wait(started.operation).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Images<'a> {
    client: &'a Client,
    lookup: LookupOptions,
}

/// The creation of an image that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartedImage {
    /// What to wait on.
    pub operation: Operation,
    /// Whether the answer was lost and the image found.
    pub adopted: bool,
}

/// How the work on an image stands.
#[derive(Debug)]
#[non_exhaustive]
pub enum ImageStatus {
    /// It goes on.
    Running {
        /// SiteHost's own word for where it stands.
        state: String,
    },
    /// It is done. A new image still has nothing to deploy: that takes a push, and a build that succeeds.
    Done {
        /// The image, unless it was deleted.
        image: Option<Box<Image>>,
    },
    /// SiteHost says that it failed.
    Failed {
        /// SiteHost's words, of the kind [`ErrorKind::OperationFailed`].
        error: Error,
    },
}

impl From<ImageStatus> for OperationStatus {
    fn from(status: ImageStatus) -> Self {
        match status {
            ImageStatus::Running { state } => Self::running(state),
            ImageStatus::Done { .. } => Self::succeeded(None),
            ImageStatus::Failed { error } => Self::Failed { error },
        }
    }
}

impl<'a> Images<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, lookup: LookupOptions::default() }
    }

    /// Sets how a lost answer is made good. The creation of an image is never sent twice, whatever is set.
    #[must_use]
    pub fn with_lookup_options(mut self, options: LookupOptions) -> Self {
        self.lookup = options;
        self
    }

    /// Starts the creation of an image, and looks for it where the answer was lost.
    /// [`poll_image`](Self::poll_image) gives the image once the operation has ended.
    ///
    /// It is never sent twice: an image shows only when its job is done, so that one that does not show yet may still
    /// be made.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyExists`] where there is an image of this code, and [`ErrorKind::NotFound`] where there is no
    /// image to fork; else what SiteHost refuses. [`ErrorKind::OutcomeUnknown`] where it may have been done and does
    /// not show, with the token of the operation that looks again.
    pub async fn start_image(&self, image: &CreateImage) -> Result<StartedImage> {
        let started = self.started(image).await;
        started.map_err(|error| error.with_context(self.client.account(), "create_image"))
    }

    async fn started(&self, image: &CreateImage) -> Result<StartedImage> {
        if image.label.trim().is_empty() {
            return Err(Error::invalid_input("an image needs a label"));
        }
        let alike = self.images_like(image.code.as_deref(), &image.label).await?;
        if let (Some(code), false) = (&image.code, alike.is_empty()) {
            return Err(already_exists(code));
        }
        let known: Vec<String> = alike.into_iter().filter_map(|image| image.id).collect();
        let unanswered = about(Operation::new(self.client.account(), OperationKind::Create), image, &known);
        let send = || async {
            match self.client.api().create_image(image).await {
                Ok(queued) => {
                    let operation = self.client.operations.started(OperationKind::Create, &queued);
                    Ok(about(operation, image, &known))
                }
                Err(error) => Err(self.explained(error, image).await),
            }
        };
        let find = |_| {
            let operation = unanswered.clone();
            async move {
                let found = self.created(operation.open(self.client.account())?).await?;
                Ok(if found.is_some() { Lookup::Found(operation) } else { Lookup::Absent })
            }
        };
        let once = self.lookup.clone().with_max_sends(1);
        let sent = send_once(&once, send, find).await.map_err(|error| match error.kind() {
            ErrorKind::OutcomeUnknown => error.with_token(&unanswered),
            _ => error,
        })?;
        Ok(StartedImage { operation: sent.value, adopted: sent.adopted })
    }

    /// Starts to delete an image.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else what SiteHost refuses.
    pub async fn start_image_delete(&self, code: &str) -> Result<Operation> {
        let started = self.delete_started(code).await;
        started.map_err(|error| error.with_context(self.client.account(), "delete_image"))
    }

    async fn delete_started(&self, code: &str) -> Result<Operation> {
        // A refusal does not say why; only a look tells whether there is such an image.
        self.client.api().get_image(code).await?;
        let unanswered = Operation::new(self.client.account(), OperationKind::Delete).with_detail(CODE, code);
        let send = || async {
            let queued = self.client.api().delete_image(code).await?;
            Ok(self.client.operations.started(OperationKind::Delete, &queued).with_detail(CODE, code))
        };
        let find = |_| {
            let operation = unanswered.clone();
            async move {
                let is_gone = self.images_like(Some(code), "").await?.is_empty();
                Ok(if is_gone { Lookup::Found(operation) } else { Lookup::Absent })
            }
        };
        Ok(send_once(&self.lookup, send, find).await?.value)
    }

    /// How an operation of [`start_image`](Self::start_image) or [`start_image_delete`](Self::start_image_delete)
    /// stands. Never sleeps.
    ///
    /// # Errors
    ///
    /// What keeps SiteHost from answering; [`ErrorKind::NotFound`] where the job is done and the image does not show
    /// (yet); [`ErrorKind::OutcomeUnknown`] where it could be any of several.
    pub async fn poll_image(&self, operation: &Operation) -> Result<ImageStatus> {
        let open = operation.open(self.client.account())?;
        let job = match self.client.operations.image_job(open).await? {
            JobOutcome::GoingOn(state) => return Ok(ImageStatus::Running { state }),
            JobOutcome::Failed(error) => return Ok(ImageStatus::Failed { error }),
            ended_or_not_shown => ended_or_not_shown,
        };
        if operation.kind() == OperationKind::Delete {
            let code = open.detail(CODE).unwrap_or_default();
            return Ok(if self.images_like(Some(code), "").await?.is_empty() {
                ImageStatus::Done { image: None }
            } else {
                ImageStatus::Running { state: "the image is still there".to_owned() }
            });
        }
        match (self.created(open).await?, job) {
            (Some(image), _) => Ok(ImageStatus::Done { image: Some(Box::new(image)) }),
            (None, JobOutcome::Refused(error)) => Err(error),
            (None, _) => Err(Error::answered(ErrorKind::NotFound, "SiteHost shows no such new image")),
        }
    }

    /// The image of a create: the one that was not there before.
    async fn created(&self, operation: OpenOperation<'_>) -> Result<Option<Image>> {
        let label = operation.detail(LABEL).unwrap_or_default();
        let mut found = self.images_like(operation.detail(CODE), label).await?;
        let known: Vec<&str> = operation.detail(KNOWN).unwrap_or_default().split(',').collect();
        found.retain(|image| image.id.as_deref().is_none_or(|id| !known.contains(&id)));
        if found.len() > 1 {
            let codes: Vec<String> = found.into_iter().filter_map(|image| image.code).collect();
            let message = format!("there are several new images with this label: {}", codes.join(", "));
            return Err(Error::answered(ErrorKind::OutcomeUnknown, message)
                .with_advice("look which of them is yours, and name a code the next time"));
        }
        Ok(found.pop())
    }

    /// Why a create was refused, beyond SiteHost's words: the code is taken, or there is nothing to fork.
    async fn explained(&self, error: Error, image: &CreateImage) -> Error {
        if !error::is_unexplained(&error) {
            return error;
        }
        if let Some(code) = &image.code
            && self.client.api().get_image(code).await.is_ok()
        {
            return error.with_kind(ErrorKind::AlreadyExists).with_advice(format!("the code {code} is taken"));
        }
        let Some(fork_id) = &image.fork_id else { return error };
        match self.client.api().list_stack_images(&Paging::default()).await {
            Ok(images) if images.iter().all(|image| image.id.as_ref() != Some(fork_id)) => {
                error.with_kind(ErrorKind::NotFound).with_advice(format!("there is no image {fork_id} to fork"))
            }
            _ => error,
        }
    }

    /// The image of this code; where none is given, those of this label.
    async fn images_like(&self, code: Option<&str>, label: &str) -> Result<Vec<Image>> {
        let Some(code) = code else {
            let mut images = self.client.api().all_images(None).await?;
            images.retain(|image| image.label.as_deref() == Some(label));
            return Ok(images);
        };
        match self.client.api().get_image(code).await {
            Ok(image) => Ok(vec![image.value]),
            Err(error) if error.kind() == ErrorKind::NotFound && error.is_definite() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// Whether an operation concerns an image.
pub(crate) fn is_concerned(operation: &Operation, account: &Account) -> bool {
    operation.open(account).is_ok_and(|open| open.detail(LABEL).or(open.detail(CODE)).is_some())
}

fn about(operation: Operation, image: &CreateImage, known: &[String]) -> Operation {
    let operation = operation.with_detail(LABEL, &image.label).with_detail(KNOWN, known.join(","));
    match &image.code {
        Some(code) => operation.with_detail(CODE, code),
        None => operation,
    }
}

fn already_exists(code: &str) -> Error {
    Error::answered(ErrorKind::AlreadyExists, format!("there is an image with the code '{code}'"))
        .with_advice("choose another code, or leave it out to have SiteHost make one from the label")
}
