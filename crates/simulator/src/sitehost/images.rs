use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::endpoints::Call;
use super::{Refusal, Reply, SiteHost, Subject, missing, page, refuse, reply};
use crate::credentials::SITEHOST_CLIENT_ID;
use crate::time::{Moment, Progress, Work};

/// The account's custom images, by their numeric id.
pub(super) struct Images {
    by_id: BTreeMap<u64, Image>,
    next_build: u64,
}

struct Image {
    label: String,
    code: String,
    added: Timestamp,
    forked_from: Option<u64>,
    created: Work,
    deleted: Option<Work>,
    versions: Vec<Build>,
}

struct Build {
    id: u64,
    added: Timestamp,
    work: Work,
    deleted: Option<Work>,
}

const CATALOGUE: [(u64, &str, &str); 2] =
    [(1, "Nginx + PHP 7.0", "sitehost-php7-nginx"), (61, "Nginx + PHP 8.3", "sitehost-php83-nginx")];

impl Images {
    /// One image with a failed and a finished build, so that there is something to look at.
    pub(super) fn seeded(start: Moment) -> Self {
        let build = |id, fails| Build {
            id,
            added: start.wall,
            work: Work::starting(start.now, std::time::Duration::ZERO, fails),
            deleted: None,
        };
        let image = Image {
            label: "My Custom Image".into(),
            code: "my-custom-image".into(),
            added: start.wall,
            forked_from: None,
            created: Work::finished(start.now),
            deleted: None,
            versions: vec![build(1075, true), build(1076, false)],
        };
        Self { by_id: BTreeMap::from([(491, image)]), next_build: 1077 }
    }

    fn named(&self, code: &str, now: Instant) -> Option<(u64, &Image)> {
        let mut existing = self.by_id.iter().filter(|(_, image)| image.exists(now));
        existing.find(|(_, image)| image.code == code).map(|(&id, image)| (id, image))
    }

    /// A code is taken as soon as its image is being made.
    fn has_code(&self, code: &str, now: Instant) -> bool {
        let taken = |image: &Image| image.exists(now) || image.created.pending(now);
        self.by_id.values().any(|image| image.code == code && taken(image))
    }
}

impl Image {
    fn exists(&self, now: Instant) -> bool {
        self.created.done(now) && !is_gone(self.deleted, now)
    }

    fn builds(&self, now: Instant) -> impl Iterator<Item = &Build> {
        let begun = move |build: &&Build| now >= build.work.begun && !is_gone(build.deleted, now);
        self.versions.iter().filter(begun)
    }
}

impl Build {
    fn status(&self, now: Instant) -> &'static str {
        match self.work.progress(now) {
            Progress::Waiting | Progress::Running => "running",
            Progress::Done => "success",
            Progress::Failed => "failed",
        }
    }

    fn version(&self) -> String {
        format!("1.1-{}", self.id)
    }
}

fn is_gone(deleted: Option<Work>, now: Instant) -> bool {
    deleted.is_some_and(|work| work.done(now))
}

