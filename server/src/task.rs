//! Processes of this program that a client has asked for: their output, their progress, their end.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::sync::{Notify, mpsc};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::{ProgressToken, Url};

use crate::Task;
use crate::backend::Backend;
use crate::documents::Snapshot;
use crate::progress::{self, Progress};
use crate::shown;

/// How long processes have to end when the server does: a run takes its containers away.
const GRACE: Duration = Duration::from_secs(15);

/// Bytes of a line in the log; a longer one is cut into several.
const LONGEST_LINE: u64 = 16 << 10;

/// Bytes of output that are kept to be shown as a document.
const MOST_KEPT: u64 = 32 << 20;

/// What runs.
#[derive(Default)]
pub(crate) struct Tasks {
    closed: AtomicBool,
    running: Mutex<HashMap<ProgressToken, mpsc::UnboundedSender<()>>>,
    ended: Notify,
}

impl Tasks {
    fn running(&self) -> MutexGuard<'_, HashMap<ProgressToken, mpsc::UnboundedSender<()>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something begins under a token: where it hears that it shall stop. `None` once the server ends.
    fn begin(self: &Arc<Self>, token: ProgressToken) -> Option<(Running, mpsc::UnboundedReceiver<()>)> {
        let (sender, stops) = mpsc::unbounded_channel();
        let mut running = self.running();
        if self.closed.load(Ordering::SeqCst) {
            return None;
        }
        running.insert(token.clone(), sender);
        Some((Running { token, tasks: self.clone() }, stops))
    }

    /// Stops what goes by a token of progress.
    pub(crate) fn stop(&self, token: &ProgressToken) {
        if let Some(sender) = self.running().get(token) {
            // It may have ended just now.
            let _ = sender.send(());
        }
    }

    /// Stops everything, and waits for it. What does not end in time is told once more.
    pub(crate) async fn end(&self) {
        self.closed.store(true, Ordering::SeqCst);
        for _ in 0..2 {
            for sender in self.running().values() {
                // It may have ended just now.
                let _ = sender.send(());
            }
            let all = async {
                loop {
                    let ended = self.ended.notified();
                    if self.running().is_empty() {
                        return;
                    }
                    ended.await;
                }
            };
            if tokio::time::timeout(GRACE / 2, all).await.is_ok() {
                return;
            }
        }
    }
}

/// Something that runs, until this is dropped.
struct Running {
    token: ProgressToken,
    tasks: Arc<Tasks>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.running().remove(&self.token);
        self.tasks.ended.notify_waiters();
    }
}

/// Something to be done with a file.
pub(crate) struct Job {
    pub(crate) server: Backend,
    pub(crate) task: Task,
    pub(crate) uri: Url,
    pub(crate) path: PathBuf,
    /// The document as the client has it, where it is open.
    pub(crate) open: Option<Arc<Snapshot>>,
}

/// How a process went.
struct Outcome {
    status: ExitStatus,
    /// What it wrote to standard output, where that is to be shown as a document.
    output: Vec<u8>,
    /// The last line that it wrote to standard error.
    complaint: Option<String>,
    stopped: bool,
}

impl Job {
    /// The file's name.
    fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// Does it, and says how it went.
    pub(crate) async fn perform(self) {
        let token = progress::new_token();
        let Some((_running, stops)) = self.server.tasks.begin(token.clone()) else { return };
        let title = match self.task {
            Task::Run => format!("Running {}", self.name()),
            Task::Plan => format!("Planning {}", self.name()),
        };
        let (client, connection, begin) = (&self.server.client, &self.server.connection, progress::cancellable(title));
        let progress = if self.server.traits().progress {
            Progress::begin_unasked(client, connection, token, begin).await
        } else {
            Progress::begin(connection, None, begin).await
        };
        if self.task == Task::Run
            && let Some(open) = &self.open
            && !tokio::fs::read(&self.path).await.is_ok_and(|saved| saved == open.text.as_bytes())
        {
            let text = format!("{} has changes that are not saved: what runs is the file on disk", self.name());
            client.show_message(lsp::MessageType::WARNING, text).await;
        }
        let outcome = self.run(&progress, stops).await;
        let (kind, text) = self.told(outcome).await;
        progress.end(Some(text.clone())).await;
        client.show_message(kind, text).await;
    }

