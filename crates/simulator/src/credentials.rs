//! The made-up credentials that the simulator accepts, and no others.

/// SiteHost's `apikey`.
pub const SITEHOST_API_KEY: &str = "simulated-sitehost-key";
/// SiteHost's `client_id`.
pub const SITEHOST_CLIENT_ID: &str = "979387";
/// Hostway's user.
pub const HOSTWAY_USERNAME: &str = "simulated-user";
/// Hostway's password.
pub const HOSTWAY_PASSWORD: &str = "simulated-hostway-password";
/// Hostway's account.
pub const HOSTWAY_ACCOUNT_ID: &str = "smith1234";
/// node.co.id's `user_id`.
pub const NODECOID_USER_ID: &str = "12312";
/// node.co.id's API key.
pub const NODECOID_API_KEY: &str = "simulated-nodecoid-key";
/// IONOS's token, for Bearer.
pub const IONOS_TOKEN: &str = "simulated-ionos-token";
/// IONOS's user, for Basic.
pub const IONOS_USERNAME: &str = "ops@example.com";
/// IONOS's password, for Basic.
pub const IONOS_PASSWORD: &str = "simulated-ionos-password";
/// IONOS's contract; any other whole number does as well.
pub const IONOS_CONTRACT_NUMBER: &str = "31884391";
