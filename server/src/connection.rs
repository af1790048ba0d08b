//! The frame of a conversation: its end, the order of its messages, its trace. tower-lsp alone would wait for another
//! message after `exit`, cancel the requests that were sent before it, panic when the client stops reading, and send
//! what was said before an answer after it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::stream::{self, Stream};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{mpsc, oneshot};
use tower_lsp::jsonrpc::{Request, Response};
use tower_lsp::lsp_types::notification::LogTrace;
use tower_lsp::lsp_types::{LogTraceParams, TraceValue};
use tower_lsp::{Client, ClientSocket, Loopback};
use tower_service::Service;

use crate::Ending;

/// How often the client's process is looked for.
const LOOK_FOR_CLIENT: Duration = Duration::from_secs(1);

/// A message to the client, and who wants to know that its place among the others is settled.
type Notice = (Request, oneshot::Sender<()>);

/// What begins a message, the bytes behind that, perhaps of whole messages, and who wants to know that they are written.
type Ready = (String, Arc<Vec<u8>>, oneshot::Sender<()>);

/// What the parts of a conversation know of it.
#[derive(Debug)]
pub(crate) struct Connection {
    shutdown: AtomicBool,
    over: AtomicBool,
    reader: Mutex<Option<Waker>>,
    trace: AtomicU8,
    notices: mpsc::UnboundedSender<Notice>,
    ready: mpsc::WeakUnboundedSender<Ready>,
}

