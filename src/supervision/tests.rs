//! Real actors on real threads, dying in every way they can.

use std::rc::Rc;
use std::sync::Weak;
use std::sync::atomic::{AtomicU32, Ordering};

use actix::{ActorContext, ActorFutureExt, AsyncContext, Handler, Message, ResponseActFuture, WrapFuture};
use actix_rt::Arbiter;
use prometheus::{Registry, TextEncoder};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::*;
use crate::clock::SystemClock;

const PATIENCE: Duration = Duration::from_mins(1);

/// A supervisor, a thread for its actors, and what the actors report.
struct Stage {
    supervisor: Supervisor,
    registry: Registry,
    arbiter: Arbiter,
    reporter: mpsc::UnboundedSender<u32>,
    reports: mpsc::UnboundedReceiver<u32>,
}

impl Stage {
    fn set() -> Self {
        let registry = Registry::new();
        let runtime = tokio::runtime::Handle::current();
        let supervisor = Supervisor::new(SystemClock::shared(), &registry, runtime).unwrap();
        let (reporter, reports) = mpsc::unbounded_channel();
        Self { supervisor, registry, arbiter: Arbiter::new(), reporter, reports }
    }

    fn spec(&self, policy: Policy) -> Spec {
        let name = "probe one".to_owned();
        Spec { kind: "probe", name, arbiter: self.arbiter.handle(), mailbox: 4, policy }
    }

    fn supervise_probe(&self, policy: Policy) -> Handle<Probe> {
        let reporter = self.reporter.clone();
        self.supervisor.supervise(self.spec(policy), move |lease| Probe::new(lease, reporter.clone()))
    }

    fn restarts(&self) -> Restarts {
        self.supervisor.status().first().map(|status| status.restarts).unwrap_or_default()
    }

    fn metric(&self, series: &str) -> String {
        let text = TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap();
        let line = text.lines().find(|line| line.starts_with(series)).expect("the series is present");
        line.rsplit(' ').next().unwrap().to_owned()
    }

    async fn expect_report(&mut self, expected: u32) {
        let report = timeout(PATIENCE, self.reports.recv()).await.expect("a report arrives in time");
        assert_eq!(report, Some(expected));
    }
}

/// Lazy enough that a test sees the actor down, quick enough that it does not wait.
fn policy() -> Policy {
    Policy {
        restart_min: Duration::from_millis(5),
        restart_max: Duration::from_millis(20),
        budget: 5,
        window: Duration::from_mins(10),
        frozen_after: Duration::from_mins(1),
        on_exhausted: OnExhausted::GiveUp,
    }
}

fn slow_to_restart() -> Policy {
    Policy { restart_min: Duration::from_millis(300), restart_max: Duration::from_millis(300), ..policy() }
}

fn never_back() -> Policy {
    Policy { restart_min: Duration::from_hours(1), ..policy() }
}

fn quickly_frozen() -> Policy {
    Policy { frozen_after: Duration::from_millis(150), ..policy() }
}

async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(PATIENCE, waiting).await.is_ok(), "in vain: {what}");
}

fn soon() -> Instant {
    Instant::now() + PATIENCE
}

/// An actor that does what it is told. It is not `Send`, as actors need not be.
struct Probe {
    lease: Lease,
    reporter: mpsc::UnboundedSender<u32>,
    panics_in_started: bool,
    alive: Arc<()>,
    _not_send: Rc<()>,
}

impl Probe {
    fn new(lease: Lease, reporter: mpsc::UnboundedSender<u32>) -> Self {
        Self { lease, reporter, panics_in_started: false, alive: Arc::default(), _not_send: Rc::default() }
    }
}

impl Actor for Probe {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.lease.attach(ctx);
        assert!(!self.panics_in_started, "told to panic in started");
    }
}

#[derive(Message)]
#[rtype(result = "()")]
enum Act {
    Report(u32),
    Note,
    Panic,
    Fail,
    Finish,
    FreezeContext,
    BlockThreadUntilRevoked,
}

impl Handler<Act> for Probe {
    type Result = ();

    fn handle(&mut self, act: Act, ctx: &mut Self::Context) {
        match act {
            Act::Report(number) => self.reporter.send(number).expect("the test listens"),
            Act::Note => self.lease.note("reconnecting, attempt 3"),
            Act::Panic => panic!("told to panic in a handler"),
            Act::Fail => {
                self.lease.fail("the directory is unreachable");
                ctx.stop();
            }
            Act::Finish => {
                self.lease.finish();
                ctx.stop();
            }
            Act::FreezeContext => ctx.wait(std::future::pending::<()>().into_actor(self)),
            Act::BlockThreadUntilRevoked => {
                while self.lease.is_current() {
                    std::thread::yield_now();
                }
                self.reporter.send(404).expect("the test listens");
            }
        }
    }
}

