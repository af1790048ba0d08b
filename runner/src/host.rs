//! Processes on the host.

use std::path::Path;
use std::process::Stdio;

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::engine::{Chunk, Output};
use crate::plan::Variable;
use crate::process::Control;

/// A process of the host with all that it starts: they are one process group.
#[derive(Debug)]
pub struct HostProcess {
    child: Child,
    group: Group,
}

/// A process group that does not outlive its owner.
#[derive(Debug)]
struct Group {
    id: Option<Pid>,
    signal: Signal,
}

impl Drop for Group {
    fn drop(&mut self) {
        self.send(Signal::KILL);
    }
}

impl Group {
    fn send(&self, signal: Signal) {
        if let Some(id) = self.id {
            // It may have ended already.
            let _ = kill_process_group(id, signal);
        }
    }
}

#[async_trait]
impl Control for HostProcess {
    async fn terminate(&self) {
        self.group.send(self.group.signal);
    }

    async fn kill(&self) {
        self.group.send(Signal::KILL);
    }
}

impl HostProcess {
    /// Starts a process in a folder, with exactly this environment. `stop` names the signal that
    /// asks it to end.
    ///
    /// # Errors
    /// When it cannot be started, naming the program.
    pub fn start(
        argv: &[String],
        env: &[Variable],
        folder: &Path,
        stdin: Option<String>,
        stop: Option<&str>,
    ) -> Result<(Self, Output), String> {
        let Some((program, arguments)) = argv.split_first() else {
            return Err("there is nothing to execute".to_owned());
        };
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot make the working directory {}: {error}", folder.display()))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(env.iter().map(|variable| (&variable.name, &variable.value)))
            .current_dir(folder)
            .process_group(0)
            .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                format!("`{program}` is not there: not found in the PATH of the step, which is that of dagu-rs unless the DAG sets one")
            }
            _ => format!("cannot start `{program}`: {error}"),
        })?;
        if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
            tokio::spawn(async move {
                // A process may end without reading all of it.
                let _ = pipe.write_all(text.as_bytes()).await;
            });
        }
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let output = match (child.stdout.take(), child.stderr.take()) {
            (Some(out), Some(err)) => stream::select(chunks(out, false), chunks(err, true)).boxed(),
            _ => stream::empty().boxed(),
        };
        Ok((Self { child, group: Group { id, signal: signal(stop) } }, output))
    }

    /// Waits for its end; a signal counts as 128 and its number, as in a shell.
    ///
    /// # Errors
    /// When the system does not tell.
    pub async fn wait(mut self) -> Result<i64, String> {
        let status = self.child.wait().await.map_err(|error| format!("cannot wait for the process: {error}"))?;
        // What the step left in the background on purpose lives on.
        self.group.id = None;
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        Ok(status.code().map(i64::from).or_else(|| signal.map(|signal| 128 + i64::from(signal))).unwrap_or(1))
    }
}

fn signal(name: Option<&str>) -> Signal {
    match name.map(|name| name.trim().to_uppercase()).as_deref().map(|name| name.trim_start_matches("SIG")) {
        Some("INT") => Signal::INT,
        Some("HUP") => Signal::HUP,
        Some("QUIT") => Signal::QUIT,
        Some("KILL") => Signal::KILL,
        Some("USR1") => Signal::USR1,
        Some("USR2") => Signal::USR2,
        _ => Signal::TERM,
    }
}

fn chunks(pipe: impl AsyncRead + Unpin + Send + 'static, stderr: bool) -> Output {
    stream::unfold((pipe, vec![0; 32 * 1024]), move |(mut pipe, mut buffer)| async move {
        match pipe.read(&mut buffer).await {
            Ok(count @ 1..) => Some((Ok(Chunk { stderr, bytes: buffer[..count].to_vec() }), (pipe, buffer))),
            _ => None,
        }
    })
    .boxed()
}