impl Connection {
    /// A conversation at its beginning, which is written to the stream: what is said with [`Self::say`], and the server's
    /// messages with what writes them.
    pub(crate) fn new<W>(stream: W) -> (Arc<Self>, mpsc::UnboundedReceiver<Notice>, Output, Writer<W>) {
        let (notices, said) = mpsc::unbounded_channel();
        let (sender, receiver) = mpsc::unbounded_channel();
        let (shutdown, over, trace) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU8::new(0));
        let connection = Arc::new(Self { shutdown, over, reader: Mutex::default(), trace, notices, ready: sender.downgrade() });
        let output = Output { ready: sender, bytes: Vec::new(), written: None };
        (connection.clone(), said, output, Writer { stream, ready: receiver, connection })
    }

    /// Sends a message that was made already, and waits until it is written: one that is long would be copied several times
    /// on tower-lsp's way.
    pub(crate) async fn send(&self, message: Arc<Vec<u8>>) {
        let Some(ready) = self.ready.upgrade() else { return };
        let (written, is_written) = oneshot::channel();
        let header = format!("Content-Length: {}\r\n\r\n", message.len());
        if !self.is_ending() && ready.send((header, message, written)).is_ok() {
            drop(ready);
            // Nobody writes it when the conversation is over.
            let _ = is_written.await;
        }
    }

    /// Sends a notification. When it returns, whatever is sent or answered next comes after it.
    pub(crate) async fn say(&self, notice: Request) {
        let (settled, is_settled) = oneshot::channel();
        if !self.is_ending() && self.notices.send((notice, settled)).is_ok() {
            // Nobody settles it when the conversation is over.
            let _ = is_settled.await;
        }
    }

    /// Whether the client has asked for `shutdown`, or has gone: it wants to hear of nothing but what it asked for.
    pub(crate) fn is_ending(&self) -> bool {
        self.shutdown.load(Ordering::SeqCst) || self.is_over()
    }

    /// What of the conversation is reported.
    pub(crate) fn set_trace(&self, trace: TraceValue) {
        let trace = match trace {
            TraceValue::Off => 0,
            TraceValue::Messages => 1,
            TraceValue::Verbose => 2,
        };
        self.trace.store(trace, Ordering::Relaxed);
    }

    /// Ends the conversation when a process does that is there now. One that is not there lives where this one cannot see
    /// it, outside of its container.
    pub(crate) fn lasts_as_long_as(self: &Arc<Self>, client: u32) {
        let Some(client) = process::find(client) else { return };
        let connection = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_FOR_CLIENT).await;
                let Some(connection) = connection.upgrade() else { return };
                if !process::is_there(client) {
                    return connection.hang_up();
                }
            }
        });
    }

    /// How the conversation ended.
    pub(crate) fn ending(&self) -> Ending {
        if self.shutdown.load(Ordering::SeqCst) { Ending::Orderly } else { Ending::Abrupt }
    }

    /// Reads nothing more. What was asked before is still answered.
    fn hang_up(&self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(waker) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// The client's messages; ends when the conversation is over, whether or not the stream does.
pub(crate) struct Input<R> {
    stream: R,
    connection: Arc<Connection>,
}

impl<R> Input<R> {
    /// Reads from the stream while the conversation lasts.
    pub(crate) fn new(stream: R, connection: Arc<Connection>) -> Self {
        Self { stream, connection }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Input<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        *self.connection.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        if self.connection.is_over() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

/// The server's messages, of which each flush hands over whole ones to be written.
pub(crate) struct Output {
    ready: mpsc::UnboundedSender<Ready>,
    bytes: Vec<u8>,
    written: Option<oneshot::Receiver<()>>,
}

impl AsyncWrite for Output {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.bytes.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(written) = &mut self.written {
                if Pin::new(written).poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.written = None;
            }
            if self.bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let (written, is_written) = oneshot::channel();
            let bytes = Arc::new(std::mem::take(&mut self.bytes));
            // Nobody takes it when the conversation is over.
            let _ = self.ready.send((String::new(), bytes, written));
            self.written = Some(is_written);
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

/// Writes messages, each as a whole. When nobody reads them any more the conversation is over, and what is still to be
/// written goes nowhere.
pub(crate) struct Writer<W> {
    stream: W,
    ready: mpsc::UnboundedReceiver<Ready>,
    connection: Arc<Connection>,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes until the last message is written.
    pub(crate) async fn write(mut self) {
        let mut is_read = true;
        while let Some((header, bytes, written)) = self.ready.recv().await {
            is_read = is_read
                && self.stream.write_all(header.as_bytes()).await.is_ok()
                && self.stream.write_all(&bytes).await.is_ok()
                && self.stream.flush().await.is_ok();
            if !is_read {
                self.connection.hang_up();
            }
            // Who sent it may have been cancelled.
            let _ = written.send(());
        }
    }
}

/// The client's end of the service, with what is said through [`Connection::say`] among its messages.
pub(crate) struct Socket {
    socket: ClientSocket,
    said: mpsc::UnboundedReceiver<Notice>,
}

impl Socket {
    /// Of the service's socket and what is said beside it.
    pub(crate) fn new(socket: ClientSocket, said: mpsc::UnboundedReceiver<Notice>) -> Self {
        Self { socket, said }
    }
}

impl Loopback for Socket {
    type RequestStream = stream::Select<Said, <ClientSocket as Loopback>::RequestStream>;
    type ResponseSink = <ClientSocket as Loopback>::ResponseSink;

    fn split(self) -> (Self::RequestStream, Self::ResponseSink) {
        let (requests, responses) = self.socket.split();
        (stream::select(Said(self.said), requests), responses)
    }
}

/// Notices, each settled when it is taken to be written.
pub(crate) struct Said(mpsc::UnboundedReceiver<Notice>);

impl Stream for Said {
    type Item = Request;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Request>> {
        self.0.poll_recv(cx).map(|said| {
            said.map(|(notice, settled)| {
                // Who said it may have been cancelled.
                let _ = settled.send(());
                notice
            })
        })
    }
}

/// The service, with an ear for `shutdown` and `exit`.
pub(crate) struct Session<S> {
    service: S,
    client: Client,
    connection: Arc<Connection>,
}

impl<S> Session<S> {
    /// Passes everything but `exit` on to the service.
    pub(crate) fn new(service: S, client: Client, connection: Arc<Connection>) -> Self {
        Self { service, client, connection }
    }

    /// A trace of a message, where the client wants to have one.
    fn trace(&self, request: &Request) -> Option<Trace> {
        let level = self.connection.trace.load(Ordering::Relaxed);
        let (client, method, from) = (self.client.clone(), request.method().to_owned(), Instant::now());
        (level > 0).then(|| Trace { client, connection: self.connection.clone(), method, from, is_verbose: level > 1 })
    }
}

impl<S> Service<Request> for Session<S>
where
    S: Service<Request, Response = Option<Response>>,
    S::Future: Unpin,
{
    type Response = Option<Response>;
    type Error = S::Error;
    type Future = Reply<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match request.method() {
            "exit" => {
                self.connection.hang_up();
                Reply { reply: None, trace: None }
            }
            // What follows `exit` in the same read is nobody's any more.
            _ if self.connection.is_over() => Reply { reply: None, trace: None },
            method => {
                let is_shutdown = method == "shutdown";
                let trace = self.trace(&request);
                let reply = self.service.call(with_known_capabilities(without_null_params(request)));
                if is_shutdown {
                    self.connection.shutdown.store(true, Ordering::SeqCst);
                }
                Reply { reply: Some(reply), trace }
            }
        }
    }
}

/// Some clients send `"params": null` where there are none, which tower-lsp takes for wrong ones.
fn without_null_params(request: Request) -> Request {
    if request.params().is_none_or(|params| !params.is_null()) {
        return request;
    }
    let (method, id, _) = request.into_parts();
    let request = Request::build(method);
    id.into_iter().fold(request, |request, id| request.id(id)).finish()
}

/// The protocol calls a capability `workspace.diagnostics` that tower-lsp's types call `workspace.diagnostic`.
fn with_known_capabilities(request: Request) -> Request {
    let workspace = "/capabilities/workspace";
    let is_meant = request.method() == "initialize" && request.params().is_some_and(|params| params.pointer(workspace).is_some());
    if !is_meant {
        return request;
    }
    let (method, id, mut params) = request.into_parts();
    let workspace = params.as_mut().and_then(|params| params.pointer_mut(workspace)).and_then(serde_json::Value::as_object_mut);
    if let Some(workspace) = workspace
        && let Some(diagnostics) = workspace.get("diagnostics").cloned()
    {
        workspace.insert("diagnostic".to_owned(), diagnostics);
    }
    let request = params.into_iter().fold(Request::build(method), |request, params| request.params(params));
    id.into_iter().fold(request, |request, id| request.id(id)).finish()
}

/// The answer to one message; nothing for a message that is due none.
pub(crate) struct Reply<F> {
    reply: Option<F>,
    trace: Option<Trace>,
}

impl<F, E> Future for Reply<F>
where
    F: Future<Output = Result<Option<Response>, E>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = self.reply.as_mut().map_or(Poll::Ready(Ok(None)), |reply| Pin::new(reply).poll(cx));
        if let (Poll::Ready(Ok(response)), Some(trace)) = (&poll, self.trace.take_if(|_| poll.is_ready())) {
            trace.end(response.as_ref());
        }
        poll
    }
}

/// What is reported of a message: its name and how long it took, never what is in it.
struct Trace {
    client: Client,
    connection: Arc<Connection>,
    method: String,
    from: Instant,
    is_verbose: bool,
}

impl Trace {
    fn end(self, response: Option<&Response>) {
        if self.connection.is_ending() {
            return;
        }
        let message = format!("{}: {:.1} ms", self.method, self.from.elapsed().as_secs_f64() * 1e3);
        let how = || match response.map(|response| response.error()) {
            None => "it wants no answer".to_owned(),
            Some(None) => "answered".to_owned(),
            Some(Some(error)) => format!("answered with error {}", error.code.code()),
        };
        let params = LogTraceParams { message, verbose: self.is_verbose.then(how) };
        tokio::spawn(async move { self.client.send_notification::<LogTrace>(params).await });
    }
}

/// Processes of this machine.
#[cfg(unix)]
mod process {
    use rustix::process::{Pid, test_kill_process};

    /// A process that is there.
    pub(super) fn find(number: u32) -> Option<Pid> {
        Pid::from_raw(i32::try_from(number).ok()?).filter(|pid| is_there(*pid))
    }

    /// Whether it still is, somebody else's too.
    pub(super) fn is_there(process: Pid) -> bool {
        test_kill_process(process) != Err(rustix::io::Errno::SRCH)
    }
}

/// Where processes cannot be asked for, the end of the client's streams tells that it is gone.
#[cfg(not(unix))]
mod process {
    pub(super) fn find(_: u32) -> Option<u32> {
        None
    }

    pub(super) fn is_there(_: u32) -> bool {
        true
    }
}
