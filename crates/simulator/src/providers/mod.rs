//! The four providers' APIs, each written from that provider's documentation.

mod hostway;
mod ionos;
mod nodecoid;
mod sitehost;

use crate::api::{Api, Setup};
use crate::provider::Provider;

pub(crate) fn open(provider: Provider, setup: &Setup) -> Box<dyn Api> {
    match provider {
        Provider::SiteHost => Box::new(sitehost::SiteHost::new(setup)),
        Provider::Hostway => Box::new(hostway::Hostway::new(setup)),
        Provider::NodeCoId => Box::new(nodecoid::NodeCoId::new(setup)),
        Provider::Ionos => Box::new(ionos::Ionos::new(setup)),
    }
}
