//! A language client over the standard streams of the real command: framed JSON-RPC, nothing more.
//! It reads every message, and complains about those that nobody asked for.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// How long a message may take: far longer than it ever does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The unit of columns that was agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    pub(crate) const ALL: [Self; 3] = [Self::Utf8, Self::Utf16, Self::Utf32];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn width(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The position of a byte offset, counted without the server's help.
    pub(crate) fn position(self, text: &str, offset: usize) -> Value {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        json!({"line": before.matches('\n').count(), "character": self.width(&before[line_start..])})
    }

    /// The byte offset of a position that lies in the text.
    pub(crate) fn offset(self, text: &str, position: &Value) -> usize {
        let [line, character] = ["line", "character"].map(|part| position[part].as_u64().expect("a number") as usize);
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let line = text[start..].split_inclusive('\n').next().unwrap_or_default();
        let ends = line.char_indices().map(|(i, _)| i).chain([line.len()]);
        let mut ends = ends.filter(|&end| self.width(&line[..end]) == character);
        start + ends.next().unwrap_or_else(|| panic!("{position} is no place in the text"))
    }

    /// The text of a range.
    pub(crate) fn slice<'t>(self, text: &'t str, range: &Value) -> &'t str {
        &text[self.offset(text, &range["start"])..self.offset(text, &range["end"])]
    }
}

/// The server, and what it has said.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    unread: VecDeque<Value>,
    requests: i64,
    pub(crate) encoding: Encoding,
}

