//! What `dagu-rs check` costs on a repository, beside only finding, reading and parsing the files, and how both grow with the
//! number of files: `cargo bench --bench repository`; of other folders, `cargo bench --bench repository -- FOLDER...`.
//!
//! Times are the best of several runs: of the command as a whole, and of this process with the files in the system's cache.
//! Quote the ratios and the growth, not the milliseconds.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dagu_schema::syntax::Tree;
use ignore::WalkBuilder;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Files in a folder of the repository.
const IN_A_FOLDER: usize = 100;

/// A DAG of some 30 lines: a pipeline, one in containers, or one with an agent.
fn dag(number: usize) -> String {
    let head = format!("name: job_{number}\ndescription: Work on part {number}\nschedule: \"{} 3 * * *\"\n", number % 60);
    let body = match number % 3 {
        0 => {
            "env:\n  - TARGET: /srv/data\nparams:\n  - name: day\n    default: today\nsteps:\n  - id: fetch\n    run: fetch.sh ${params.day}\n    \
             timeout_sec: 60\n  - id: clean\n    run: |\n      set -e\n      sort -u raw.csv > clean.csv\n      wc -l clean.csv\n    depends: fetch\n  - id: \
             load\n    run: load.sh clean.csv \"$TARGET\"\n    depends: clean\n    retry_policy:\n      limit: 3\n      interval_sec: 10\n  - id: \
             report\n    run: report.sh\n    depends: [load]\n    continue_on:\n      failure: true\nhandler_on:\n  failure:\n    run: notify.sh failed\n"
        }
        1 => {
            "steps:\n  - id: build\n    run: make all\n    container:\n      image: registry.local/build:1.4\n      pull_policy: missing\n      env:\n        \
             - JOBS=2\n      volumes:\n        - ./src:/src:ro\n  - id: test\n    run: make test\n    depends: build\n    container:\n      image: \
             registry.local/build:1.4\n      working_dir: /src\n      volumes:\n        - ./src:/src:ro\n  - id: publish\n    run: publish.sh\n    \
             depends: test\n    preconditions:\n      - condition: test -f ok\n"
        }
        _ => {
            "type: graph\nsteps:\n  - id: collect\n    run: collect.sh\n    output: FOUND\n  - id: review\n    action: harness.run\n    with:\n      \
             provider: claude\n      model: sonnet\n      prompt: |\n        Look at what was collected, and say what is wrong with it.\n        Be \
             short.\n    timeout_sec: 600\n    depends: collect\n  - id: keep\n    run: keep.sh \"${FOUND}\"\n    depends: [review]\n    \
             repeat_policy:\n      repeat: while\n      condition: test -f again\n      interval_sec: 5\n      limit: 10\n"
        }
    };
    head + body
}

fn repository(files: usize) -> io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for number in 0..files {
        let below = folder.path().join(format!("{:04}", number / IN_A_FOLDER));
        if number % IN_A_FOLDER == 0 {
            fs::create_dir(&below)?;
        }
        fs::write(below.join(format!("job_{number}.yaml")), dag(number))?;
    }
    Ok(folder)
}

/// Finds, reads and parses every file, on all processors.
fn parse(folder: &Path) -> usize {
    let files: Vec<PathBuf> = WalkBuilder::new(folder).build().filter_map(|entry| Some(entry.ok()?.into_path())).collect();
    let read = |path: &PathBuf| fs::read_to_string(path).ok().map(|text| black_box(Tree::parse(&text)).0.documents.len());
    files.par_iter().filter_map(read).sum()
}

/// The command, with its findings printed to nobody.
fn check(folder: &Path) -> io::Result<()> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.args(["check", "--no-base-config", "--format", "concise"]).arg(folder);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().map(drop)
}

/// The best time of some runs of each, one after the other, and the median of the ratios.
fn times(runs: usize, folder: &Path) -> io::Result<(Duration, Duration, f64)> {
    let mut pairs = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        black_box(parse(folder));
        let parsed = start.elapsed();
        let start = Instant::now();
        check(folder)?;
        pairs.push((parsed, start.elapsed()));
    }
    let mut ratios: Vec<f64> = pairs.iter().map(|(parsed, checked)| checked.as_secs_f64() / parsed.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let best = |times: &mut dyn Iterator<Item = Duration>| times.min().unwrap_or_default();
    let (parsed, checked) = (best(&mut pairs.iter().map(|pair| pair.0)), best(&mut pairs.iter().map(|pair| pair.1)));
    Ok((parsed, checked, ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)))
}

fn main() -> io::Result<()> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).filter(|path| path.is_dir()).collect();
    for folder in &folders {
        let (parsed, checked, ratio) = times(9, folder)?;
        println!("{}: parse {parsed:.1?}, check {checked:.1?}, ratio {ratio:.2}", folder.display());
    }
    if !folders.is_empty() {
        return Ok(());
    }
    println!("{:>7} {:>10} {:>10} {:>7} {:>12} {:>7}", "files", "parse ms", "check ms", "ratio", "files/s", "growth");
    let mut before: Option<f64> = None;
    for (files, runs) in [(1_000, 15), (10_000, 7), (100_000, 3)] {
        let folder = repository(files)?;
        let (parsed, checked, ratio) = times(runs, folder.path())?;
        let [parsed, checked] = [parsed, checked].map(|time| time.as_secs_f64() * 1e3);
        let growth = before.replace(checked).map_or_else(String::new, |before| format!("{:.1}", checked / before));
        println!("{files:>7} {parsed:>10.1} {checked:>10.1} {ratio:>7.2} {:>12.0} {growth:>7}", files as f64 * 1e3 / checked);
    }
    Ok(())
}
