//! The end of a conversation. tower-lsp alone would wait for another message after `exit`, cancel
//! the requests that were sent before it, and panic when the client stops reading.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_lsp::jsonrpc::{Request, Response};
use tower_service::Service;

use crate::Ending;

/// What the parts of a conversation know of its end.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    shutdown: AtomicBool,
    over: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Connection {
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

/// The server's messages. When nobody reads them any more the conversation is over, and what is
/// still written goes nowhere.
pub(crate) struct Output<W> {
    stream: W,
    connection: Arc<Connection>,
    closed: bool,
}

impl<W> Output<W> {
    /// Writes to the stream while somebody reads it.
    pub(crate) fn new(stream: W, connection: Arc<Connection>) -> Self {
        Self { stream, connection, closed: false }
    }

    fn or_hang_up<T>(&mut self, poll: Poll<io::Result<T>>, instead: T) -> Poll<io::Result<T>> {
        match poll {
            Poll::Ready(Err(_)) => {
                self.closed = true;
                self.connection.hang_up();
                Poll::Ready(Ok(instead))
            }
            poll => poll,
        }
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Output<W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.closed {
            return Poll::Ready(Ok(bytes.len()));
        }
        let poll = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.or_hang_up(poll, bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closed {
            return Poll::Ready(Ok(()));
        }
        let poll = Pin::new(&mut self.stream).poll_flush(cx);
        self.or_hang_up(poll, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closed {
            return Poll::Ready(Ok(()));
        }
        let poll = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.or_hang_up(poll, ())
    }
}

/// The service, with an ear for `shutdown` and `exit`.
pub(crate) struct Session<S> {
    service: S,
    connection: Arc<Connection>,
}

impl<S> Session<S> {
    /// Passes everything but `exit` on to the service.
    pub(crate) fn new(service: S, connection: Arc<Connection>) -> Self {
        Self { service, connection }
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
                Reply(None)
            }
            // What follows `exit` in the same read is nobody's any more.
            _ if self.connection.is_over() => Reply(None),
            method => {
                if method == "shutdown" {
                    self.connection.shutdown.store(true, Ordering::SeqCst);
                }
                Reply(Some(self.service.call(without_null_params(request))))
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

/// The answer to one message; nothing for a message that is due none.
pub(crate) struct Reply<F>(Option<F>);

impl<F, E> Future for Reply<F>
where
    F: Future<Output = Result<Option<Response>, E>> + Unpin,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().map_or(Poll::Ready(Ok(None)), |reply| Pin::new(reply).poll(cx))
    }
}
