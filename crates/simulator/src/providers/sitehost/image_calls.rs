use serde_json::json;

use super::call::Call;
use super::images::{Build, CATALOGUE, Image, slug};
use super::jobs::Subject;
use super::reply::{Refusal, Reply, missing, refuse, reply};
use super::state::SiteHost;
use crate::time::Work;

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
        let (_, reference) = self.jobs.start(call, Subject::Image, "Creating image", created);
        let build = self.images.next_build();
        // Nobody pushes to a simulated repository: a fork is built by itself, an empty image never.
        let builds = forked_from.map(|_| Build {
            id: build,
            added: self.start.wall_at(created.due),
            work: Work::starting(created.due, self.build_time, false),
            deleted: None,
        });
        self.images.add(Image {
            label: label.to_owned(),
            code,
            added: call.moment.wall,
            forked_from,
            created,
            vanished: call.effect.vanishes,
            deleted: None,
            builds: builds.into_iter().collect(),
        });
        reply(&reference)
    }

    pub(super) fn list_images(&mut self, call: &Call) -> Reply {
        let now = call.moment.now;
        let wanted = |image: &Image| call.filter("code").is_none_or(|code| image.code == code);
        let images = self.images.existing(now).filter(|(_, image)| wanted(image));
        call.page(images.collect(), |(id, image)| image.describe(*id, now, &self.local))
    }

    pub(super) fn get_image(&mut self, call: &Call) -> Reply {
        let (id, image) = self.named_image(call)?;
        reply(&image.describe(id, call.moment.now, &self.local))
    }

    pub(super) fn delete_image(&mut self, call: &Call) -> Reply {
        let (id, _) = self.named_image(call)?;
        let work = self.new_work(call);
        let (_, reference) = self.jobs.start(call, Subject::Image, "Deleting image", work);
        if let Some(image) = self.images.get_mut(id) {
            image.deleted = Some(work);
        }
        reply(&reference)
    }

    pub(super) fn list_versions(&mut self, call: &Call) -> Reply {
        let (id, now) = (call.number("image_id")?, call.moment.now);
        let Some(image) = self.images.get(id, now) else {
            return missing("Image", &id.to_string());
        };
        call.page(image.builds(now).collect(), |build| build.describe(id, image, now, &self.local))
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
        let found = image.builds(call.moment.now).find(|build| build.version() == version);
        let Some(build) = found.map(|build| build.id) else {
            return missing("Version", version);
        };
        let work = self.new_work(call);
        let (_, reference) = self.jobs.start(call, Subject::Image, "Deleting image version", work);
        let mut builds = self.images.get_mut(id).into_iter().flat_map(|image| &mut image.builds);
        if let Some(build) = builds.find(|other| other.id == build) {
            build.deleted = Some(work);
        }
        reply(&reference)
    }

    pub(super) fn get_changelog(&mut self, call: &Call) -> Reply {
        let code = call.text("code");
        let is_public = CATALOGUE.iter().any(|(.., catalogued)| *catalogued == code);
        if !is_public {
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
        let own = self.images.existing(now).map(|(id, image)| image.describe(id, now, &self.local));
        reply(&public.chain(own).collect::<Vec<_>>())
    }

    fn named_image(&self, call: &Call) -> Result<(u64, &Image), Refusal> {
        let code = call.text("code");
        self.images.named(code, call.moment.now).map_or_else(|| missing("Image", code), Ok)
    }
}
