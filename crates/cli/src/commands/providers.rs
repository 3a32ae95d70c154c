use super::Finish;
use crate::arguments::{Format, Providers};
use crate::exit::Exit;
use crate::output::columns;
use crate::output::objects::ProviderInfo;
use crate::session::Session;

pub(crate) fn run(session: &mut Session, arguments: &Providers) -> Finish {
    session.output.show(&arguments.shown);
    let providers = cloudsnap::PROVIDERS
        .iter()
        .map(|provider| Ok(ProviderInfo { provider, capabilities: cloudsnap::capabilities(provider)? }))
        .collect::<cloudsnap::Result<Vec<_>>>()?;
    session.output.list(&providers, columns::PROVIDERS)?;
    if session.output.format == Format::Table && arguments.shown.columns.is_empty() {
        session.output.text(&columns::options(&providers))?;
    }
    Ok(Exit::Done)
}
