//! sitehost
