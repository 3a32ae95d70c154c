use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::local_time::LocalTime;
use crate::credentials::SITEHOST_CLIENT_ID;
use crate::time::{Moment, Progress, Work};

const FIRST_IMAGE: u64 = 491;

/// The public images that can be forked: id, label, code.
pub(super) const CATALOGUE: [(u64, &str, &str); 2] =
    [(1, "Nginx + PHP 7.0", "sitehost-php7-nginx"), (61, "Nginx + PHP 8.3", "sitehost-php83-nginx")];

/// The account's custom images, by their numeric id.
pub(super) struct Images {
    by_id: BTreeMap<u64, Image>,
    next_build: u64,
}

pub(super) struct Image {
    pub(super) label: String,
    pub(super) code: String,
    pub(super) added: Timestamp,
    pub(super) forked_from: Option<u64>,
    pub(super) created: Work,
    pub(super) vanished: bool,
    pub(super) deleted: Option<Work>,
    pub(super) builds: Vec<Build>,
}

pub(super) struct Build {
    pub(super) id: u64,
    pub(super) added: Timestamp,
    pub(super) work: Work,
    pub(super) deleted: Option<Work>,
}

impl Images {
    /// One image with a failed and a finished build, so that there is something to look at.
    ///
    /// Its code is not that of the page's sample call, which must find its code free.
    pub(super) fn seeded(start: Moment) -> Self {
        let build = |id, fails| Build {
            id,
            added: start.wall,
            work: Work::starting(start.now, Duration::ZERO, fails),
            deleted: None,
        };
        let image = Image {
            label: "Seeded Image".into(),
            code: "seeded-image".into(),
            added: start.wall,
            forked_from: None,
            created: Work::finished(start.now),
            vanished: false,
            deleted: None,
            builds: vec![build(1075, true), build(1076, false)],
        };
        Self { by_id: BTreeMap::from([(FIRST_IMAGE, image)]), next_build: 1077 }
    }

    pub(super) fn add(&mut self, image: Image) {
        self.by_id.insert(FIRST_IMAGE + self.by_id.len() as u64, image);
    }

    pub(super) fn next_build(&mut self) -> u64 {
        self.next_build += 1;
        self.next_build - 1
    }

    pub(super) fn existing(&self, now: Instant) -> impl Iterator<Item = (u64, &Image)> {
        self.by_id.iter().filter(move |(_, image)| image.exists(now)).map(|(&id, image)| (id, image))
    }

    pub(super) fn named(&self, code: &str, now: Instant) -> Option<(u64, &Image)> {
        self.existing(now).find(|(_, image)| image.code == code)
    }

    pub(super) fn get(&self, id: u64, now: Instant) -> Option<&Image> {
        self.by_id.get(&id).filter(|image| image.exists(now))
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Image> {
        self.by_id.get_mut(&id)
    }

    /// A code is taken as soon as its image is being made.
    pub(super) fn has_code(&self, code: &str, now: Instant) -> bool {
        let takes = |image: &Image| image.exists(now) || (image.created.pending(now) && !image.vanished);
        self.by_id.values().any(|image| image.code == code && takes(image))
    }
}

impl Image {
    fn exists(&self, now: Instant) -> bool {
        self.created.done(now) && !self.vanished && !is_gone(self.deleted, now)
    }

    /// The builds that have begun.
    pub(super) fn builds(&self, now: Instant) -> impl Iterator<Item = &Build> {
        self.builds.iter().filter(move |build| now >= build.work.begun && !is_gone(build.deleted, now))
    }

    pub(super) fn describe(&self, id: u64, now: Instant, local: &LocalTime) -> Value {
        let newest = self.builds(now).last();
        json!({
            "id": id.to_string(),
            "client_id": SITEHOST_CLIENT_ID,
            "label": self.label,
            "code": self.code,
            "version": "",
            "labels": "",
            "changelog": "",
            "date_added": local.print(self.added),
            "date_updated": local.print(self.added),
            "is_public": "0",
            "is_missing": "0",
            "project_id": (76 + id).to_string(),
            "registry_id": "7",
            "forked_from": self.forked_from.map(|id| id.to_string()),
            "pending": null,
            "client_name": "My SiteHost Account",
            "image_type": "Custom",
            "registry_url": "registry-clients.sitehost.co.nz",
            "container_count": 0,
            "version_count": self.builds(now).count(),
            "build_status": newest.map(|build| build.status(now)),
        })
    }
}

impl Build {
    pub(super) fn status(&self, now: Instant) -> &'static str {
        match self.work.progress(now) {
            Progress::Waiting | Progress::Running => "running",
            Progress::Done => "success",
            Progress::Failed => "failed",
        }
    }

    pub(super) fn version(&self) -> String {
        format!("1.1-{}", self.id)
    }

    pub(super) fn describe(&self, image_id: u64, image: &Image, now: Instant, local: &LocalTime) -> Value {
        json!({
            "id": (5345 + self.id).to_string(),
            "client_id": SITEHOST_CLIENT_ID,
            "image_id": image_id.to_string(),
            "version": self.version(),
            "labels": "",
            "date_added": local.print(self.added),
            "date_updated": local.print(self.added),
            "build_id": self.id.to_string(),
            "build_status": self.status(now),
            "code": image.code,
            "container_count": 0,
            "is_missing": "0",
            "force_config": "0",
            "pending": null,
        })
    }
}

fn is_gone(deleted: Option<Work>, now: Instant) -> bool {
    deleted.is_some_and(|work| work.done(now))
}

/// The code of an image whose caller gives none.
pub(super) fn slug(label: &str) -> String {
    let words = label.split(|letter: char| !letter.is_ascii_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}
