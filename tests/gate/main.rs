//! What gates commits and builds, by the programs that really read it: pre-commit, git, bash, Docker, checkers of
//! schemas and scripts. `tests/run.sh` installs them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod action;
mod gitlab;
mod image;
mod manual;
mod packages;
mod page;
mod pre_commit;
mod reports;
mod shells;
mod tools;

use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A DAG without findings.
const CLEAN: &str = "steps:\n  - id: a\n    run: echo a\n";

/// A DAG that the engine does not load, which a safe fix mends.
const SLIP: &str = "steps:\n  - id: a\n    run: echo a\n    timeoutSec: 10\n";

/// A DAG that the engine does not load, which nothing mends.
const BROKEN: &str = "steps:\n  - id: a\n    run: echo a\n    bogus: 1\n";

/// YAML that is no DAG, nor a good one if it were.
const OTHER: &str = "on: [push]\njobs: {build: {runs-on: ubuntu-latest}}\n";
