//! The allocator, and how long it keeps the memory that nobody uses.

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_set, mi_option_t};

/// A tree is many small pieces of memory: this allocator takes a quarter off the time of a check.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of version 2 of mimalloc (`mimalloc.h`): how long memory waits for its next use before the system
/// gets it back, in milliseconds. The crate does not name it.
const PURGE_DELAY: mi_option_t = 15;

/// Keeps memory for the next keystroke.
///
/// A server lets go of a tree, an answer and its text at each keystroke, and asks for as much at the next. Given back after the
/// 10 ms that are usual, the system clears each page of it anew: a fifth of the time from a keystroke to its findings in a DAG
/// of 10,000 steps. Half a second spans the keystrokes of somebody who types, and a server at rest still gives it back.
pub(crate) fn keep_between_keystrokes() {
    const MILLISECONDS: c_long = 500;
    #[allow(unsafe_code, reason = "mimalloc's options are C functions; this one stores a number and touches no memory of ours")]
    unsafe {
        mi_option_set(PURGE_DELAY, MILLISECONDS);
    }
}
