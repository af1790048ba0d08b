//! Where a step's output goes: masked to the terminal and the log files, as it was to the
//! variable that captures it. Memory does not grow with the output.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use crate::console::Console;
use crate::engine::Chunk;
use crate::masking::{Masker, Secrets};

/// Bytes of a line that are held back until its end comes.
const LONGEST_LINE: usize = 8 * 1024;

/// Bytes of the end of each stream that are kept for messages.
const TAIL: usize = 1024;

/// The output of one step.
#[derive(Debug)]
pub struct Sink {
    console: Console,
    step: usize,
    out: Stream,
    err: Stream,
    capture: Option<Capture>,
    spool: Option<File>,
    /// The first error of writing a log, such as a full disk.
    pub fault: Option<String>,
}

#[derive(Debug)]
struct Stream {
    stderr: bool,
    masker: Masker,
    files: Vec<File>,
    line: Vec<u8>,
    tail: Vec<u8>,
}

#[derive(Debug)]
struct Capture {
    bytes: Vec<u8>,
    limit: usize,
    overflowed: bool,
}

impl Sink {
    /// A sink for the step with this number on the console.
    pub fn new(console: Console, step: usize, secrets: &Secrets, out: Vec<File>, err: Vec<File>) -> Self {
        let stream = |stderr, files| Stream { stderr, masker: secrets.masker(), files, line: Vec::new(), tail: Vec::new() };
        Self { console, step, out: stream(false, out), err: stream(true, err), capture: None, spool: None, fault: None }
    }

    /// Also keeps standard output, up to a limit.
    pub fn capture(&mut self, limit: u64) {
        self.capture = Some(Capture { bytes: Vec::new(), limit: usize::try_from(limit).unwrap_or(usize::MAX), overflowed: false });
    }

    /// The captured output so far, and nothing is captured from then on.
    ///
    /// # Errors
    /// When there was more than the limit.
    pub fn take_capture(&mut self) -> Result<Option<String>, String> {
        match self.capture.take() {
            None => Ok(None),
            Some(capture) if capture.overflowed => Err(format!(
                "the step printed more than the {} bytes that `output` captures: raise `max_output_size`, or write to a file",
                capture.limit
            )),
            Some(capture) => Ok(Some(String::from_utf8_lossy(&capture.bytes).trim().to_owned())),
        }
    }

    /// Takes a piece of output.
    pub async fn chunk(&mut self, chunk: Chunk) {
        if let (false, Some(spool)) = (chunk.stderr, &mut self.spool) {
            if let Err(error) = spool.write_all(&chunk.bytes) {
                self.fault.get_or_insert_with(|| format!("cannot keep the output of an attempt: {error}"));
            }
            return;
        }
        self.pass(chunk).await;
    }

    async fn pass(&mut self, chunk: Chunk) {
        if let (false, Some(capture)) = (chunk.stderr, &mut self.capture) {
            let room = capture.limit.saturating_sub(capture.bytes.len());
            capture.overflowed |= chunk.bytes.len() > room;
            capture.bytes.extend_from_slice(&chunk.bytes[..chunk.bytes.len().min(room)]);
        }
        let stream = if chunk.stderr { &mut self.err } else { &mut self.out };
        let shown = stream.masker.feed(&chunk.bytes);
        self.show(chunk.stderr, &shown).await;
    }

    async fn show(&mut self, stderr: bool, bytes: &[u8]) {
        let stream = if stderr { &mut self.err } else { &mut self.out };
        for file in &mut stream.files {
            if let Err(error) = file.write_all(bytes) {
                self.fault.get_or_insert_with(|| format!("cannot write the step's log: {error}"));
            }
        }
        keep_tail(&mut stream.tail, bytes);
        stream.line.extend_from_slice(bytes);
        let whole = stream.line.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let ready = if stream.line.len() - whole > LONGEST_LINE { stream.line.len() } else { whole };
        if ready > 0 {
            let lines: Vec<u8> = stream.line.drain(..ready).collect();
            self.console.output(self.step, stream.stderr, lines).await;
        }
    }

    /// Writes a line of our own to the step's standard error.
    pub async fn note(&mut self, text: &str) {
        self.pass(Chunk { stderr: true, bytes: format!("{text}\n").into_bytes() }).await;
    }

    /// Shows what was held back. Call at the end of each process.
    pub async fn flush(&mut self) {
        for stderr in [false, true] {
            let stream = if stderr { &mut self.err } else { &mut self.out };
            let rest = stream.masker.finish();
            self.show(stderr, &rest).await;
            let stream = if stderr { &mut self.err } else { &mut self.out };
            if !stream.line.is_empty() {
                let line = std::mem::take(&mut stream.line);
                self.console.output(self.step, stderr, line).await;
            }
        }
    }

    /// Holds standard output back in a file from now on: an attempt may fail, and only the one
    /// that succeeds counts.
    pub fn hold(&mut self, spool: File) {
        self.spool = Some(spool);
    }

    /// Passes on what was held back.
    pub async fn release(&mut self) {
        let Some(mut spool) = self.spool.take() else { return };
        let mut buffer = vec![0; 64 * 1024];
        let mut read = spool.seek(SeekFrom::Start(0)).map(|_| 1);
        while let Ok(1..) = read {
            read = spool.read(&mut buffer);
            if let Ok(count @ 1..) = read {
                self.pass(Chunk { stderr: false, bytes: buffer[..count].to_vec() }).await;
            }
        }
        if let Err(error) = read {
            self.fault.get_or_insert_with(|| format!("cannot read back the output of an attempt: {error}"));
        }
    }

    /// Drops what was held back, but for its end.
    pub fn discard(&mut self) -> String {
        let Some(mut spool) = self.spool.take() else { return String::new() };
        let mut tail = Vec::new();
        let length = spool.seek(SeekFrom::End(0)).unwrap_or(0);
        let start = length.saturating_sub(TAIL as u64);
        if spool.seek(SeekFrom::Start(start)).is_ok() {
            let _ = spool.read_to_end(&mut tail);
        }
        String::from_utf8_lossy(&tail).trim().to_owned()
    }

    /// The end of standard output and of standard error, masked.
    pub fn tails(&self) -> (String, String) {
        let text = |stream: &Stream| String::from_utf8_lossy(&stream.tail).trim().to_owned();
        (text(&self.out), text(&self.err))
    }
}

fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
    tail.drain(..tail.len().saturating_sub(TAIL));
}
