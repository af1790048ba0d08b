//! Following one process to its end, wherever it runs: its output, its time limit, a stop.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use crate::engine::{EngineError, Output};
use crate::sink::Sink;

/// How far the run has been asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Not at all.
    #[default]
    No,
    /// The DAG's own time limit has passed.
    TimedOut,
    /// Someone asked: running steps are told to end, and nothing more is started.
    Asked,
    /// Someone asked twice: no process is waited for.
    AtOnce,
}

/// Why a process was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The step's time limit.
    StepTimeout,
    /// The run was stopped.
    Stopped,
}

/// What can end a process before its time.
#[derive(Clone, Debug)]
pub struct Halt {
    stop: watch::Receiver<Stop>,
    deadline: Option<Instant>,
}

impl Halt {
    /// A halt by the run's stop, and by a time limit from now on.
    pub fn new(stop: watch::Receiver<Stop>, limit: Option<Duration>) -> Self {
        Self { stop, deadline: limit.map(|limit| Instant::now() + limit) }
    }

    /// Returns when the process is to end.
    pub async fn halted(&mut self) -> Cause {
        let deadline = self.deadline;
        let passed = async {
            match deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let stopped = async {
            // Without a sender nobody can ask any more.
            if self.stop.wait_for(|stop| *stop != Stop::No).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = passed => Cause::StepTimeout,
            () = stopped => Cause::Stopped,
        }
    }

    /// Waits, unless the process is to end before.
    pub async fn sleep(&mut self, time: Duration) -> Option<Cause> {
        tokio::select! {
            () = tokio::time::sleep(time) => None,
            cause = self.halted() => Some(cause),
        }
    }
}

/// A running process, to be ended.
#[async_trait]
pub trait Control: Send + Sync {
    /// Asks it to end.
    async fn terminate(&self);
    /// Ends it.
    async fn kill(&self);
}

/// Reads a process's output to its end. When it is halted, the process is told to end, and killed
/// after the grace period. The error is the engine's, when the output breaks off.
pub async fn follow(
    mut output: Output,
    sink: &mut Sink,
    halt: &mut Halt,
    control: &dyn Control,
    grace: Duration,
) -> Result<Option<Cause>, EngineError> {
    let cause = loop {
        tokio::select! {
            item = output.next() => match item {
                Some(chunk) => sink.chunk(chunk?).await,
                None => return Ok(None),
            },
            cause = halt.halted() => break cause,
        }
    };
    let kill_at = Instant::now() + grace;
    control.terminate().await;
    if timeout_at(kill_at, drain(&mut output, sink)).await.is_err() {
        control.kill().await;
        // A process that was killed says no more; what it started may hold the stream open.
        let _ = timeout(Duration::from_secs(2), drain(&mut output, sink)).await;
    }
    Ok(Some(cause))
}

async fn drain(output: &mut Output, sink: &mut Sink) {
    while let Some(Ok(chunk)) = output.next().await {
        sink.chunk(chunk).await;
    }
}
