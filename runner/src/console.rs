//! What the user sees while a run goes on: each line of output behind the step's name, a line on
//! standard error when a step starts and ends, and the summary.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use dagu_schema::printable;
use tokio::sync::mpsc;

use crate::masking::Secrets;

/// Colours of the steps' names, one after the other.
const COLORS: [u8; 6] = [36, 33, 35, 34, 32, 96];

/// Which streams take colours.
#[derive(Clone, Copy, Debug, Default)]
pub struct Color {
    /// Standard output.
    pub out: bool,
    /// Standard error.
    pub err: bool,
}

/// The console, shared by all steps. One thread writes, so lines never mix.
#[derive(Clone, Debug)]
pub struct Console {
    sender: mpsc::Sender<Message>,
    secrets: Secrets,
    names: Arc<Vec<String>>,
    color: Color,
}

#[derive(Debug)]
enum Message {
    Output { step: usize, stderr: bool, bytes: Vec<u8> },
    Note(String),
}

/// The thread that writes; finished when every [`Console`] is gone.
#[derive(Debug)]
pub struct Writer(std::thread::JoinHandle<()>);

impl Writer {
    /// Waits until all is written.
    pub async fn finish(self) {
        let _ = tokio::task::spawn_blocking(move || self.0.join()).await;
    }
}

impl Console {
    /// A console for steps with these names, and its writer. No secret is shown on it.
    pub fn new(names: &[String], color: Color, secrets: Secrets) -> (Self, Writer) {
        let (sender, mut receiver) = mpsc::channel::<Message>(64);
        let names: Arc<Vec<String>> = Arc::new(names.iter().map(|name| printable::line(&secrets.mask(name)).into_owned()).collect());
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let shown = names.clone();
        let thread = std::thread::spawn(move || {
            // A reader that has gone away does not end the run.
            while let Some(message) = receiver.blocking_recv() {
                let _ = match message {
                    Message::Output { step, stderr: false, bytes } => {
                        write_lines(&mut std::io::stdout().lock(), &prefix(&shown, step, width, color.out), &bytes)
                    }
                    Message::Output { step, stderr: true, bytes } => {
                        write_lines(&mut std::io::stderr().lock(), &prefix(&shown, step, width, color.err), &bytes)
                    }
                    Message::Note(text) => writeln!(std::io::stderr().lock(), "{text}"),
                };
            }
        });
        (Self { sender, secrets, names, color }, Writer(thread))
    }

    /// A handle that does not keep the writer alive.
    pub fn downgrade(&self) -> WeakConsole {
        WeakConsole(self.sender.downgrade())
    }

    /// Output of a step: whole lines, or the end of one.
    pub async fn output(&self, step: usize, stderr: bool, bytes: Vec<u8>) {
        let _ = self.sender.send(Message::Output { step, stderr, bytes }).await;
    }

    /// A line about the run on standard error.
    pub async fn note(&self, text: impl AsRef<str>) {
        let _ = self.sender.send(Message::Note(self.shown(text.as_ref()))).await;
    }

    /// A text without secrets, and without what does something to a terminal.
    fn shown(&self, text: &str) -> String {
        printable::lines(&self.secrets.mask(text)).into_owned()
    }

    /// A line about a step on standard error. `good` colours it green or red.
    pub async fn progress(&self, step: usize, text: &str, good: Option<bool>) {
        let name = self.names.get(step).map_or("", String::as_str);
        let text = self.shown(text);
        let painted = match good {
            Some(good) if self.color.err => format!("\x1b[{}m{text}\x1b[0m", if good { 32 } else { 31 }),
            _ => text,
        };
        let _ = self.sender.send(Message::Note(format!("{name}: {painted}"))).await;
    }
}

/// A [`Console`] for as long as another handle is there.
#[derive(Clone, Debug)]
pub struct WeakConsole(mpsc::WeakSender<Message>);

impl WeakConsole {
    /// A line about the run on standard error.
    pub async fn note(&self, text: impl Into<String>) {
        if let Some(sender) = self.0.upgrade() {
            let _ = sender.send(Message::Note(text.into())).await;
        }
    }
}

fn prefix(names: &[String], step: usize, width: usize, color: bool) -> Vec<u8> {
    let name = names.get(step).map_or("", String::as_str);
    let padding = " ".repeat(width.saturating_sub(name.chars().count()));
    if color { format!("\x1b[{}m{name}{padding} |\x1b[0m ", COLORS[step % COLORS.len()]) } else { format!("{name}{padding} | ") }
        .into_bytes()
}

fn write_lines(out: &mut impl Write, prefix: &[u8], bytes: &[u8]) -> std::io::Result<()> {
    let mut text = Vec::with_capacity(bytes.len() + prefix.len());
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        text.extend_from_slice(prefix);
        text.extend_from_slice(line);
    }
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    out.write_all(&text)?;
    out.flush()
}

/// A time as people read it: `0.8s`, `1m 05s`, `2h 03m`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{:.1}s", (time.as_millis() / 100) as f64 / 10.0),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_times() {
        let mut out = Vec::new();
        write_lines(&mut out, b"a | ", b"x\ny\n\xff").unwrap();
        assert_eq!(out, b"a | x\na | y\na | \xff\n");
        for (millis, text) in [(0, "0.0s"), (849, "0.8s"), (59_990, "59.9s"), (65_000, "1m 05s"), (7_400_000, "2h 03m")] {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }
}
