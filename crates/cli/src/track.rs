//! How far one piece of work has come: shown while it goes on, and told when it is interrupted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cloudsnap::{Operation, OperationStatus, Result, Scope};
use tokio::time::Instant;

use crate::item::Item;
use crate::progress::{ItemProgress, Progress};

/// How far one piece of work has come, for when it is interrupted.
pub(crate) struct Track {
    label: String,
    progress: Progress,
    standing: Mutex<Standing>,
}

#[derive(Default)]
pub(crate) struct Standing {
    /// Since when it is worked on, and what counts its requests.
    pub(crate) begun: Option<(Instant, Scope)>,
    pub(crate) sent: Sent,
    /// What to wait on: once the provider has begun, and before that where a lost answer can be found out about.
    pub(crate) operation: Option<Operation>,
    shown: Option<ItemProgress>,
}

/// Whether the provider may have begun.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sent {
    #[default]
    No,
    Maybe,
    Answered,
}

impl Track {
    pub(crate) fn new(label: String, progress: &Progress) -> Self {
        Self { label, progress: progress.clone(), standing: Mutex::default() }
    }

    /// Notes that the provider may begin from now on, and how to find out whether it did.
    pub(crate) fn sending(&self, operation: Option<&Operation>) {
        let mut standing = self.standing();
        standing.sent = Sent::Maybe;
        standing.operation = operation.cloned();
    }

    /// Notes that the provider has begun, and what to wait on.
    pub(crate) fn started(&self, operation: &Operation) {
        let mut standing = self.standing();
        standing.sent = Sent::Answered;
        standing.operation = Some(operation.clone());
        drop(standing);
        self.show(|item| item.state("started"));
    }

    /// Shows what a poll said.
    pub(crate) fn polled(&self, status: &Result<OperationStatus>) {
        self.show(|item| item.polled(status));
    }

    pub(crate) fn begin(&self, since: Instant, scope: &Scope) {
        let item = self.progress.item(self.label.clone());
        item.state("starting");
        let mut standing = self.standing();
        standing.begun = Some((since, scope.clone()));
        standing.shown = Some(item);
    }

    pub(crate) fn end(&self, item: &Item) {
        let reference = item.reference().map(|reference| format!(" {reference}")).unwrap_or_default();
        self.show(|shown| shown.ended(&format!("{}{reference}", item.outcome.as_str())));
    }

    fn show(&self, f: impl FnOnce(&ItemProgress)) {
        if let Some(item) = &self.standing().shown {
            f(item);
        }
    }

    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
