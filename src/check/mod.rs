//! `dagu-rs check`: reports what is wrong with DAG files.

mod baseline;
mod changed;
mod mend;
mod report;
mod watch;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dagu_schema::Severity;

use self::baseline::Baseline;
use self::mend::{Change, Mending};
use crate::Exit;
use crate::config;
use crate::facts::{self, Machine};
use crate::files::{Input, Search, batches, stdin_name};
use crate::output::{Checked, complain, fail};

/// What `check` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders to check; `-` reads standard input. Folders are searched for DAGs.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The path that standard input is reported under.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// Of the files that are named, too, look only at those that are DAGs (standard input is taken for one); none is a
    /// success. For hooks, which name every YAML file.
    #[arg(long)]
    only_dags: bool,
    /// Look only at files that differ from a revision of git, or that git does not know. Where a branch has left the
    /// revision, from the point where it did.
    #[arg(long, value_name = "REVISION")]
    changed_since: Option<String>,
    #[command(flatten)]
    report: report::Options,
    #[command(flatten)]
    limits: Limits,
    /// Apply fixes before the report: `safe` ones, which keep what the author meant, or `all`.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    fix: Option<Fixes>,
    /// Suppress every finding by a comment in its file, with a reason, before the report.
    #[arg(long, value_name = "REASON", value_parser = one_line, num_args = 0..=1, require_equals = true, default_missing_value = "", conflicts_with = "fix")]
    add_ignore: Option<String>,
    /// Print what --fix or --add-ignore would change as a unified diff, and write nothing.
    #[arg(long)]
    diff: bool,
    /// Do not report the findings that are in this file.
    #[arg(long, value_name = "FILE", conflicts_with = "add_ignore")]
    baseline: Option<PathBuf>,
    /// Write all findings to this file, for --baseline, and report none.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "fix", "diff", "add_ignore", "watch"])]
    write_baseline: Option<PathBuf>,
    /// Check again whenever a file changes, until interrupted.
    #[arg(long, conflicts_with_all = ["fix", "diff", "add_ignore"])]
    watch: bool,
    /// Also ask the container engine about the images, and look on this machine for what the DAGs need of it. Nothing
    /// is executed.
    #[arg(long)]
    probe: bool,
    /// Say which files were left alone, and why.
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    config: config::Options,
    #[command(flatten)]
    machine: facts::Options,
}

/// A reason goes into a comment, which ends with its line.
fn one_line(text: &str) -> Result<String, &'static str> {
    if text.contains(char::is_control) { Err("a reason is one line of text") } else { Ok(text.trim().to_owned()) }
}

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fixes {
    /// Those that keep or restore what the author meant.
    Safe,
    /// Also those that change what the DAG does, or guess.
    All,
}

/// What makes the exit code 1.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
struct Limits {
    /// The least severity that makes the exit code 1.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Make the exit code 1 also when there are more warnings than this.
    #[arg(long, value_name = "NUMBER")]
    max_warnings: Option<usize>,
    /// Make the exit code 0 whatever is found.
    #[arg(long)]
    exit_zero: bool,
}

/// A severity from which a check fails.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Hint,
    Never,
}

impl Args {
    /// What is to be done to the files.
    fn change(&self) -> Option<Change> {
        match (self.fix, &self.add_ignore) {
            (Some(fixes), _) => Some(Change::Fix { all: fixes == Fixes::All }),
            (None, Some(reason)) => Some(Change::Ignore { reason: reason.clone() }),
            (None, None) => self.diff.then_some(Change::Fix { all: false }),
        }
    }
}

impl FailOn {
    fn fails(self, severity: Severity) -> bool {
        let least = match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
            Self::Hint => Severity::Hint,
            Self::Never => return false,
        };
        severity >= least
    }
}

impl Limits {
    /// Whether findings are too many or too bad. Says so where it is not plain from the report.
    fn fail(&self, files: &[Checked]) -> bool {
        let findings = || files.iter().flat_map(|file| &file.diagnostics);
        let warnings = findings().filter(|found| found.severity == Severity::Warning).count();
        let too_many = self.max_warnings.filter(|&most| warnings > most);
        if let Some(most) = too_many {
            complain(&format!("too many warnings: {warnings}, with --max-warnings {most}"));
        }
        !self.exit_zero && (too_many.is_some() || findings().any(|found| self.fail_on.fails(found.severity)))
    }
}

/// Files that are checked together: so many that rules are near when they are needed again, and so few that the files are.
const TOGETHER: usize = 8;

