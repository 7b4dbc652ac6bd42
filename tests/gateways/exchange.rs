//! One request of a client, and everything that came of it.

use std::time::Duration;

use crate::back_end::{Arrived, SIGN};
use crate::client::{Answer, Request};
use crate::gateway::Kind;

/// What was sent, asked, passed on and answered.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    pub(crate) sent: Request,
    /// What the gateway sent to the service, as bytes.
    pub(crate) asked: Vec<u8>,
    /// What reached the back-end.
    pub(crate) arrived: Vec<Arrived>,
    pub(crate) answer: Result<Answer, String>,
    pub(crate) took: Duration,
}

impl Exchange {
    /// The status and, of a refusal, the reason.
    pub(crate) fn verdict(&self) -> String {
        match &self.answer {
            Ok(answer) => {
                let code = answer.head.value("x-auth-error").unwrap_or_default();
                format!("{} {code}", answer.status).trim_end().to_owned()
            }
            Err(error) => error.clone(),
        }
    }

    /// Whether the back-end has answered, and not the gateway.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.answer.as_ref().is_ok_and(|answer| answer.head.value(SIGN).is_some())
    }

    /// Whether the gateway has sent this to the service.
    pub(crate) fn was_asked(&self, text: &str) -> bool {
        self.asked.windows(text.len()).any(|part| part == text.as_bytes())
    }

    /// A header field at the back-end: its value, if it is there once and not empty.
    pub(crate) fn told(&self, name: &str) -> Option<&str> {
        self.arrived.first()?.head.value(name).filter(|value| !value.is_empty())
    }
}
