//! Logs on stderr, where they were asked for. No credential reaches a log: the libraries see to it.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::arguments::Color;
use crate::output::Paint;

/// `-v` tells what our own crates do, more with each; `-vvv` what those below them do as well.
pub(crate) fn start(verbosity: u8, color: Color) {
    let level = match verbosity {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let filter = if level == LevelFilter::TRACE {
        Targets::new().with_default(level)
    } else {
        Targets::new()
            .with_target("cloudsnap", level)
            .with_targets(cloudsnap::PROVIDERS.iter().map(|name| (*name, level)))
    };
    let ansi = Paint::new(color, io::stderr().is_terminal()).is_on();
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(ansi);
    tracing_subscriber::registry().with(layer).with(filter).init();
}
