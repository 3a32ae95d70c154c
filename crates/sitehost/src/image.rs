//! Custom container images: SiteHost's own, beside the shared trait.
//!
//! They are not made from snapshots, and there is no way from one to the other. Reference:
//! <https://docs.sitehost.nz/api/v1/?action=POST&path=%2Fcloud%2Fimage%2Fcreate>

use std::time::Duration;

use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, PollOptions, Result, SnapshotProviderExt,
};

use crate::client::{Client, JobOutcome, seen};
use crate::config::ApiVersion;
use crate::wire::{
    CreateImage, Image, ImageBuild, ImageChangelog, ImageVersion, Listing, Paging, Queued, SortDirection,
};

/// The type of jobs of images before 1.5, by SiteHost's own Ansible collection.
const JOB_TYPE: &str = "scheduler";

/// The details of an operation that concerns an image: its label, its code where that is known, and the ids of the
/// images that were there before and could be taken for it.
const LABEL: &str = "image_label";
const CODE: &str = "image_code";
const KNOWN: &str = "image_known";

/// How long a create whose answer was lost is looked for.
const SETTLE: Duration = Duration::from_secs(10);

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

impl Client {
    /// `POST cloud/image/create`, exactly as documented. Nobody looks after a lost answer here;
    /// [`start_image`](Self::start_image) does.
    ///
    /// # Errors
    ///
    /// What SiteHost refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn create_image(&self, image: &CreateImage) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_0);
        self.change(self.api.create_image(image), version, JOB_TYPE).await
    }

    /// Starts the creation of an image, and looks for it where the answer was lost. Wait on the operation as on any
    /// other; [`poll_image`](Self::poll_image) then gives the image.
    ///
    /// It is never sent twice: an image shows only when its job is done, so that one that does not show yet may still
    /// be made.
    ///
    /// # Errors
    ///
    /// What SiteHost refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done and does not show, with the
    /// operation that looks again.
    pub async fn start_image(&self, image: &CreateImage) -> Result<StartedImage> {
        let alike = self.images_like(image.code.as_deref(), &image.label).await?;
        let known: Vec<String> = alike.into_iter().filter_map(|image| image.id).collect();
        let about = |operation: Operation| {
            let operation = operation.detail(LABEL, &image.label).detail(KNOWN, known.join(","));
            match &image.code {
                Some(code) => operation.detail(CODE, code),
                None => operation,
            }
        };
        let error = match self.create_image(image).await {
            Ok(queued) => {
                let operation = about(self.operation(OperationKind::Create, &queued));
                return Ok(StartedImage { operation, adopted: false });
            }
            Err(error) => error,
        };
        if error.kind() != ErrorKind::OutcomeUnknown {
            return Err(error);
        }
        let operation = about(self.operation(OperationKind::Create, &Queued::default()));
        match self.wait(operation.clone()).with(PollOptions::default().timeout(SETTLE)).await {
            Ok(_) => Ok(StartedImage { operation, adopted: true }),
            Err(_) => Err(error.with_resume(operation)),
        }
    }

    /// Starts to delete an image.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else what SiteHost refuses.
    pub async fn start_image_delete(&self, code: &str) -> Result<Operation> {
        // A refusal does not say why; only a look tells whether there is such an image.
        self.image(code).await?;
        let queued = self.delete_image(code).await?;
        Ok(self.operation(OperationKind::Delete, &queued).detail(CODE, code))
    }

    /// How an operation of [`start_image`](Self::start_image) or [`start_image_delete`](Self::start_image_delete)
    /// stands. Never sleeps.
    ///
    /// # Errors
    ///
    /// What keeps SiteHost from answering; [`ErrorKind::NotFound`] where the job is done and the image does not show
    /// (yet); [`ErrorKind::OutcomeUnknown`] where it could be any of several.
    pub async fn poll_image(&self, operation: &Operation) -> Result<ImageStatus> {
        match self.job_outcome(operation).await? {
            JobOutcome::Completed => {}
            JobOutcome::GoingOn(state) => return Ok(ImageStatus::Running { state }),
            JobOutcome::Failed(error) => return Ok(ImageStatus::Failed { error }),
        }
        let code = operation.get_detail(CODE);
        let mut found = self.images_like(code, operation.get_detail(LABEL).unwrap_or_default()).await?;
        if operation.kind() == OperationKind::Delete {
            return Ok(if found.is_empty() {
                ImageStatus::Done { image: None }
            } else {
                ImageStatus::Running { state: "the image is still there".to_owned() }
            });
        }
        let known: Vec<&str> = operation.get_detail(KNOWN).unwrap_or_default().split(',').collect();
        found.retain(|image| image.id.as_deref().is_none_or(|id| !known.contains(&id)));
        if found.len() > 1 {
            let codes: Vec<String> = found.into_iter().filter_map(|image| image.code).collect();
            let message = format!("there are several new images with this label: {}", codes.join(", "));
            return Err(seen(ErrorKind::OutcomeUnknown, message)
                .with_advice("look which of them is yours, and name a code the next time"));
        }
        match found.pop() {
            Some(image) => Ok(ImageStatus::Done { image: Some(Box::new(image)) }),
            None => Err(seen(ErrorKind::NotFound, "SiteHost shows no such new image")),
        }
    }

    /// `GET cloud/image/list_all`: all images of the account, or the one of this code, page by page.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?path=/cloud/image/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// As any read; a list is complete or an error.
    pub async fn images(&self, code: Option<&str>) -> Result<Vec<Image>> {
        self.all_pages(|page| self.api.list_images(code, &page)).await
    }

    /// `GET cloud/image/list_all`: one page, in the order asked for.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn image_page(&self, code: Option<&str>, paging: &Paging) -> Result<Listing<Image>> {
        self.read(self.api.list_images(code, paging)).await
    }

    /// `GET cloud/image/get`: one image by its code.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fcloud%2Fimage%2Fget>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else as any read.
    pub async fn image(&self, code: &str) -> Result<Image> {
        self.read_named(self.api.image(code)).await
    }

    /// `POST cloud/image/delete`. The call is not documented; SiteHost's own client makes it on 1.5.
    ///
    /// # Errors
    ///
    /// What SiteHost refuses.
    pub async fn delete_image(&self, code: &str) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_5);
        self.change(self.api.delete_image(code), version, JOB_TYPE).await
    }

    /// `GET cloud/image/version/list_all`: all versions of an image, by the image's number, page by page.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fcloud%2Fimage%2Fversion%2Flist_all>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such image; else as any read.
    pub async fn image_versions(&self, image_id: &str) -> Result<Vec<ImageVersion>> {
        let versions = self.all_pages(|page| self.api.list_image_versions(image_id, &page)).await;
        versions.map_err(crate::error::refused_is_not_found)
    }

    /// `GET cloud/image/version/list_all`: the newest version of an image, whose `build_status` says whether it can be
    /// deployed. A new image has none.
    ///
    /// # Errors
    ///
    /// As [`image_versions`](Self::image_versions).
    pub async fn newest_image_version(&self, image_id: &str) -> Result<Option<ImageVersion>> {
        let newest_first = Paging {
            sort_by: Some("date_added".to_owned()),
            sort_dir: Some(SortDirection::Descending),
            page_size: Some(1),
            page_number: None,
        };
        let page: Listing<ImageVersion> =
            self.read_named(self.api.list_image_versions(image_id, &newest_first)).await?;
        Ok(page.data.into_iter().next())
    }

    /// `GET cloud/image/version/get_build`: a build and its log. The call is not documented; SiteHost's own client
    /// makes it on 1.5.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such build; else as any read.
    pub async fn image_build(&self, code: &str, build_id: &str) -> Result<ImageBuild> {
        self.read_named(self.api.image_build(code, build_id)).await
    }

    /// `POST cloud/image/version/delete`: deletes a version such as `1.1-1076`.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=POST&path=%2Fcloud%2Fimage%2Fversion%2Fdelete>
    ///
    /// # Errors
    ///
    /// What SiteHost refuses.
    pub async fn delete_image_version(&self, code: &str, version: &str) -> Result<Queued> {
        let api_version = self.api.version(ApiVersion::V1_5);
        self.change(self.api.delete_image_version(code, version), api_version, JOB_TYPE).await
    }

    /// `GET cloud/image/get_changelog`. The call is not documented; SiteHost's own client makes it on 1.5.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such image; else as any read.
    pub async fn image_changelog(&self, code: &str) -> Result<ImageChangelog> {
        self.read_named(self.api.image_changelog(code)).await
    }

    /// `GET cloud/stack/image/list_all`: the public images, which can be forked, and the account's own.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?path=/cloud/stack/image/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn stack_images(&self, paging: &Paging) -> Result<Vec<Image>> {
        self.read_list(self.api.list_stack_images(paging)).await
    }

    pub(crate) fn concerns_image(operation: &Operation) -> bool {
        operation.get_detail(LABEL).or(operation.get_detail(CODE)).is_some()
    }

    /// The image of this code; where none is given, those of this label.
    async fn images_like(&self, code: Option<&str>, label: &str) -> Result<Vec<Image>> {
        let Some(code) = code else {
            let mut images = self.images(None).await?;
            images.retain(|image| image.label.as_deref() == Some(label));
            return Ok(images);
        };
        match self.image(code).await {
            Ok(image) => Ok(vec![image]),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}