fn judge(machine: &Machine, inputs: &[Input]) -> Vec<Checked> {
    let texts: Vec<_> = inputs.iter().map(|input| (input.file(), input.text.as_str())).collect();
    inputs.iter().zip(machine.check_all(&texts)).map(|(input, analysis)| Checked::new(&input.path, analysis)).collect()
}

/// Checks what the arguments name and prints the report.
pub(crate) fn check(args: &Args) -> Exit {
    if let Err(trouble) = args.report.possible() {
        return fail(&trouble);
    }
    if !args.watch {
        return once(args);
    }
    if args.paths.iter().any(|path| path == Path::new("-")) {
        return fail("--watch looks at files, and `-` stands for standard input");
    }
    let round = || {
        once(args);
    };
    match watch::watch(&args.paths, args.report.output_file(), round) {
        Ok(()) => Exit::Success,
        Err(trouble) => fail(&trouble),
    }
}

fn once(args: &Args) -> Exit {
    let machine = match Machine::new(&args.machine) {
        Ok(machine) => machine.configured(&args.config).settled(),
        Err(trouble) => return fail(&trouble),
    };
    let mut baseline = match args.baseline.as_deref().map(Baseline::read).transpose() {
        Ok(baseline) => baseline,
        Err(trouble) => return fail(&trouble),
    };
    let stdin = stdin_name(args.stdin_filename.as_ref());
    let mut search = Search::of(&args.paths, machine.configs(), args.only_dags, Some(&stdin));
    if let Some(revision) = &args.changed_since
        && let Err(trouble) = changed::keep(&mut search.found, revision)
    {
        return fail(&trouble);
    }
    let inputs = search.read();
    let Search { mut troubles, notes, left_alone, .. } = search;
    notes.iter().for_each(|note| complain(note));
    if args.verbose {
        left_alone.iter().for_each(|(path, why)| complain(&format!("left alone: {}: {why}", path.display())));
    }
    let misconfigured = machine.configs().troubles(inputs.iter().map(Input::file));
    if !misconfigured.is_empty() {
        misconfigured.iter().for_each(|trouble| complain(trouble));
        return Exit::Error;
    }
    let machine = if args.probe {
        let (machine, unanswered) = machine.probed(inputs.iter().map(|input| (input.file(), input.text.as_str())));
        troubles.extend(unanswered);
        machine
    } else {
        machine
    };
    let mut mending = args.change().map(|change| Mending::new(change, args.diff));
    let judged = match &mut mending {
        None => Ok(batches(&inputs, TOGETHER, |inputs| judge(&machine, inputs))),
        Some(mending) => mending.mend(&machine, inputs, &mut troubles),
    };
    let mut files = match judged {
        Ok(files) => files,
        Err(error) => return fail(&format!("cannot write to standard output: {error}")),
    };
    troubles.iter().for_each(|trouble| complain(trouble));
    let nothing = files.is_empty() && troubles.is_empty();
    let may_be_none = args.only_dags || args.changed_since.is_some();
    if nothing && !may_be_none {
        let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        complain(&format!("no DAG found in {}: a DAG is a .yaml or .yml file with `steps:`", paths.join(", ")));
    }
    if let Some(path) = &args.write_baseline {
        return match Baseline::write(path, &files) {
            Ok(number) => {
                complain(&format!("{number} finding{} in {} now", if number == 1 { "" } else { "s" }, path.display()));
                if troubles.is_empty() { Exit::Success } else { Exit::Error }
            }
            Err(trouble) => fail(&trouble),
        };
    }
    if let (Some(baseline), Some(path)) = (&mut baseline, &args.baseline) {
        let gone = baseline.apply(&mut files);
        if gone > 0 {
            let shown = path.display();
            complain(&format!("{gone} of the findings in {shown} are gone: `--write-baseline {shown}` takes them out"));
        }
    }
    let failed = args.limits.fail(&files);
    // A diff is of the text as it was, and the findings are about what it would be.
    if !args.diff {
        // Beside a text on standard output, the report stands on standard error.
        let beside = mending.is_some() && args.paths.iter().any(|path| path == Path::new("-"));
        if let Err(trouble) = args.report.write(&files, beside) {
            return fail(&trouble);
        }
    }
    if let Some(mending) = mending {
        mending.say(&files);
    }
    match () {
        () if !troubles.is_empty() => Exit::Error,
        () if nothing && !may_be_none => Exit::Nothing,
        () if failed => Exit::Failure,
        () => Exit::Success,
    }
}
