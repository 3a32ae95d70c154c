use cloudsnap::Capabilities;
use serde::Serialize;

use super::Finish;
use crate::exit::Exit;
use crate::output::table;
use crate::session::Session;

/// What one provider can do.
#[derive(Serialize)]
pub(crate) struct ProviderInfo {
    pub(crate) provider: &'static str,
    #[serde(flatten)]
    pub(crate) capabilities: Capabilities,
}

pub(crate) fn run(session: &Session) -> Finish {
    let providers = cloudsnap::PROVIDERS
        .iter()
        .map(|provider| Ok(ProviderInfo { provider, capabilities: cloudsnap::capabilities(provider)? }))
        .collect::<cloudsnap::Result<Vec<_>>>()?;
    session.output.list(&providers, table::providers)?;
    Ok(Exit::Done)
}
