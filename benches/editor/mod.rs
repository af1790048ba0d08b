//! An editor as far as a measurement needs one: the release build of the server, spoken to over its standard streams. Messages
//! are stamped when they arrive, before they are read as JSON.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server with one document. Columns are counted in characters.
pub(crate) struct Editor {
    server: Child,
    stdin: ChildStdin,
    messages: Receiver<(Instant, Vec<u8>)>,
    unread: VecDeque<(Instant, Value)>,
    requests: u64,
    uri: String,
    /// The text as the server has it.
    pub(crate) text: String,
    version: u64,
}

impl Editor {
    /// Starts the server. Gives the time until it was ready.
    pub(crate) fn start() -> io::Result<(Self, Duration)> {
        let from = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
        let mut server = command.args(["lsp", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("the server's streams are not there");
        let stdin = server.stdin.take().ok_or_else(missing)?;
        let mut stdout = BufReader::new(server.stdout.take().ok_or_else(missing)?);
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut read = || -> io::Result<(Instant, Vec<u8>)> {
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if stdout.read_line(&mut line)? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    match line.trim_end().split_once(": ") {
                        Some(("Content-Length", value)) => length = value.parse().map_err(io::Error::other)?,
                        Some(_) => {}
                        None => break,
                    }
                }
                let mut body = vec![0; length];
                stdout.read_exact(&mut body)?;
                Ok((Instant::now(), body))
            };
            while let Ok(message) = read() {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let (unread, uri, text) = Default::default();
        let mut editor = Self { server, stdin, messages, unread, requests: 0, uri, text, version: 0 };
        let capabilities = json!({"general": {"positionEncodings": ["utf-32"]}});
        editor.request("initialize", json!({"processId": std::process::id(), "capabilities": capabilities}))?;
        let ready = from.elapsed();
        editor.send(&json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}))?;
        Ok((editor, ready))
    }

    /// Opens a document. Gives the time until its findings were there.
    pub(crate) fn open(&mut self, path: &Path, text: &str) -> io::Result<Duration> {
        (self.uri, self.text, self.version) = (format!("file://{}", path.display()), text.to_owned(), 1);
        let item = json!({"uri": self.uri, "languageId": "dagu", "version": 1, "text": text});
        let from = Instant::now();
        self.notify("textDocument/didOpen", json!({"textDocument": item}))?;
        Ok(self.findings()?.0 - from)
    }

    /// Replaces a part of the text, given by bytes.
    pub(crate) fn edit(&mut self, start: usize, end: usize, new: &str) -> io::Result<Instant> {
        let range = json!({"start": self.position(start), "end": self.position(end)});
        self.text.replace_range(start..end, new);
        self.version += 1;
        let document = json!({"uri": self.uri, "version": self.version});
        let from = Instant::now();
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [{"range": range, "text": new}]}))?;
        Ok(from)
    }

    /// The findings of the text as it is, and when they came.
    pub(crate) fn findings(&mut self) -> io::Result<(Instant, Vec<Value>)> {
        let version = self.version;
        let (when, message) =
            self.wait(|message| message["method"] == "textDocument/publishDiagnostics" && message["params"]["version"] == version)?;
        self.unread.retain(|(_, message)| message["method"] != "textDocument/publishDiagnostics");
        Ok((when, message["params"]["diagnostics"].as_array().cloned().unwrap_or_default()))
    }

    /// Asks at a byte of the text. Gives the time until the answer, and the answer.
    pub(crate) fn ask(&mut self, method: &str, at: usize) -> io::Result<(Duration, Value)> {
        let position = self.position(at);
        self.request(method, json!({"textDocument": {"uri": self.uri}, "position": position}))
    }

    /// Kibibytes that the server holds in memory, and the most that it ever held, where the system says so.
    pub(crate) fn memory(&self) -> Option<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.server.id())).ok()?;
        let kibibytes = |name: &str| status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok();
        Some((kibibytes("VmRSS:")?, kibibytes("VmHWM:")?))
    }

    /// Says goodbye.
    pub(crate) fn end(mut self) -> io::Result<()> {
        self.request("shutdown", Value::Null)?;
        self.notify("exit", Value::Null)?;
        if self.server.wait()?.success() { Ok(()) } else { Err(io::Error::other("the server did not end as it should")) }
    }

    fn position(&self, offset: usize) -> Value {
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        json!({"line": before.matches('\n').count(), "character": before[start..].chars().count()})
    }

    fn request(&mut self, method: &str, params: Value) -> io::Result<(Duration, Value)> {
        self.requests += 1;
        let id = self.requests;
        let from = Instant::now();
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))?;
        let (when, answer) = self.wait(|message| message["id"] == id)?;
        if answer.get("error").is_some() {
            return Err(io::Error::other(format!("{method}: {answer}")));
        }
        Ok((when - from, answer["result"].clone()))
    }

    fn notify(&mut self, method: &str, params: Value) -> io::Result<()> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn send(&mut self, message: &Value) -> io::Result<()> {
        let message = message.to_string();
        self.stdin.write_all(format!("Content-Length: {}\r\n\r\n{message}", message.len()).as_bytes())?;
        self.stdin.flush()
    }

    fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> io::Result<(Instant, Value)> {
        if let Some(found) = self.unread.iter().position(|(_, message)| is_it(message))
            && let Some(found) = self.unread.remove(found)
        {
            return Ok(found);
        }
        loop {
            let (when, body) = self.messages.recv_timeout(PATIENCE).map_err(io::Error::other)?;
            let message: Value = serde_json::from_slice(&body)?;
            if is_it(&message) {
                return Ok((when, message));
            }
            self.unread.push_back((when, message));
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // After an error it may still be there.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The time that half of some take at the most, and the one that 95 of 100 do, in milliseconds.
pub(crate) fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort();
    let at = |part: f64| {
        let index = (part * times.len().saturating_sub(1) as f64).round() as usize;
        times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    (at(0.5), at(0.95))
}
