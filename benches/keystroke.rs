//! What an author waits for: from a keystroke to its findings, completion and hover, over the server's standard streams:
//! `cargo bench --bench keystroke`; in files of your own, `cargo bench --bench keystroke -- FILE...`.
//!
//! Times are in milliseconds, the median and the 95th percentile.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod editor;

use std::io;
use std::path::{Path, PathBuf};

use editor::{Editor, percentiles};

/// Keystrokes, and requests of each kind.
const TIMES: usize = 60;

/// Steps of the kinds that people write: each waits for the one before it, some in containers, some with an agent.
fn dag(steps: usize) -> String {
    let mut text = String::from("description: Work on all parts\nparams:\n  - name: day\n    default: today\nsteps:\n");
    for step in 0..steps {
        text += &match step % 3 {
            0 => format!(
                "  - id: step_{step}\n    run: |\n      fetch.sh ${{params.day}} > {step}.csv\n      wc -l {step}.csv\n    timeout_sec: 60\n"
            ),
            1 => format!("  - id: step_{step}\n    run: make part_{step}\n    container:\n      image: registry.local/build:1.4\n"),
            _ => format!(
                "  - id: step_{step}\n    action: harness.run\n    with: {{provider: claude, prompt: Look at part {step}.}}\n    timeout_sec: 600\n"
            ),
        };
        if step > 0 {
            text += &format!("    depends: [step_{}]\n", step - 1);
        }
    }
    text
}

/// The byte behind a part of the text, after its middle where there is one.
fn behind(text: &str, part: &str) -> Option<usize> {
    let middle = (text.len() / 2..text.len()).find(|&at| text.is_char_boundary(at))?;
    let found = text[middle..].find(part).map(|at| middle + at).or_else(|| text.find(part))?;
    Some(found + part.len())
}

fn measure(path: &Path, text: &str) -> io::Result<()> {
    let (mut editor, ready) = Editor::start()?;
    let opened = editor.open(path, text)?;
    let typed = behind(text, "run: ").unwrap_or(text.len());
    let mut keystrokes = Vec::new();
    let (mut completions, mut completions_at_once, mut hovers) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..TIMES {
        let from = if time % 2 == 0 { editor.edit(typed, typed, "x")? } else { editor.edit(typed, typed + 1, "")? };
        keystrokes.push(editor.findings()?.0 - from);
    }
    let place = behind(text, "\n    ").unwrap_or(0);
    for _ in 0..TIMES {
        completions.push(editor.ask("textDocument/completion", place)?.0);
        hovers.push(editor.ask("textDocument/hover", place)?.0);
    }
    for time in 0..TIMES {
        let from = if time % 2 == 0 { editor.edit(typed, typed, "x")? } else { editor.edit(typed, typed + 1, "")? };
        editor.ask("textDocument/completion", place)?;
        completions_at_once.push(from.elapsed());
        editor.findings()?;
    }
    let memory = editor.memory().map_or_else(|| "-".to_owned(), |(now, most)| format!("{}/{}", now >> 10, most >> 10));
    let shown = |times: &mut Vec<_>| {
        let (half, most) = percentiles(times);
        format!("{half:.1}/{most:.1}")
    };
    println!(
        "{:<18} {:>7} {:>6.1} {:>7.1} {:>12} {:>12} {:>14} {:>12} {memory:>10}",
        path.file_name().unwrap_or_default().to_string_lossy(),
        text.lines().count(),
        ready.as_secs_f64() * 1e3,
        opened.as_secs_f64() * 1e3,
        shown(&mut keystrokes),
        shown(&mut completions),
        shown(&mut completions_at_once),
        shown(&mut hovers),
    );
    editor.end()
}

fn main() -> io::Result<()> {
    println!(
        "{:<18} {:>7} {:>6} {:>7} {:>12} {:>12} {:>14} {:>12} {:>10}",
        "file", "lines", "start", "open", "keystroke", "completion", "typed+compl.", "hover", "MiB/most"
    );
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).filter(|path| path.is_file()).collect();
    for file in &files {
        measure(&file.canonicalize()?, &std::fs::read_to_string(file)?)?;
    }
    if files.is_empty() {
        for (name, steps) in [("200 lines", 36), ("1,000 steps", 1_000), ("10,000 steps", 10_000)] {
            measure(&Path::new("/dags").join(name), &dag(steps))?;
        }
    }
    Ok(())
}