impl Client {
    /// Starts the server.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts the server with more arguments.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(Path::new("/nonexistent"), arguments)
    }

    /// Starts the server where this folder is Dagu's home.
    pub(crate) fn start_at(home: &Path) -> Self {
        Self::start_in(home, &[])
    }

    fn start_in(home: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dagu-rs"))
            .args(["lsp", "--stdio"])
            .args(arguments)
            .env("DAGU_HOME", home)
            .env("TZ", "UTC")
            .env("DAGU_RS_HOME", home.join("runs"))
            .env_remove("DAGU_BASE_CONFIG")
            .env_remove("DAGU_DAGS_DIR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("it was piped"));
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { child, stdin, messages, unread: VecDeque::new(), requests: 0, encoding: Encoding::Utf16 }
    }

    /// A server with which this encoding and the capabilities of a common editor were agreed upon.
    pub(crate) fn ready(encoding: Encoding) -> Self {
        Self::start().agreed(encoding)
    }

    /// The server once this encoding and the capabilities of a common editor were agreed upon.
    pub(crate) fn agreed(self, encoding: Encoding) -> Self {
        self.agreed_with(encoding, json!({}))
    }

    /// The same with further capabilities for text documents.
    pub(crate) fn agreed_with(self, encoding: Encoding, further: Value) -> Self {
        let mut client = self;
        let mut text = json!({
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "publishDiagnostics": {
                "relatedInformation": true, "tagSupport": {"valueSet": [1, 2]}, "codeDescriptionSupport": true, "dataSupport": true,
            },
        });
        text.as_object_mut().expect("an object").extend(further.as_object().expect("an object").clone());
        let result = client.initialize(json!({
            "general": {"positionEncodings": [encoding.name()]},
            "textDocument": text,
            "workspace": {"workspaceEdit": {"documentChanges": true}},
        }));
        assert_eq!(result["capabilities"]["positionEncoding"], encoding.name());
        client.encoding = encoding;
        client
    }

    pub(crate) fn initialize(&mut self, capabilities: Value) -> Value {
        self.initialize_with(json!({"processId": null, "rootUri": null, "capabilities": capabilities}))
    }

    /// Begins with other parameters than the capabilities too.
    pub(crate) fn initialize_with(&mut self, params: Value) -> Value {
        let result = self.request("initialize", params);
        self.notify("initialized", json!({}));
        result
    }

    /// Writes bytes as they are.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let stdin = self.stdin.as_mut().expect("the stream is open");
        stdin.write_all(bytes).and_then(|()| stdin.flush()).expect("the server reads");
    }

    fn send(&mut self, message: &Value) {
        let message = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{message}", message.len()).as_bytes());
    }

    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request with `"params": null` in so many words; gives its number.
    pub(crate) fn ask_with_null(&mut self, method: &str) -> i64 {
        self.requests += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": null}));
        self.requests
    }

    /// Sends a request without waiting; gives its number.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.requests += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": self.requests, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message);
        self.requests
    }

    /// The whole answer to a request.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        self.wait("an answer", |message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request; it must succeed.
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The code of the error that a request is answered with.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> i64 {
        let id = self.ask(method, params);
        let answer = self.answer(id);
        answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("{method} was not refused: {answer}"))
    }

    /// The findings published for a version of a document; those for earlier versions are read
    /// and dropped, as editors do.
    pub(crate) fn diagnostics(&mut self, uri: &str, version: i64) -> Vec<Value> {
        loop {
            let params = self.published(uri);
            let published = params["version"].as_i64().expect("a version");
            assert!(published <= version, "findings of version {published} before those of {version}");
            if published == version {
                return params["diagnostics"].as_array().expect("a list").clone();
            }
        }
    }

    /// The next list of findings for a document, with its version.
    pub(crate) fn published(&mut self, uri: &str) -> Value {
        let is_it = |message: &Value| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri;
        self.wait(&format!("findings for {uri}"), is_it)["params"].clone()
    }

    /// The next request of the server by this method: its number and parameters.
    pub(crate) fn asked(&mut self, method: &str) -> (Value, Value) {
        let message = self.wait(&format!("request {method}"), |message| message["method"] == method && message.get("id").is_some());
        (message["id"].clone(), message["params"].clone())
    }

    /// As [`Self::asked`]; nothing when a request is answered before.
    pub(crate) fn asked_before(&mut self, method: &str, id: i64) -> Option<(Value, Value)> {
        let is_answer = |message: &Value| message["id"] == id && message.get("method").is_none();
        let message = self.wait(&format!("request {method}"), |message| message["method"] == method || is_answer(message));
        (!is_answer(&message)).then(|| (message["id"].clone(), message["params"].clone()))
    }

    /// Answers a request of the server.
    pub(crate) fn reply(&mut self, id: &Value, result: Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }

    /// The parameters of the next notification by this method.
    pub(crate) fn notified(&mut self, method: &str) -> Value {
        let message = self.wait(&format!("notification {method}"), |message| message["method"] == method && message.get("id").is_none());
        message["params"].clone()
    }

    /// All that the server says until the answer to a request, and that answer.
    pub(crate) fn until_answer(&mut self, id: i64) -> (Vec<Value>, Value) {
        let answer = self.answer(id);
        (self.unread.drain(..).collect(), answer)
    }

    /// Takes back a request.
    pub(crate) fn cancel(&mut self, id: i64) {
        self.notify("$/cancelRequest", json!({"id": id}));
    }

    /// The next message that the server wants to be shown.
    pub(crate) fn shown(&mut self) -> String {
        let message = self.wait("a message", |message| message["method"] == "window/showMessage");
        message["params"]["message"].as_str().expect("text").to_owned()
    }

    /// Drops what came for the client's log.
    pub(crate) fn drain_log(&mut self) {
        self.unread.retain(|message| message["method"] != "window/logMessage");
    }

    /// The text of the next message for the client's log.
    pub(crate) fn logged(&mut self) -> String {
        let message = self.wait("a log message", |message| message["method"] == "window/logMessage");
        message["params"]["message"].as_str().expect("text").to_owned()
    }

    /// The answer to a message whose number could not be read.
    pub(crate) fn answer_to_nobody(&mut self) -> Value {
        self.wait("an answer to nobody", |message| message["id"].is_null() && message.get("error").is_some())
    }

    fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(found) = self.unread.iter().position(&is_it) {
            return self.unread.remove(found).expect("it was found there");
        }
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) if is_it(&message) => return message,
                Ok(message) => self.unread.push_back(message),
                Err(RecvTimeoutError::Timeout) => panic!("waited in vain for {what}; unread: {:#?}", self.unread),
                Err(RecvTimeoutError::Disconnected) => panic!("the server hung up before {what}; unread: {:#?}", self.unread),
            }
        }
    }

    /// Opens a document of version 1.
    pub(crate) fn open(&mut self, uri: &str, language: &str, text: &str) -> Document {
        let item = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": item}));
        Document { uri: uri.to_owned(), version: 1, text: text.to_owned() }
    }

    pub(crate) fn close(&mut self, document: &Document) {
        self.notify("textDocument/didClose", json!({"textDocument": {"uri": document.uri}}));
    }

    /// Replaces a part of a document, given by bytes.
    pub(crate) fn edit(&mut self, document: &mut Document, start: usize, end: usize, new: &str) {
        let range = json!({
            "start": self.encoding.position(&document.text, start),
            "end": self.encoding.position(&document.text, end),
        });
        document.text.replace_range(start..end, new);
        self.change(document, json!([{"range": range, "text": new}]));
    }

    /// Sends changes that lead to the document's text as it is now.
    pub(crate) fn change(&mut self, document: &mut Document, changes: Value) {
        document.version += 1;
        let identifier = json!({"uri": document.uri, "version": document.version});
        self.notify("textDocument/didChange", json!({"textDocument": identifier, "contentChanges": changes}));
    }

    /// A request at a byte of a document.
    pub(crate) fn at(&mut self, method: &str, document: &Document, offset: usize) -> Value {
        let position = self.encoding.position(&document.text, offset);
        self.request(method, json!({"textDocument": {"uri": document.uri}, "position": position}))
    }

    /// The findings of the document as it is now.
    pub(crate) fn findings(&mut self, document: &Document) -> Vec<Value> {
        self.diagnostics(&document.uri, document.version)
    }

    /// Says goodbye as the protocol has it: no message may be left unread.
    pub(crate) fn shutdown(mut self) {
        let result = self.request("shutdown", Value::Null);
        assert!(result.is_null());
        self.notify("exit", Value::Null);
        // The stream stays open: the server must go by itself.
        assert_eq!(self.exit_code(), 0);
        let unread: Vec<Value> = self.unread.drain(..).chain(self.messages.iter()).collect();
        assert!(unread.is_empty(), "unread: {unread:#?}");
    }

    /// Closes the server's input.
    pub(crate) fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// The exit code, once the server's output has ended.
    pub(crate) fn exit_code(&mut self) -> i32 {
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(message) => self.unread.push_back(message),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the server does not end"),
            }
        }
        self.child.wait().expect("the server can be waited for").code().expect("it ends by itself")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Only what a failed test leaves behind is still alive.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An open document as the client has it.
pub(crate) struct Document {
    pub(crate) uri: String,
    pub(crate) version: i64,
    pub(crate) text: String,
}

impl Document {
    /// The byte at which a part of the text starts; the part must occur once.
    pub(crate) fn find(&self, part: &str) -> usize {
        assert_eq!(self.text.matches(part).count(), 1, "{part:?} occurs once in\n{}", self.text);
        self.text.find(part).expect("it occurs")
    }
}

/// The next message; `None` when the stream has ended.
fn read(stream: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).expect("headers are text") == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = Some(value.parse().expect("a number")),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length.expect("the header gives the length")];
    stream.read_exact(&mut body).expect("the message is complete");
    Some(serde_json::from_slice(&body).expect("the message is JSON"))
}