#[derive(Message)]
#[rtype(result = "()")]
enum ActLater {
    PanicInAnswer,
    PanicInSpawned,
}

async fn panic_after_a_turn() {
    tokio::task::yield_now().await;
    panic!("told to panic in a future");
}

impl Handler<ActLater> for Probe {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, act: ActLater, ctx: &mut Self::Context) -> Self::Result {
        match act {
            ActLater::PanicInAnswer => Box::pin(panic_after_a_turn().into_actor(self)),
            ActLater::PanicInSpawned => {
                ctx.spawn(panic_after_a_turn().into_actor(self).map(|(), _, _| ()));
                Box::pin(async {}.into_actor(self))
            }
        }
    }
}

#[test]
fn a_handle_can_be_shared_between_threads_though_its_actor_cannot() {
    const fn shareable<T: Send + Sync + Clone>() {}
    shareable::<Handle<Probe>>();
    shareable::<Supervisor>();
}

#[actix_rt::test]
async fn a_supervised_actor_takes_messages_at_once() {
    let mut stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    handle.tell(Act::Report(1)).unwrap();
    stage.expect_report(1).await;
    assert_eq!(handle.state(), State::Running);
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"running\"}"), "1");
}

#[actix_rt::test]
async fn a_message_sent_while_the_actor_is_down_reaches_its_next_incarnation() {
    let mut stage = Stage::set();
    let handle = stage.supervise_probe(slow_to_restart());
    handle.tell(Act::Panic).unwrap();
    eventually("the death is noticed", || handle.state() == State::Restarting).await;
    assert!(matches!(handle.tell(Act::Report(1)), Err(Undelivered::Down(Act::Report(1)))));
    assert_eq!(handle.deliver(Act::Report(2), soon()).await, Ok(()));
    stage.expect_report(2).await;
    assert_eq!(stage.restarts(), Restarts { panic: 1, ..Restarts::default() });
    assert_eq!(stage.metric("claimsmith_actor_restarts_total{actor=\"probe\",cause=\"panic\"}"), "1");
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"restarting\"}"), "0");
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"running\"}"), "1");
}

#[actix_rt::test]
async fn a_panic_in_a_future_of_the_actor_is_survived() {
    for act in [ActLater::PanicInAnswer, ActLater::PanicInSpawned] {
        let mut stage = Stage::set();
        let handle = stage.supervise_probe(policy());
        handle.tell(act).unwrap();
        eventually("the panic is counted", || stage.restarts().panic == 1).await;
        assert_eq!(handle.deliver(Act::Report(3), soon()).await, Ok(()));
        stage.expect_report(3).await;
    }
}

#[actix_rt::test]
async fn a_message_waits_out_incarnations_that_panic_in_started() {
    let mut stage = Stage::set();
    let (reporter, born) = (stage.reporter.clone(), AtomicU32::new(0));
    let handle = stage.supervisor.supervise(stage.spec(policy()), move |lease| {
        let panics_in_started = born.fetch_add(1, Ordering::SeqCst) < 3;
        Probe { panics_in_started, ..Probe::new(lease, reporter.clone()) }
    });
    eventually("the first incarnation is dead", || handle.state() == State::Restarting).await;
    assert_eq!(handle.deliver(Act::Report(4), soon()).await, Ok(()));
    stage.expect_report(4).await;
    assert_eq!(stage.restarts().panic, 3);
}

#[actix_rt::test]
async fn a_message_waits_out_factories_that_panic() {
    let mut stage = Stage::set();
    let (reporter, born) = (stage.reporter.clone(), AtomicU32::new(0));
    let handle = stage.supervisor.supervise(stage.spec(policy()), move |lease| {
        assert!(born.fetch_add(1, Ordering::SeqCst) >= 3, "told to panic in the factory");
        Probe::new(lease, reporter.clone())
    });
    eventually("the first factory has panicked", || handle.state() == State::Restarting).await;
    assert_eq!(handle.deliver(Act::Report(5), soon()).await, Ok(()));
    stage.expect_report(5).await;
    assert_eq!(stage.restarts().panic, 3);
}

#[actix_rt::test]
async fn a_failure_that_the_actor_reports_counts_as_an_error() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(never_back());
    handle.tell(Act::Fail).unwrap();
    eventually("the failure is noticed", || handle.state() == State::Restarting).await;
    assert_eq!(stage.restarts(), Restarts { error: 1, ..Restarts::default() });
    let note = stage.supervisor.status()[0].note.clone();
    assert_eq!(note.as_deref(), Some("error: the directory is unreachable"));
}

