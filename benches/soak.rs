//! Hours at the keyboard: random edits at typing speed, `cargo bench --bench soak -- MINUTES FILE`. At the end of every pause the
//! server's findings must be those of `dagu-rs check` of the same text; in the end its memory must be what it was. One line a
//! minute; the exit code is 1 when something was missed or memory has grown.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[allow(dead_code, reason = "requests at a place are measured elsewhere")]
mod editor;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use editor::{Editor, percentiles};
use serde_json::{Value, json};

/// What is typed letter by letter, or pasted whole.
const TYPED: [&str; 8] = [
    "    depends: [",
    "\n  - id: other\n    run: echo naïve 日本 🚀\n",
    "${params.day}",
    "timeout_sec: ",
    "container:\n      image: alpine:3.20\n",
    "'\"{[",
    "# a remark\n",
    "\t",
];

/// Edits that may pile up until they are undone one by one.
const MOST_UNDONE: usize = 120;

/// Numbers that look like chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// An author, who remembers what was done.
struct Author {
    editor: Editor,
    chance: Chance,
    /// Where, what was there, and what is there now.
    done: Vec<(usize, String, String)>,
    edits: u64,
    sent: Instant,
}

impl Author {
    fn replace(&mut self, start: usize, end: usize, new: &str) -> io::Result<()> {
        let old = self.editor.text.get(start..end).unwrap_or_default().to_owned();
        self.sent = self.editor.edit(start, end, new)?;
        self.done.push((start, old, new.to_owned()));
        self.edits += 1;
        // Six to twelve keys a second.
        thread::sleep(Duration::from_millis(80 + self.chance.below(80) as u64));
        Ok(())
    }

    /// A place in the text, not inside of a line's end.
    fn somewhere(&mut self) -> usize {
        let text = &self.editor.text;
        let is_place = |at: &usize| text.is_char_boundary(*at) && !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n'));
        (0..=self.chance.below(text.len() + 1)).rev().find(is_place).unwrap_or(0)
    }

    fn undo(&mut self) -> io::Result<()> {
        let Some((start, old, new)) = self.done.pop() else { return Ok(()) };
        self.replace(start, start + new.len(), &old)?;
        self.done.pop();
        Ok(())
    }

    /// Does something for a few seconds.
    fn burst(&mut self) -> io::Result<()> {
        let mut at = self.somewhere();
        let typed = TYPED[self.chance.below(TYPED.len())];
        match self.chance.below(4) {
            0 => self.replace(at, at, typed)?,
            1 => {
                for _ in 0..self.chance.below(10) {
                    let rest = &self.editor.text[at..];
                    let next = if rest.starts_with("\r\n") { 2 } else { rest.chars().next().map_or(0, char::len_utf8) };
                    self.replace(at, at + next, "")?;
                }
            }
            2 => {
                for _ in 0..self.chance.below(20) {
                    self.undo()?;
                }
            }
            _ => {
                for letter in typed.chars() {
                    self.replace(at, at, letter.encode_utf8(&mut [0; 4]))?;
                    at += letter.len_utf8();
                }
            }
        }
        while self.done.len() > MOST_UNDONE {
            self.undo()?;
        }
        Ok(())
    }
}

/// What both sides say of a finding.
fn terms(rule: &Value, message: String, [from_line, from, to_line, to]: [u64; 4]) -> Value {
    json!([rule, message, from_line, from, to_line, to])
}

/// The findings of a fresh check.
fn check(path: &Path, text: &str) -> io::Result<Vec<Value>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
    command.args(["check", "--exit-zero", "--format", "json", "--stdin-filename"]).arg(path).arg("-");
    let mut check = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = check.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let report: Value = serde_json::from_slice(&check.wait_with_output()?.stdout)?;
    let found = report["diagnostics"].as_array().into_iter().flatten();
    let of = |found: &Value| {
        let help = found["help"].as_str().map_or_else(String::new, |help| format!("\nhelp: {help}"));
        let number = |end: &str, part: &str| found[end][part].as_u64().unwrap_or_default().saturating_sub(1);
        let places = [number("start", "line"), number("start", "column"), number("end", "line"), number("end", "column")];
        terms(&found["rule"], format!("{}{help}", found["message"].as_str().unwrap_or_default()), places)
    };
    Ok(found.map(of).collect())
}

/// The findings that the server sent.
fn published(found: &[Value]) -> Vec<Value> {
    let of = |found: &Value| {
        let number = |end: &str, part: &str| found["range"][end][part].as_u64().unwrap_or_default();
        let places = [number("start", "line"), number("start", "character"), number("end", "line"), number("end", "character")];
        terms(&found["code"], found["message"].as_str().unwrap_or_default().to_owned(), places)
    };
    found.iter().map(of).collect()
}

fn soak(minutes: f64, path: &Path) -> io::Result<bool> {
    let text = std::fs::read_to_string(path)?;
    let (mut editor, _) = Editor::start()?;
    editor.open(path, &text)?;
    let from = Instant::now();
    let mut author = Author { editor, chance: Chance(from.elapsed().subsec_nanos().into()), done: Vec::new(), edits: 0, sent: from };
    let (mut pauses, mut missed, mut settled, mut minute) = (0, 0, None, 1.0);
    let mut times = Vec::new();
    println!("{:>7} {:>8} {:>7} {:>7} {:>9} {:>9} {:>8} {:>8}", "minute", "edits", "pauses", "missed", "p50 ms", "p95 ms", "MiB", "most");
    loop {
        let elapsed = from.elapsed().as_secs_f64() / 60.0;
        author.burst()?;
        if author.edits > 0 {
            // After a burst that changed nothing, there are no new findings to wait for.
            let at = author.editor.text.len();
            author.replace(at, at, "\n")?;
            author.undo()?;
            let (when, found) = author.editor.findings()?;
            times.push(when.saturating_duration_since(author.sent));
            pauses += 1;
            if published(&found) != check(path, &author.editor.text)? {
                missed += 1;
                let kept = std::env::temp_dir().join(format!("soak-{pauses}.yaml"));
                std::fs::write(&kept, &author.editor.text)?;
                println!("the findings of {} are others than those of a fresh check", kept.display());
            }
        }
        let memory = author.editor.memory();
        if settled.is_none() && elapsed > minutes / 10.0 {
            settled = memory;
        }
        if elapsed >= minute || elapsed >= minutes {
            minute += 1.0;
            let (half, most) = percentiles(&mut times);
            let mebibytes = |of: fn((u64, u64)) -> u64| memory.map_or_else(|| "-".to_owned(), |memory| (of(memory) >> 10).to_string());
            let (now, peak) = (mebibytes(|memory| memory.0), mebibytes(|memory| memory.1));
            println!("{elapsed:>7.1} {:>8} {pauses:>7} {missed:>7} {half:>9.1} {most:>9.1} {now:>8} {peak:>8}", author.edits);
            times.clear();
        }
        if elapsed >= minutes {
            let grown = memory.zip(settled).is_some_and(|((now, _), (then, _))| now > then + then / 5 + (16 << 10));
            if grown {
                println!("memory has grown");
            }
            author.editor.end()?;
            return Ok(missed == 0 && !grown);
        }
    }
}

fn main() -> io::Result<std::process::ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [minutes, file] = arguments.as_slice() else {
        println!("cargo bench --bench soak -- MINUTES FILE");
        return Ok(std::process::ExitCode::SUCCESS);
    };
    let minutes = minutes.parse().map_err(io::Error::other)?;
    let is_well = soak(minutes, &PathBuf::from(file).canonicalize()?)?;
    Ok(if is_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE })
}
