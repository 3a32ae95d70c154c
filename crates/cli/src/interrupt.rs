//! The signals that ask the command to end: SIGINT (Ctrl-C), SIGTERM and SIGHUP.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

/// Signals that come after this was made. Until then a signal ends the process, as usual.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<Notify>);

impl Interrupt {
    /// Must be called inside the runtime.
    pub(crate) fn listen() -> Self {
        let came = Arc::new(Notify::new());
        for signal in signals() {
            let came = Arc::clone(&came);
            tokio::spawn(async move {
                let mut signal = signal;
                while signal.next().await {
                    came.notify_one();
                }
            });
        }
        Self(came)
    }

    /// How many signals came so far.
    pub(crate) fn counted(self) -> watch::Receiver<u32> {
        let (sender, count) = watch::channel(0);
        tokio::spawn(async move {
            while !sender.is_closed() {
                self.clone().next().await;
                sender.send_modify(|count| *count += 1);
            }
        });
        count
    }

    /// The next signal.
    pub(crate) async fn next(self) {
        self.0.notified().await;
    }
}

#[cfg(unix)]
struct Signal(tokio::signal::unix::Signal);

#[cfg(unix)]
fn signals() -> Vec<Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    kinds.into_iter().filter_map(|kind| signal(kind).ok().map(Signal)).collect()
}

#[cfg(unix)]
impl Signal {
    async fn next(&mut self) -> bool {
        self.0.recv().await.is_some()
    }
}

#[cfg(not(unix))]
struct Signal;

#[cfg(not(unix))]
fn signals() -> Vec<Signal> {
    vec![Signal]
}

#[cfg(not(unix))]
impl Signal {
    async fn next(&mut self) -> bool {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
