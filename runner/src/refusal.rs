//! A program that cannot be executed in a container: the engine says so in different ways and
//! places, and the user is told in one.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt;

use crate::containers::Failure;
use crate::engine::{Chunk, EngineError, ErrorKind, Output};
use crate::sink::Sink;

/// The failure to start a program.
pub(crate) fn missing_program(error: EngineError, program: &str) -> Failure {
    if error.kind == ErrorKind::NoProgram { Failure { message: not_in_image(program), code: 127 } } else { error.into() }
}

/// Keeps back what the engine itself says, in the place of the command's first output, when it
/// cannot start the command.
pub(crate) fn hold_refusal(output: Output) -> (Output, Arc<Mutex<Vec<Chunk>>>) {
    let held: Arc<Mutex<Vec<Chunk>>> = Arc::default();
    let keep = held.clone();
    let (mut first, mut room) = (true, 0);
    let output = output.filter_map(move |item| {
        if std::mem::take(&mut first) && item.as_ref().is_ok_and(is_refusal) {
            // It comes in pieces, and nothing comes after it.
            room = 4096;
        }
        let passed = match item {
            Ok(chunk) if chunk.bytes.len() < room => {
                room -= chunk.bytes.len();
                keep.lock().unwrap_or_else(PoisonError::into_inner).push(chunk);
                None
            }
            item => Some(item),
        };
        std::future::ready(passed)
    });
    (output.boxed(), held)
}

/// What was held back: the reason of a failure, or output after all.
pub(crate) async fn settle_refusal(held: &Mutex<Vec<Chunk>>, program: &str, code: i64, sink: &mut Sink) -> Result<i64, Failure> {
    let held = std::mem::take(&mut *held.lock().unwrap_or_else(PoisonError::into_inner));
    if !held.is_empty() && matches!(code, 126 | 127) {
        let said = held.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect::<Vec<u8>>();
        return Err(Failure { message: refused(program, &said), code });
    }
    for said in held {
        sink.chunk(said).await;
    }
    Ok(code)
}

/// The engine's words for a command it cannot execute, and those of the init processes that
/// Docker and Podman put before a container's main process.
fn is_refusal(chunk: &Chunk) -> bool {
    [&b"OCI runtime exec failed"[..], b"[FATAL tini (", b"ERROR (catatonit:"].iter().any(|start| chunk.bytes.starts_with(start))
}

fn refused(program: &str, refusal: &[u8]) -> String {
    let said = String::from_utf8_lossy(refusal).to_lowercase();
    if said.contains("executable file not found") || said.contains("no such file or directory") {
        not_in_image(program)
    } else {
        format!("`{program}` cannot be executed in the container: {}", said.trim())
    }
}

fn not_in_image(program: &str) -> String {
    format!("`{program}` is not in the container's PATH: choose an image that has it, or install it when the image is built")
}