    async fn run(&self, progress: &Progress, mut stops: mpsc::UnboundedReceiver<()>) -> Result<Outcome, String> {
        let command = self.server.machine.task(self.task, &self.path)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| format!("cannot start {program}: {error}"))?;
        let id = child.id();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let read_out = async {
            match stdout {
                Some(stdout) if self.task == Task::Run => {
                    self.log(stdout, progress).await;
                    Vec::new()
                }
                Some(stdout) => {
                    let mut kept = Vec::new();
                    // What was read until it broke is shown.
                    let _ = stdout.take(MOST_KEPT).read_to_end(&mut kept).await;
                    kept
                }
                None => Vec::new(),
            }
        };
        let read_err = async {
            match stderr {
                Some(stderr) => self.log(stderr, progress).await,
                None => None,
            }
        };
        let all = async {
            let (output, complaint) = tokio::join!(read_out, read_err);
            (output, complaint, child.wait().await)
        };
        let mut all = std::pin::pin!(all);
        let mut stopped = false;
        let (output, complaint, status) = loop {
            tokio::select! {
                all = &mut all => break all,
                Some(()) = stops.recv() => {
                    stopped = true;
                    if let Some(pid) = id.and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)) {
                        // It may have ended already.
                        let _ = kill_process(pid, Signal::INT);
                    }
                }
            }
        };
        let status = status.map_err(|error| format!("cannot wait for {program}: {error}"))?;
        Ok(Outcome { status, output, complaint, stopped })
    }

    /// Passes lines on to the client's log. Gives the last one that is not blank.
    async fn log(&self, stream: impl AsyncRead + Unpin, progress: &Progress) -> Option<String> {
        let mut stream = BufReader::new(stream);
        let (mut last, mut line) = (None, Vec::new());
        loop {
            line.clear();
            match (&mut stream).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return last,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            self.server.client.log_message(lsp::MessageType::LOG, &text).await;
            if !text.is_empty() {
                progress.line(&text).await;
                last = Some(text);
            }
        }
    }

    /// What is said of the outcome, once what there is to show was shown.
    async fn told(&self, outcome: Result<Outcome, String>) -> (lsp::MessageType, String) {
        let name = self.name();
        let Outcome { status, output, complaint, stopped } = match outcome {
            Ok(outcome) => outcome,
            Err(trouble) => return (lsp::MessageType::ERROR, trouble),
        };
        if stopped {
            return (lsp::MessageType::INFO, format!("{name}: stopped"));
        }
        if !status.success() {
            let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
            let why = complaint.map(|line| format!(": {line}")).unwrap_or_default();
            let what = match self.task {
                Task::Run => "the run failed",
                Task::Plan => "there is no plan",
            };
            return (lsp::MessageType::ERROR, format!("{name}: {what} ({how}){why}"));
        }
        match self.task {
            Task::Run => (lsp::MessageType::INFO, format!("{name}: the run succeeded; what it said is in the log")),
            Task::Plan => self.plan_shown(&output).await,
        }
    }

    /// Shows a plan, and says where it is.
    async fn plan_shown(&self, plan: &[u8]) -> (lsp::MessageType, String) {
        let file = match self.server.shown.write(&self.uri, "plan.txt", plan) {
            Ok(file) => file,
            Err(error) => return (lsp::MessageType::ERROR, format!("{}: cannot write the plan: {error}", self.name())),
        };
        let shown = match Url::from_file_path(&file) {
            Ok(uri) if self.server.traits().shows_documents => shown::show(&self.server.client, uri, false).await,
            _ => false,
        };
        if !shown {
            self.server.client.log_message(lsp::MessageType::LOG, String::from_utf8_lossy(plan)).await;
        }
        let done = if shown { "was opened".to_owned() } else { format!("is {}", file.display()) };
        (lsp::MessageType::INFO, format!("{}: the plan {done}", self.name()))
    }
}
