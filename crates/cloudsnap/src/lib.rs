#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connect;

pub use cloudsnap_core::*;
#[cfg(feature = "hostway")]
pub use hostway;
#[cfg(feature = "ionos")]
pub use ionos;
#[cfg(feature = "nodecoid")]
pub use nodecoid;
#[cfg(feature = "sitehost")]
pub use sitehost;

pub use connect::{PROVIDERS, capabilities, connect, from_env};