#[actix_rt::test]
async fn a_wait_for_an_actor_that_does_not_come_back_ends_at_its_deadline() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(never_back());
    handle.tell(Act::Panic).unwrap();
    eventually("the death is noticed", || handle.state() == State::Restarting).await;
    let deadline = Instant::now() + Duration::from_millis(10);
    assert_eq!(handle.deliver(Act::Report(6), deadline).await, Err(NotDelivered::DeadlinePassed));
}

#[actix_rt::test]
async fn a_finished_actor_is_not_restarted_and_leaves_no_trace() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    handle.tell(Act::Finish).unwrap();
    eventually("the actor has stopped", || handle.state() == State::Stopped).await;
    assert!(stage.supervisor.status().is_empty());
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"running\"}"), "0");
    assert_eq!(handle.deliver(Act::Report(7), soon()).await, Err(NotDelivered::Stopped));
    eventually("the guardian has ended", || stage.supervisor.shared.guardians.is_empty()).await;
}

#[actix_rt::test]
async fn an_actor_whose_context_never_turns_again_is_replaced_and_removed() {
    let mut stage = Stage::set();
    let (reporter, (births, mut born)) = (stage.reporter.clone(), mpsc::unbounded_channel());
    let handle = stage.supervisor.supervise(stage.spec(quickly_frozen()), move |lease| {
        let probe = Probe::new(lease, reporter.clone());
        births.send(Arc::downgrade(&probe.alive)).unwrap();
        probe
    });
    handle.tell(Act::FreezeContext).unwrap();
    let first: Weak<()> = timeout(PATIENCE, born.recv()).await.unwrap().unwrap();
    eventually("the freeze is counted", || stage.restarts().frozen == 1).await;
    assert_eq!(handle.deliver(Act::Report(8), soon()).await, Ok(()));
    stage.expect_report(8).await;
    eventually("the frozen actor is dropped", || first.strong_count() == 0).await;
    assert_eq!(stage.restarts().panic, 0, "the end of an abandoned incarnation is no death");
}

#[actix_rt::test]
async fn an_actor_that_blocks_its_thread_loses_its_lease_and_is_replaced_when_the_thread_turns() {
    let mut stage = Stage::set();
    let handle = stage.supervise_probe(quickly_frozen());
    handle.tell(Act::BlockThreadUntilRevoked).unwrap();
    stage.expect_report(404).await;
    assert_eq!(handle.deliver(Act::Report(9), soon()).await, Ok(()));
    stage.expect_report(9).await;
    assert_eq!(stage.restarts(), Restarts { frozen: 1, ..Restarts::default() });
}

#[actix_rt::test]
async fn an_idle_actor_is_not_taken_for_frozen() {
    let mut stage = Stage::set();
    let handle = stage.supervise_probe(quickly_frozen());
    let beats = || handle.slot.ward.beats();
    eventually("ten beats have passed, three times what makes an actor frozen", || beats() > 10).await;
    handle.tell(Act::Report(10)).unwrap();
    stage.expect_report(10).await;
    assert_eq!(stage.restarts(), Restarts::default());
}

#[actix_rt::test]
async fn an_exhausted_budget_gives_the_actor_up_and_the_process_goes_on() {
    let stage = Stage::set();
    let spec = stage.spec(Policy { budget: 2, ..policy() });
    let handle: Handle<Probe> = stage.supervisor.supervise(spec, |_lease| panic!("told to panic in the factory"));
    eventually("the actor is given up", || handle.state() == State::GaveUp).await;
    assert_eq!(stage.restarts().panic, 2);
    assert_eq!(stage.supervisor.status()[0].state, State::GaveUp);
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"gave_up\"}"), "1");
    assert_eq!(handle.deliver(Act::Report(11), soon()).await, Err(NotDelivered::GaveUp));
    assert!(!stage.supervisor.failed().is_cancelled());
}

#[actix_rt::test]
async fn an_actor_that_was_given_up_can_be_started_anew_under_its_name() {
    let mut stage = Stage::set();
    let spec = stage.spec(Policy { budget: 0, ..policy() });
    let given_up: Handle<Probe> = stage.supervisor.supervise(spec, |_lease| panic!("told to panic in the factory"));
    eventually("the actor is given up", || given_up.state() == State::GaveUp).await;
    let anew = stage.supervise_probe(policy());
    anew.tell(Act::Report(12)).unwrap();
    stage.expect_report(12).await;
    assert_eq!(stage.supervisor.status().len(), 1);
    assert_eq!(stage.metric("claimsmith_actors{actor=\"probe\",state=\"gave_up\"}"), "0");
}

#[actix_rt::test]
async fn an_exhausted_budget_of_an_indispensable_actor_fails_the_process() {
    let stage = Stage::set();
    let spec = stage.spec(Policy { budget: 1, on_exhausted: OnExhausted::StopProcess, ..policy() });
    let _handle: Handle<Probe> = stage.supervisor.supervise(spec, |_lease| panic!("told to panic in the factory"));
    timeout(PATIENCE, stage.supervisor.failed().cancelled()).await.expect("the process is told to shut down");
}

