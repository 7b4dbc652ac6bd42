//! How the process ends: the stages, the signals, the exit codes.
//!
//! Pure state; the application drives the order. The first signal asks it to drain, the second to stop at once.
//! Draining for a reason of the process's own does not use up a signal: an orchestrator that then says SIGTERM is polite.

use std::io;
use std::process::ExitCode;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How far the process has come on its way to the end. Later stages compare greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Serving.
    #[default]
    Running,
    /// Not ready for new requests, finishing those that are under way.
    Draining,
    /// No requests any more; actors and connections are being stopped.
    Stopping,
}

/// What the process tells its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It was asked to stop, and finished what it had begun.
    Orderly,
    /// It could not go on: an actor it needs was given up, or starting failed.
    Failed,
    /// It was made to stop before it had finished: a second signal, or the end of the grace period.
    Forced,
    /// Command line or configuration are wrong (`EX_USAGE` of BSD sysexits).
    Misconfigured,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Orderly => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Forced => Self::from(2),
            Exit::Misconfigured => Self::from(64),
        }
    }
}

/// The stage, shared by everybody who has to act on it. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    stage: watch::Sender<Stage>,
    forced: CancellationToken,
}

impl Shutdown {
    /// The present stage.
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Goes on to `stage`; stages already passed are ignored.
    pub fn advance(&self, stage: Stage) {
        self.stage.send_if_modified(|present| {
            let later = stage > *present;
            *present = stage.max(*present);
            later
        });
    }

    /// Waits until `stage` or a later one is reached.
    pub async fn reached(&self, stage: Stage) {
        let mut stages = self.stage.subscribe();
        // It fails only when the sender is gone, and we hold it.
        let _reached = stages.wait_for(|present| *present >= stage).await;
    }

    /// Tells everybody to stop waiting for anything.
    pub fn force(&self) {
        self.advance(Stage::Stopping);
        self.forced.cancel();
    }

    /// Whether [`force`](Self::force) was called.
    pub fn is_forced(&self) -> bool {
        self.forced.is_cancelled()
    }

    /// Waits until [`force`](Self::force) is called.
    pub async fn forced(&self) {
        self.forced.cancelled().await;
    }
}

/// SIGTERM and SIGINT, which from now on no longer end the process by themselves.
#[derive(Debug)]
pub struct TerminationSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl TerminationSignals {
    /// Starts to listen. Listen once and early: a signal between two listeners is lost.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the handler, or outside of a runtime with I/O.
    pub fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next signal; returns its name.
    pub async fn wait_for_signal(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Passes signals on to `shutdown`: the first drains, the second forces. Run it beside the service.
    pub async fn pass_to(mut self, shutdown: Shutdown) {
        let first = self.wait_for_signal().await;
        tracing::info!(signal = first, "draining; a second signal stops at once");
        shutdown.advance(Stage::Draining);
        let second = self.wait_for_signal().await;
        tracing::warn!(signal = second, "stopping at once");
        shutdown.force();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::Duration;

    async fn soon(condition: impl Future<Output = ()>) {
        tokio::time::timeout(Duration::from_secs(10), condition)
            .await
            .expect("the condition did not come true in time");
    }

    fn send_own_process(name: &str) {
        let order = format!("kill -{name} {}", std::process::id());
        assert!(Command::new("sh").args(["-c", &order]).status().unwrap().success());
    }

    #[tokio::test]
    async fn stages_only_go_forward() {
        let shutdown = Shutdown::default();
        shutdown.advance(Stage::Stopping);
        shutdown.advance(Stage::Draining);
        assert_eq!(shutdown.stage(), Stage::Stopping);
    }

    #[tokio::test]
    async fn a_later_stage_satisfies_who_waits_for_an_earlier_one() {
        let shutdown = Shutdown::default();
        let waiting = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.reached(Stage::Draining).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        shutdown.advance(Stage::Stopping);
        soon(async { waiting.await.unwrap() }).await;
    }

    #[tokio::test]
    async fn the_first_signal_drains_and_the_second_forces() {
        let shutdown = Shutdown::default();
        let signals = TerminationSignals::listen().unwrap();
        let passing = tokio::spawn(signals.pass_to(shutdown.clone()));
        send_own_process("TERM");
        soon(shutdown.reached(Stage::Draining)).await;
        assert!(!shutdown.is_forced());
        send_own_process("INT");
        soon(shutdown.forced()).await;
        assert_eq!(shutdown.stage(), Stage::Stopping);
        soon(async { passing.await.unwrap() }).await;
    }
}
