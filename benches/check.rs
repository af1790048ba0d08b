//! What checking costs beyond parsing, and how both grow with the text: `cargo bench --bench check`.
//!
//! Times are the best of several runs in one process; quote the ratios, not the milliseconds.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use dagu_schema::syntax::Tree;
use dagu_schema::{Facts, analyze};

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

fn best(runs: usize, mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..runs).map(time).min().unwrap_or_default()
}

fn main() {
    println!("{:>8} {:>9} {:>10} {:>10} {:>7} {:>12}", "steps", "KiB", "parse ms", "check ms", "ratio", "ms/1k steps");
    for (steps, runs) in [(10, 200), (100, 100), (1_000, 20), (10_000, 5), (100_000, 2)] {
        let text = graph(steps);
        let facts = Facts::default();
        let parse = best(runs, || drop(black_box(Tree::parse(black_box(&text)))));
        let check = best(runs, || drop(black_box(analyze(black_box(&text), &facts))));
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        println!(
            "{steps:>8} {:>9} {:>10.3} {:>10.3} {:>7.2} {:>12.3}",
            text.len() >> 10,
            millis(parse),
            millis(check),
            check.as_secs_f64() / parse.as_secs_f64(),
            millis(check) * 1e3 / steps as f64
        );
    }
}