fn slug(label: &str) -> String {
    let words = label.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

impl SiteHost {
    pub(super) fn create_image(&mut self, call: &Call) -> Reply {
        let (label, now) = (call.text("label"), call.moment.now);
        let code = call.optional("params[code]").map_or_else(|| slug(label), str::to_owned);
        if self.images.has_code(&code, now) {
            return refuse(format!("Error: An image with the code '{code}' already exists."));
        }
        let forked_from = match call.optional("params[fork_id]") {
            None => None,
            Some(_) => Some(call.number("params[fork_id]")?),
        };
        if let Some(id) = forked_from.filter(|id| !CATALOGUE.iter().any(|(known, ..)| known == id)) {
            return missing("Image", &id.to_string());
        }
        let created = self.new_work(call);
        let reference = self.start_job(call, Subject::Image, "Creating image", created);
        // Nobody pushes to a simulated repository: a fork is built by itself, an empty image never.
        let versions = forked_from.map(|_| Build {
            id: self.images.next_build,
            added: self.start.wall_at(created.due),
            work: Work::starting(created.due, self.build_time, false),
            deleted: None,
        });
        self.images.next_build += 1;
        let id = 491 + self.images.by_id.len() as u64;
        self.images.by_id.insert(
            id,
            Image {
                label: label.to_owned(),
                code,
                added: call.moment.wall,
                forked_from,
                created,
                deleted: None,
                versions: versions.into_iter().collect(),
            },
        );
        reply(&reference)
    }

    pub(super) fn list_images(&mut self, call: &Call) -> Reply {
        let now = call.moment.now;
        let kept = |image: &Image| image.exists(now) && call.filter("code").is_none_or(|code| image.code == code);
        let images = self.images.by_id.iter().filter(|(_, image)| kept(image));
        page(call, images.map(|(&id, image)| self.describe_image(id, image, now)).collect())
    }

    pub(super) fn get_image(&mut self, call: &Call) -> Reply {
        let (id, image) = self.named_image(call)?;
        reply(&self.describe_image(id, image, call.moment.now))
    }

    pub(super) fn delete_image(&mut self, call: &Call) -> Reply {
        let (id, _) = self.named_image(call)?;
        let work = self.new_work(call);
        let reference = self.start_job(call, Subject::Image, "Deleting image", work);
        if let Some(image) = self.images.by_id.get_mut(&id) {
            image.deleted = Some(work);
        }
        reply(&reference)
    }

    pub(super) fn list_versions(&mut self, call: &Call) -> Reply {
        let (id, now) = (call.number("image_id")?, call.moment.now);
        let Some(image) = self.images.by_id.get(&id).filter(|image| image.exists(now)) else {
            return missing("Image", &id.to_string());
        };
        let describe = |build: &Build| {
            json!({
                "id": (5345 + build.id).to_string(),
                "client_id": SITEHOST_CLIENT_ID,
                "image_id": id.to_string(),
                "version": build.version(),
                "labels": "",
                "date_added": self.local(build.added),
                "date_updated": self.local(build.added),
                "build_id": build.id.to_string(),
                "build_status": build.status(now),
                "code": image.code,
                "container_count": 0,
                "is_missing": "0",
                "force_config": "0",
                "pending": null,
            })
        };
        page(call, image.builds(now).map(describe).collect())
    }

    pub(super) fn get_build(&mut self, call: &Call) -> Reply {
        let (_, image) = self.named_image(call)?;
        let (id, now) = (call.number("build_id")?, call.moment.now);
        let Some(build) = image.builds(now).find(|build| build.id == id) else {
            return missing("Build", &id.to_string());
        };
        reply(&json!({
            "build_status": build.status(now),
            "build_trace": format!("Step 1/1 : FROM scratch\n{}\n", build.status(now)),
        }))
    }

    pub(super) fn delete_version(&mut self, call: &Call) -> Reply {
        let (id, image) = self.named_image(call)?;
        let version = call.text("version");
        let mut builds = image.builds(call.moment.now);
        let Some(build) = builds.find(|build| build.version() == version).map(|build| build.id) else {
            return missing("Version", version);
        };
        drop(builds);
        let work = self.new_work(call);
        let reference = self.start_job(call, Subject::Image, "Deleting image version", work);
        let image = self.images.by_id.get_mut(&id);
        let mut versions = image.into_iter().flat_map(|image| &mut image.versions);
        if let Some(build) = versions.find(|other| other.id == build) {
            build.deleted = Some(work);
        }
        reply(&reference)
    }

    pub(super) fn get_changelog(&mut self, call: &Call) -> Reply {
        let code = call.text("code");
        let known = CATALOGUE.iter().any(|(.., catalogued)| *catalogued == code);
        if !known {
            self.named_image(call)?;
        }
        reply(&json!({ "code": code, "label": "None", "changelog": "**VERSION: 1.0.0**" }))
    }

    pub(super) fn list_catalogue(&mut self, call: &Call) -> Reply {
        let now = call.moment.now;
        let public = CATALOGUE.iter().map(|(id, label, code)| {
            json!({
                "id": id.to_string(), "client_id": "0", "label": label, "code": code,
                "labels": {}, "is_public": "1", "versions": [],
            })
        });
        let own = self.images.by_id.iter().filter(|(_, image)| image.exists(now));
        let own = own.map(|(&id, image)| self.describe_image(id, image, now));
        reply(&public.chain(own).collect::<Vec<_>>())
    }

    fn named_image(&self, call: &Call) -> Result<(u64, &Image), Refusal> {
        let code = call.text("code");
        match self.images.named(code, call.moment.now) {
            Some(found) => Ok(found),
            None => missing("Image", code),
        }
    }

    fn describe_image(&self, id: u64, image: &Image, now: Instant) -> Value {
        let newest = image.builds(now).last();
        json!({
            "id": id.to_string(),
            "client_id": SITEHOST_CLIENT_ID,
            "label": image.label,
            "code": image.code,
            "version": "",
            "labels": "",
            "changelog": "",
            "date_added": self.local(image.added),
            "date_updated": self.local(image.added),
            "is_public": "0",
            "is_missing": "0",
            "project_id": (76 + id).to_string(),
            "registry_id": "7",
            "forked_from": image.forked_from.map(|id| id.to_string()),
            "pending": null,
            "client_name": "My SiteHost Account",
            "image_type": "Custom",
            "registry_url": "registry-clients.sitehost.co.nz",
            "container_count": 0,
            "version_count": image.builds(now).count(),
            "build_status": newest.map(|build| build.status(now)),
        })
    }
}
