//! Tasks that ask without a pause what needs no actor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::support::app::{Answer, KEY, TestApp};

/// What one task asks each time.
pub(super) type Question = Box<dyn Fn() -> Value>;

/// Asks the same each time.
pub(super) fn the_same(question: Value) -> Question {
    Box::new(move || question.clone())
}

/// One task for each question.
pub(super) struct Load {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<Asked>>,
}

#[derive(Debug, Default)]
struct Asked {
    answered: usize,
    failed: Vec<Answer>,
}

impl Load {
    /// Asks everything once, so that it is in memory, and then again and again.
    pub(super) async fn start(app: &TestApp, questions: Vec<Question>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for question in questions {
            assert_eq!(app.claims(&question()).await.status, 200);
            tasks.push(actix_rt::spawn(ask_until_stopped(app, question, Arc::clone(&stop))));
        }
        Self { stop, tasks }
    }

    /// Stops, and fails the test if one request had failed.
    pub(super) async fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            let asked = task.await.unwrap();
            assert!(asked.answered > 0 && asked.failed.is_empty(), "{asked:?}");
        }
    }
}

fn ask_until_stopped(app: &TestApp, question: Question, stop: Arc<AtomicBool>) -> impl Future<Output = Asked> + use<> {
    let request = app.client.post(app.data("/v1/claims")).bearer_auth(KEY);
    async move {
        let mut asked = Asked::default();
        while !stop.load(Ordering::Relaxed) {
            let request = request.try_clone().unwrap().json(&question());
            let answer = Answer::of(request.send().await.unwrap()).await;
            asked.answered += 1;
            if answer.status != 200 {
                asked.failed.push(answer);
            }
        }
        asked
    }
}
