//! What is shown on stderr while something is waited for.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use cloudsnap::printable;
use cloudsnap_fleet::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::say;

/// How progress is shown.
#[derive(Clone)]
pub(crate) enum Progress {
    /// Not at all.
    Silent,
    /// A line for each change of state, for logs.
    Lines,
    /// A spinner for each item, for terminals.
    Spinners(MultiProgress),
}

impl Progress {
    /// Spinners on a terminal, unless logs would tear them apart. A script that reads JSON errors from stderr finds
    /// nothing else there.
    pub(crate) fn new(quiet: bool, logs: bool, for_scripts: bool) -> Self {
        match () {
            () if quiet => Self::Silent,
            () if logs => Self::Lines,
            () if stderr().is_terminal() => {
                Self::Spinners(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
            }
            () if for_scripts => Self::Silent,
            () => Self::Lines,
        }
    }

    /// One item's share of it, from when it is begun.
    pub(crate) fn item(&self, label: String) -> ItemProgress {
        let spinner = match self {
            Self::Silent | Self::Lines => None,
            Self::Spinners(all) => Some(all.add(spinner(&label))),
        };
        let lines = matches!(self, Self::Lines);
        ItemProgress { label, lines, spinner, shown: Mutex::new(String::new()) }
    }

    /// Takes the spinners away, so that other words can stand there.
    pub(crate) fn clear(&self) {
        if let Self::Spinners(all) = self {
            let _ = all.clear();
        }
    }
}

fn spinner(label: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_prefix(label.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}  {elapsed:>4}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// One item's progress.
pub(crate) struct ItemProgress {
    label: String,
    lines: bool,
    spinner: Option<ProgressBar>,
    shown: Mutex<String>,
}

impl ItemProgress {
    /// Shows a state, if it is another than before.
    pub(crate) fn state(&self, state: &str) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown == state {
            return;
        }
        state.clone_into(&mut shown);
        match &self.spinner {
            Some(spinner) => spinner.set_message(state.to_owned()),
            None if self.lines => say(&format!("{}: {state}", self.label)),
            None => {}
        }
    }

    /// Shows how it ended.
    pub(crate) fn ended(&self, how: &str) {
        match &self.spinner {
            Some(spinner) => spinner.finish_with_message(how.to_owned()),
            None => self.state(how),
        }
    }
}

/// The progress of a batch.
pub(crate) struct Drawn {
    progress: Progress,
    items: Vec<ItemProgress>,
}

impl Drawn {
    pub(crate) fn new(progress: &Progress) -> Self {
        Self { progress: progress.clone(), items: Vec::new() }
    }

    /// Shows what happens. Work is begun in its order.
    pub(crate) fn draw(&mut self, event: &Event<'_>) {
        match event {
            Event::Begun { subject, .. } => {
                let item = self.progress.item(subject.label());
                item.state("starting");
                self.items.push(item);
            }
            Event::State { index, state } => self.items[*index].state(&printable(state).to_string()),
            Event::Ended { index, item } => {
                let reference = item.reference().map(|reference| format!(" {reference}")).unwrap_or_default();
                self.items[*index].ended(&format!("{}{reference}", item.outcome.as_str()));
            }
            _ => {}
        }
    }
}
