//! ionos
