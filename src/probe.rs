//! What the container engine and this machine answer about DAGs: for `check --probe` and `doctor`.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::future::Future;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dagu_runner::engine::docker::DockerEngine;
use dagu_runner::engine::inside::Version;
use dagu_runner::engine::{self, Address};
use dagu_runner::probe::PlainValues;
use dagu_schema::Reading;
use dagu_schema::probe::{self, Asked, Host, Image};
use dagu_schema::workflow::dotenv::Dotenv;

use crate::facts::environment;

/// How long an engine may take until it answers for the first time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it takes until somebody at a terminal is told what is waited for.
const LONG: Duration = Duration::from_millis(700);

/// How long a look that is interrupted may take to come to its end.
const GRACE: Duration = Duration::from_secs(5);

/// The answers, for any number of DAGs.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    pub(crate) engine: Option<Version>,
    images: BTreeMap<String, Image>,
    /// Whether the engine, which need not have answered, has other files than this machine.
    is_remote: bool,
}

/// What is to be asked of the container engine: images, and what is to be in them.
pub(crate) type Wanted = BTreeMap<String, BTreeSet<String>>;

/// The engine that a run would use, as it was found.
pub(crate) struct Reached {
    pub(crate) address: Address,
    pub(crate) engine: Result<Version, String>,
}

impl Probe {
    /// Asks the container engine about images, each once. With the answers comes what kept it from
    /// answering, or from answering all.
    pub(crate) fn ask(wanted: &Wanted) -> (Self, Vec<String>) {
        let mut probe = Self::default();
        if wanted.is_empty() {
            return (probe, Vec::new());
        }
        let mut troubles = Vec::new();
        let asked = waiting(async {
            let address = address()?;
            probe.is_remote = address.url.starts_with("tcp://") || address.url.starts_with("http://");
            let docker = connect(address).await?;
            probe.engine = Some(docker.version().await.map_err(|error| error.message)?);
            let stop = AtomicBool::new(false);
            let mut asked = pin!(probe.look(&docker, wanted, &mut troubles, &stop));
            let result = tokio::select! {
                () = &mut asked => Ok(()),
                _ = tokio::signal::ctrl_c() => {
                    // The engine goes on with a request that is dropped, and does not remove a container that it reads.
                    stop.store(true, Ordering::Relaxed);
                    let _ = tokio::time::timeout(GRACE, asked).await;
                    Err("interrupted".to_owned())
                }
            };
            // A container may have been on its way.
            let left = docker.remove_unstarted().await.map_err(|error| error.message);
            match (result, left) {
                (Err(cause), Err(left)) => Err(format!("{cause}; {left}")),
                (result, left) => result.and(left),
            }
        });
        troubles.extend(asked.err());
        (probe, troubles)
    }

    async fn look(&mut self, docker: &DockerEngine, wanted: &Wanted, troubles: &mut Vec<String>, stop: &AtomicBool) {
        let started = Instant::now();
        let mut progress = Progress { shown: false };
        for (number, (image, programs)) in wanted.iter().enumerate() {
            if started.elapsed() > LONG {
                progress.say(&format!("looking into images: {} of {}", number + 1, wanted.len()));
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
            match docker.look_into(image, programs, stop).await {
                Ok(found) => {
                    self.images.insert(image.clone(), found);
                }
                Err(error) => troubles.push(error.message),
            }
        }
    }

    /// What is known of an image, by the name that a run would use.
    pub(crate) fn image(&self, name: &str) -> Option<&Image> {
        self.images.get(name)
    }

    /// The answers as they bear on a DAG.
    pub(crate) fn answers(&self, asked: &Asked, known: &[PlainValues]) -> (BTreeMap<String, Image>, Host) {
        let image = |written: &str| self.images.get(&the_one(known, |known| known.image(written))?).cloned();
        let images = asked.images.keys().filter_map(|written| Some((written.clone(), image(written)?)));
        let there = |source| {
            let path = the_one(known, |known| known.source(source))?;
            Some(probe::Path { text: path.display().to_string(), is_there: path.exists() })
        };
        let sources = asked.sources.iter().filter(|_| !self.is_remote).filter_map(|source| Some((source.clone(), there(source)?)));
        let programs = asked.programs.iter().filter_map(|program| Some((program.clone(), in_path(program)?)));
        let host = Host { sources: sources.collect(), programs: programs.collect() };
        (images.collect(), host)
    }

    /// The names that images of a DAG have which it names with references.
    pub(crate) fn image_names(asked: &Asked, known: &[PlainValues]) -> BTreeMap<String, String> {
        let written = asked.images.keys().filter(|written| written.contains('$'));
        written.filter_map(|written| Some((written.clone(), the_one(known, |known| known.image(written))?))).collect()
    }
}

/// What bears on the DAGs of a file, and the values that are known of each.
pub(crate) fn asked(reading: &Reading, dotenv: &Dotenv, path: Option<&Path>) -> (Asked, Vec<PlainValues>) {
    let file = path.unwrap_or(Path::new("dag.yaml"));
    let known = reading.workflows().iter().map(|workflow| PlainValues::of(workflow, dotenv, file, environment()));
    (reading.asked(), known.collect())
}

/// Adds the images of a file to what is asked.
pub(crate) fn want(asked: &Asked, known: &[PlainValues], wanted: &mut Wanted) {
    for (written, programs) in &asked.images {
        if let Some(image) = the_one(known, |known| known.image(written)) {
            wanted.entry(image).or_default().extend(programs.iter().cloned());
        }
    }
}

/// What all documents of a file that know it agree on.
pub(crate) fn the_one<T: PartialEq>(known: &[PlainValues], value: impl Fn(&PlainValues) -> Option<T>) -> Option<T> {
    let mut values = known.iter().filter_map(value);
    let first = values.next()?;
    values.all(|other| other == first).then_some(first)
}

/// The engine that a run would use, and whether it answers.
pub(crate) fn reach() -> Result<Reached, String> {
    let address = address()?;
    let engine = waiting(async { connect(address.clone()).await?.version().await.map_err(|error| error.message) });
    Ok(Reached { address, engine })
}

/// Where the engine that a run would use is looked for.
pub(crate) fn address() -> Result<Address, String> {
    engine::address(&environment(), |path| Path::new(path).exists())
}

async fn connect(address: Address) -> Result<DockerEngine, String> {
    let (product, url) = (address.product, address.url.clone());
    match tokio::time::timeout(PATIENCE, DockerEngine::connect(address)).await {
        Ok(connected) => connected.map_err(|error| error.message),
        Err(_) => Err(format!("{product} at {url} did not answer within {} seconds: check that it runs there", PATIENCE.as_secs())),
    }
}

fn waiting<T>(asking: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("cannot start: {error}"))?.block_on(asking)
}

/// Whether a program is in the PATH of this process; `None` where that depends on a folder.
pub(crate) fn in_path(program: &str) -> Option<bool> {
    if program.contains('/') {
        return program.starts_with('/').then(|| is_executable(Path::new(program)));
    }
    let path = env::var_os("PATH")?;
    Some(env::split_paths(&path).any(|folder| is_executable(&folder.join(program))))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// A line on a terminal that goes away again.
struct Progress {
    shown: bool,
}

impl Progress {
    fn say(&mut self, line: &str) {
        let mut err = io::stderr().lock();
        if err.is_terminal() {
            // Nobody is left to be told when standard error is closed.
            let _ = write!(err, "\r\x1b[K{line}").and_then(|()| err.flush());
            self.shown = true;
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
