//! What checking costs beyond parsing, and how both grow with the text: `cargo bench --bench check`.
//!
//! Times are the best of several runs in one process; quote the ratios and the growth, not the milliseconds.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use dagu_schema::syntax::Tree;
use dagu_schema::{Facts, analyze, judge_all, read};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A graph in which each step depends on the one before it and a container is shared.
fn graph(steps: usize) -> String {
    let mut text = String::from("container:\n  image: alpine:3.20\n  shell: [/bin/sh, -c]\nsteps:\n");
    for step in 0..steps {
        text += &format!("  - id: step_{step}\n    run: echo {step} > file_{step}.txt\n    timeout_sec: 60\n");
        if step > 0 {
            text += &format!("    depends: [step_{}]\n", step - 1);
        }
    }
    text
}

/// What parsing and checking the same texts took.
struct Costs {
    parse: Duration,
    check: Duration,
    /// The median over the pairs of runs of checking's time in times parsing's. The two of a pair run one after the
    /// other, so that a machine that slows down or speeds up changes both.
    ratio: f64,
}

fn costs(runs: usize, texts: &[String]) -> Costs {
    let facts = Facts::default();
    let parse = || texts.iter().for_each(|text| drop(black_box(Tree::parse(black_box(text)))));
    compare(runs, parse, || texts.iter().for_each(|text| drop(black_box(analyze(black_box(text), &facts)))))
}

fn compare(runs: usize, parse: impl Fn(), check: impl Fn()) -> Costs {
    let mut pairs: Vec<(Duration, Duration)> = (0..runs).map(|_| (time(&parse), time(&check))).collect();
    let ratio = |(parse, check): &(Duration, Duration)| check.as_secs_f64() / parse.as_secs_f64();
    pairs.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    Costs {
        parse: pairs.iter().map(|pair| pair.0).min().unwrap_or_default(),
        check: pairs.iter().map(|pair| pair.1).min().unwrap_or_default(),
        ratio: pairs.get(pairs.len() / 2).map_or(f64::NAN, ratio),
    }
}

fn time(work: impl Fn()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn main() -> std::io::Result<()> {
    println!("{:>8} {:>9} {:>10} {:>10} {:>7} {:>12} {:>7}", "steps", "KiB", "parse ms", "check ms", "ratio", "ms/1k steps", "growth");
    let mut before = None;
    for (steps, runs) in [(10, 500), (100, 200), (1_000, 50), (10_000, 15), (100_000, 5)] {
        let texts = [graph(steps)];
        let costs = costs(runs, &texts);
        let check = millis(costs.check);
        let growth = before.replace(check).map_or_else(String::new, |before| format!("{:.1}", check / before));
        println!(
            "{steps:>8} {:>9} {:>10.3} {check:>10.3} {:>7.2} {:>12.3} {growth:>7}",
            texts.iter().map(String::len).sum::<usize>() >> 10,
            millis(costs.parse),
            costs.ratio,
            check * 1e3 / steps as f64
        );
    }
    let corpus = corpus()?;
    let costs = costs(50, &corpus);
    let (parse, check) = (millis(costs.parse), millis(costs.check));
    println!("{} DAGs of tests/corpus: parse {parse:.3} ms, check {check:.3} ms, ratio {:.2}", corpus.len(), costs.ratio);
    let costs = batches(50, &corpus);
    let (parse, check) = (millis(costs.parse), millis(costs.check));
    println!("the same in batches, as the command does: parse {parse:.3} ms, check {check:.3} ms, ratio {:.2}", costs.ratio);
    Ok(())
}

/// [`costs`] where some texts are checked together.
fn batches(runs: usize, texts: &[String]) -> Costs {
    let texts: Vec<&[String]> = texts.chunks(8).collect();
    let parse = |texts: &&[String]| texts.iter().for_each(|text| drop(black_box(Tree::parse(black_box(text)))));
    let check =
        |texts: &&[String]| drop(black_box(judge_all(texts.iter().map(|text| (read(black_box(text), None), Facts::default())).collect())));
    compare(runs, || texts.iter().for_each(parse), || texts.iter().for_each(check))
}

/// The DAGs that the project keeps as good ones: what people write, not what a loop writes.
fn corpus() -> std::io::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            texts.push(std::fs::read_to_string(path)?);
        }
    }
    Ok(texts)
}
