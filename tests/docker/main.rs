//! `dagu-rs run` on a real Docker daemon: each test writes its DAG, runs the real command, and
//! looks at what it printed, how it ended, and that no container of it is left.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod contained;
mod containers;
mod credentials;
mod daemon;
mod harness;
mod interrupts;
mod lab;
mod matrix;
mod probe;
mod semantics;
mod smoke;
