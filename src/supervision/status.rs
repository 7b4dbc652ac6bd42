//! How actors are, as `/status` and the metrics tell it.

use serde::Serialize;

/// Where an actor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// An incarnation is at work.
    Running,
    /// The last incarnation died; the next one waits for its delay, or has not proved itself yet.
    Restarting,
    /// It died more often than its budget allows. Nobody restarts it.
    GaveUp,
    /// It finished, or was told to stop. Nobody restarts it.
    Stopped,
}

impl State {
    /// Every state that has a gauge. An actor that stopped is no longer counted.
    pub(super) const COUNTED: [Self; 3] = [Self::Running, Self::Restarting, Self::GaveUp];

    /// The state as a metric label; `None` for a state that has no gauge.
    pub(super) const fn label(self) -> Option<&'static str> {
        match self {
            Self::Running => Some("running"),
            Self::Restarting => Some("restarting"),
            Self::GaveUp => Some("gave_up"),
            Self::Stopped => None,
        }
    }
}

/// Why an incarnation was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It panicked, or stopped without saying why.
    Panic,
    /// It reported a failure with [`Lease::fail`](super::Lease::fail).
    Error,
    /// It gave no sign of life.
    Frozen,
}

impl Cause {
    /// Every cause.
    pub(super) const ALL: [Self; 3] = [Self::Panic, Self::Error, Self::Frozen];

    /// The cause as a metric label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Error => "error",
            Self::Frozen => "frozen",
        }
    }
}

/// How often an actor was restarted, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Restarts {
    /// After [`Cause::Panic`].
    pub panic: u64,
    /// After [`Cause::Error`].
    pub error: u64,
    /// After [`Cause::Frozen`].
    pub frozen: u64,
}

impl Restarts {
    /// Counts one more.
    pub(super) const fn count(&mut self, cause: Cause) {
        match cause {
            Cause::Panic => self.panic += 1,
            Cause::Error => self.error += 1,
            Cause::Frozen => self.frozen += 1,
        }
    }
}

/// One actor, as `/status` shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ActorStatus {
    /// The class of the actor.
    pub kind: &'static str,
    /// The actor's name within its kind.
    pub name: String,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there, in seconds since the Unix epoch.
    pub since_unix_seconds: f64,
    /// How long ago it last showed that it is alive, in milliseconds.
    pub last_progress_age_ms: u64,
    /// How often it was restarted since it was first started.
    pub restarts: Restarts,
    /// What the actor itself says, or why it is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_shown_with_units_in_its_names() {
        let status = ActorStatus {
            kind: "tenant",
            name: "tenant acme".to_owned(),
            state: State::GaveUp,
            since_unix_seconds: 12.5,
            last_progress_age_ms: 7,
            restarts: Restarts { panic: 2, error: 1, frozen: 0 },
            note: None,
        };
        let expected = serde_json::json!({
            "kind": "tenant", "name": "tenant acme", "state": "gave_up", "since_unix_seconds": 12.5,
            "last_progress_age_ms": 7, "restarts": {"panic": 2, "error": 1, "frozen": 0},
        });
        assert_eq!(serde_json::to_value(status).unwrap(), expected);
    }
}
