//! The end of the process: what was begun is finished, and who insists is obeyed.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinHandle;

use crate::support::postgres::Session;
use crate::support::process::Process;
use crate::support::raw_http::{RawAnswer, RawConnection};
use crate::support::wait::until;

const CLIENTS: usize = 20;

/// Clients behind a load balancer: they ask without a pause, and come no more once the balancer has seen that the service
/// is not ready. Each then asks once more, and that answer has to announce the end of the connection.
struct Clients {
    leaving: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<io::Result<usize>>>,
}

impl Clients {
    fn start(address: SocketAddr) -> Self {
        let leaving = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for _ in 0..CLIENTS {
            tasks.push(actix_rt::spawn(ask_on_one_connection_each(address, Arc::clone(&leaving))));
            tasks.push(actix_rt::spawn(ask_on_kept_connections(address, Arc::clone(&leaving))));
        }
        Self { leaving, tasks }
    }

    /// The balancer has seen it.
    async fn leave(self) {
        self.leaving.store(true, Ordering::Relaxed);
        for task in self.tasks {
            let answers = task.await.unwrap().unwrap_or_else(|error| panic!("a request was lost: {error}"));
            assert!(answers > 1, "the client asked before and after the signal");
        }
    }
}

async fn ask_on_one_connection_each(address: SocketAddr, leaving: Arc<AtomicBool>) -> io::Result<usize> {
    let mut answers = 0;
    loop {
        let last = leaving.load(Ordering::Relaxed);
        let answer = RawConnection::open(address).await?.claims("alice", "acme").await?;
        answers += 1;
        assert_eq!(answer.status, 200);
        if last {
            assert!(answer.closes, "the last answer says that there is no further one");
            return Ok(answers);
        }
    }
}

/// Keeps a connection until the server announces its end.
async fn ask_on_kept_connections(address: SocketAddr, leaving: Arc<AtomicBool>) -> io::Result<usize> {
    let mut answers = 0;
    loop {
        let mut connection = RawConnection::open(address).await?;
        loop {
            let last = leaving.load(Ordering::Relaxed);
            let answer = connection.claims("alice", "acme").await?;
            answers += 1;
            assert_eq!(answer.status, 200);
            assert!(answer.closes || !last, "the last answer says that there is no further one");
            if last {
                return Ok(answers);
            }
            if answer.closes {
                break;
            }
        }
    }
}

/// Whoever misses waits until the session ends.
async fn lock_members(process: &Process) -> Session {
    let session = process.database.session().await;
    session.client.batch_execute("BEGIN; LOCK TABLE claimsmith_data.membership").await.unwrap();
    session
}

/// Requests that hang in a query, all begun.
async fn hanging_requests(process: &Process, count: usize) -> Vec<JoinHandle<io::Result<RawAnswer>>> {
    let address = process.data;
    let ask = |number: usize| async move {
        RawConnection::open(address).await?.claims(&format!("user-{}", number + 1), "big").await
    };
    let tasks = (0..count).map(|number| actix_rt::spawn(ask(number))).collect();
    process.has_in_flight(count).await;
    tasks
}

async fn is_refused(address: SocketAddr) {
    until("the port is closed", || async { RawConnection::open(address).await.is_err().then_some(()) }).await;
}

#[actix_rt::test]
async fn under_load_a_drained_service_loses_no_request() {
    let mut process = Process::serve("drained", "drain = \"5s\"").await;
    let clients = Clients::start(process.data);
    until("the clients are at work", || async {
        let answered = reqwest::get(format!("http://{}/metrics", process.ops)).await.ok()?.text().await.ok()?;
        let count = answered.lines().find_map(|line| {
            line.strip_prefix("claimsmith_http_requests_total{class=\"2xx\",surface=\"claims\"} ")?.parse::<u64>().ok()
        })?;
        (count > 10 * CLIENTS as u64).then_some(())
    })
    .await;
    process.terminate();
    until("the service is not ready", || async { (!process.is_ready().await).then_some(()) }).await;
    clients.leave().await;
    assert_eq!(process.exit_code().await, Some(0));
    is_refused(process.data).await;
    is_refused(process.ops).await;
}

#[actix_rt::test]
async fn requests_that_were_begun_are_answered_and_idle_connections_hold_nothing_up() {
    let mut process = Process::serve("begun", "deadline = \"5m\"").await;
    let mut idle = RawConnection::open(process.data).await.unwrap();
    assert_eq!(idle.claims("alice", "acme").await.unwrap(), RawAnswer { status: 200, closes: false });
    let locked = lock_members(&process).await;
    let begun = hanging_requests(&process, CLIENTS).await;
    process.terminate();
    is_refused(process.data).await;
    assert!(!process.is_ready().await);
    drop(locked);
    for request in begun {
        assert_eq!(request.await.unwrap().unwrap(), RawAnswer { status: 200, closes: true });
    }
    assert!(idle.is_closed().await);
    assert_eq!(process.exit_code().await, Some(0));
}

#[actix_rt::test]
async fn a_second_signal_ends_the_process_at_once() {
    let mut process = Process::serve("insisted", "deadline = \"5m\"").await;
    let _locked = lock_members(&process).await;
    let _hanging = hanging_requests(&process, 1).await;
    process.terminate();
    is_refused(process.data).await;
    process.terminate();
    assert_eq!(process.exit_code().await, Some(2));
    is_refused(process.ops).await;
}

#[actix_rt::test]
async fn what_has_not_finished_by_the_deadline_is_cut_off_and_the_exit_code_tells() {
    let mut process = Process::serve("late", "deadline = \"1s\"").await;
    let _locked = lock_members(&process).await;
    let _hanging = hanging_requests(&process, 1).await;
    process.terminate();
    assert_eq!(process.exit_code().await, Some(2));
}
