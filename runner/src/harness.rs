//! The attempts of a harness step: only the one that succeeds leaves its output.

use crate::containers::{Ended, Failure};
use crate::plan::Try;
use crate::sink::Sink;
use crate::store::Store;

/// Keeps the output of an attempt back while another may follow it.
///
/// # Errors
/// When there is no room for it.
pub fn hold_unless_last(store: &Store, index: usize, tries: &[Try], sink: &mut Sink) -> Result<(), Failure> {
    if index + 1 < tries.len() {
        sink.hold(store.spool(&crate::token()).map_err(Failure::new)?);
    }
    Ok(())
}

/// What an attempt's end means: the step's result, or `None` to go on with the next attempt.
pub async fn settle(index: usize, tries: &[Try], ended: Result<Ended, Failure>, sink: &mut Sink) -> Option<Result<Ended, Failure>> {
    let next = tries.get(index + 1);
    match (&ended, next) {
        (Ok(Ended::Exit(0)), _) => {
            sink.release().await;
            Some(ended)
        }
        (Ok(Ended::Halted(_)), _) => {
            sink.discard();
            Some(ended)
        }
        (_, None) => Some(ended),
        (failed, Some(next)) => {
            let tail = sink.discard();
            if let Err(failure) = failed {
                sink.note(&failure.message).await;
            }
            if !tail.is_empty() {
                sink.note(&format!("recent stdout (tail):\n{tail}")).await;
            }
            let (count, from) = (tries.len(), tries.get(index).map_or("", |attempt| attempt.provider.as_str()));
            let (now, then) = (index + 1, index + 2);
            sink.note(&format!("harness: attempt {now}/{count} with {from} failed; trying fallback {then}/{count} with {}", next.provider))
                .await;
            None
        }
    }
}
