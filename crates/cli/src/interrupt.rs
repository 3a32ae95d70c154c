//! SIGINT (Ctrl-C) and SIGTERM, which ask the command to end.

use std::future::pending;

/// Signals that come after this was made. Until then a signal ends the process, as usual.
pub(crate) struct Interrupt {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    interrupt: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Interrupt {
    /// Must be called inside the runtime.
    pub(crate) fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self { terminate: signal(SignalKind::terminate()).ok(), interrupt: signal(SignalKind::interrupt()).ok() }
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) {
        async fn of(signal: &mut Option<tokio::signal::unix::Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => pending().await,
            }
        }
        tokio::select! {
            () = of(&mut self.terminate) => {}
            () = of(&mut self.interrupt) => {}
        }
    }
}

#[cfg(not(unix))]
impl Interrupt {
    /// Must be called inside the runtime.
    pub(crate) fn listen() -> Self {
        Self {}
    }

    /// The next Ctrl-C.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            pending().await
        }
    }
}