#[actix_rt::test]
async fn an_actor_whose_arbiter_has_ended_is_given_up() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(Policy { budget: u32::MAX, ..policy() });
    stage.arbiter.stop();
    eventually("the actor is given up", || handle.state() == State::GaveUp).await;
}

#[actix_rt::test]
async fn stopping_waits_for_actors_and_starts_none_afterwards() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    timeout(PATIENCE, stage.supervisor.stop(PATIENCE)).await.expect("stopping ends");
    assert_eq!(handle.state(), State::Stopped);
    assert!(stage.supervisor.status().is_empty());
    assert_eq!(stage.supervise_probe(policy()).state(), State::Stopped);
    assert!(stage.supervisor.status().is_empty());
}

#[actix_rt::test]
async fn stopping_abandons_an_actor_that_does_not_stop() {
    let mut stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    handle.tell(Act::BlockThreadUntilRevoked).unwrap();
    timeout(PATIENCE, stage.supervisor.stop(Duration::from_millis(50))).await.expect("stopping is bounded");
    assert_eq!(handle.state(), State::Stopped);
    stage.expect_report(404).await;
}

#[actix_rt::test]
async fn stopping_does_not_wait_for_a_restart_that_is_due() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(never_back());
    handle.tell(Act::Panic).unwrap();
    eventually("the death is noticed", || handle.state() == State::Restarting).await;
    timeout(PATIENCE, stage.supervisor.stop(Duration::MAX)).await.expect("stopping ends");
    assert_eq!(handle.state(), State::Stopped);
}

#[actix_rt::test]
async fn an_injected_panic_hits_the_actors_of_its_kind_only() {
    let mut stage = Stage::set();
    let probe = stage.supervise_probe(policy());
    let reporter = stage.reporter.clone();
    let other = Spec { kind: "other", ..stage.spec(policy()) };
    let bystander = stage.supervisor.supervise(other, move |lease| Probe::new(lease, reporter.clone()));
    assert_eq!(stage.supervisor.inject_panic("probe"), 1);
    assert_eq!(stage.supervisor.inject_panic("unheard_of"), 0);
    let probe_restarts = || stage.metric("claimsmith_actor_restarts_total{actor=\"probe\",cause=\"panic\"}");
    eventually("the panic is counted", || probe_restarts() == "1").await;
    assert_eq!(probe.deliver(Act::Report(13), soon()).await, Ok(()));
    assert_eq!(stage.metric("claimsmith_actor_restarts_total{actor=\"other\",cause=\"panic\"}"), "0");
    assert_eq!(bystander.state(), State::Running);
    stage.expect_report(13).await;
}

#[actix_rt::test]
async fn a_full_mailbox_says_so_and_waits_for_nobody() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    handle.tell(Act::FreezeContext).unwrap();
    let filled = async {
        while handle.tell(Act::Note).is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, filled).await.expect("the mailbox is bounded");
    assert!(matches!(handle.tell(Act::Note), Err(Undelivered::Busy(Act::Note))));
    assert_eq!(handle.deliver(Act::Note, soon()).await, Err(NotDelivered::Busy));
}

#[actix_rt::test]
async fn a_note_is_shown_until_the_incarnation_that_wrote_it_is_gone() {
    let stage = Stage::set();
    let handle = stage.supervise_probe(policy());
    let note = || stage.supervisor.status()[0].note.clone();
    handle.tell(Act::Note).unwrap();
    eventually("the note is shown", || note().as_deref() == Some("reconnecting, attempt 3")).await;
    handle.tell(Act::Panic).unwrap();
    eventually("the actor is back", || stage.restarts().panic == 1 && handle.state() == State::Running).await;
    assert_eq!(note(), None);
}

#[actix_rt::test]
async fn ten_thousand_actors_start_and_stop() {
    let stage = Stage::set();
    for number in 0..10_000 {
        let reporter = stage.reporter.clone();
        let spec = Spec { name: format!("probe {number}"), ..stage.spec(policy()) };
        stage.supervisor.supervise(spec, move |lease| Probe::new(lease, reporter.clone()));
    }
    let running = || stage.metric("claimsmith_actors{actor=\"probe\",state=\"running\"}");
    assert_eq!(running(), "10000");
    timeout(PATIENCE, stage.supervisor.stop(PATIENCE)).await.expect("stopping ends");
    assert_eq!(running(), "0");
    assert_eq!(stage.metric("claimsmith_actor_restarts_total{actor=\"probe\",cause=\"panic\"}"), "0");
}
