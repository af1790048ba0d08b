//! `dagu-rs check`: reports what is wrong with DAG files.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use dagu_schema::{LARGEST_TEXT, Severity, looks_like_dag};
use ignore::WalkBuilder;

use crate::Exit;
use crate::config;
use crate::facts::{self, Machine};
use crate::mend::Mending;
use crate::output::{self, Checked, Color, Format, complain, fail};

/// What `check` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders to check; `-` reads standard input. Folders are searched for DAGs.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// The path that standard input is reported under.
    #[arg(long, value_name = "PATH")]
    stdin_filename: Option<PathBuf>,
    /// How findings are printed.
    #[arg(long, value_enum, default_value = "full")]
    format: Format,
    /// The least severity that makes the exit code 1.
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// When the report has colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
    /// Apply fixes before the report: `safe` ones, which keep what the author meant, or `all`.
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    fix: Option<Fixes>,
    /// Print what --fix would change as a unified diff, and write nothing.
    #[arg(long)]
    diff: bool,
    /// Also ask the container engine about the images, and look on this machine for what the DAGs need of it. Nothing
    /// is executed.
    #[arg(long)]
    probe: bool,
    #[command(flatten)]
    config: config::Options,
    #[command(flatten)]
    machine: facts::Options,
}

/// Which fixes are applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Fixes {
    /// Those that keep or restore what the author meant.
    Safe,
    /// Also those that change what the DAG does, or guess.
    All,
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

/// Checks what the arguments name and prints the report.
pub(crate) fn check(args: &Args) -> Exit {
    let machine = match Machine::new(&args.machine) {
        Ok(machine) => machine.configured(&args.config),
        Err(trouble) => return fail(&trouble),
    };
    let mut inputs = Vec::new();
    let mut troubles = Vec::new();
    for path in &args.paths {
        collect(path, args, &mut inputs, &mut troubles);
    }
    look_once(&mut inputs);
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
    let fixes = args.fix.or(args.diff.then_some(Fixes::Safe));
    // Beside a text on standard output, the report stands on standard error.
    let text_on_stdout = fixes.is_some() && (args.diff || args.paths.iter().any(|path| path == Path::new("-")));
    let mut mending = fixes.map(|fixes| Mending::new(fixes == Fixes::All, args.diff));
    let mut files: Vec<Checked> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let checked = match &mut mending {
            None => Ok(judge(&machine, &input)),
            Some(mending) => mending.mend(&machine, &input, &mut troubles),
        };
        match checked {
            Ok(checked) => files.push(checked),
            // The reader has seen enough, as in `dagu-rs check --diff | head`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            Err(error) => return fail(&format!("cannot write to standard output: {error}")),
        }
    }
    for trouble in &troubles {
        complain(trouble);
    }
    let failed = files.iter().flat_map(|file| &file.diagnostics).any(|diagnostic| args.fail_on.fails(diagnostic.severity));
    let nothing = files.is_empty() && troubles.is_empty();
    if nothing {
        let paths: Vec<String> = args.paths.iter().map(|path| path.display().to_string()).collect();
        complain(&format!("no DAG found in {}: a DAG is a .yaml or .yml file with `steps:`", paths.join(", ")));
    }
    let reported = match () {
        // A diff is of the text as it was, and the findings are about what it would be.
        () if args.diff => Ok(()),
        () if text_on_stdout => report(args, &files, false, &mut io::stderr().lock()),
        () => report(args, &files, args.color.enabled(), &mut io::stdout().lock()),
    };
    if let Err(error) = reported {
        return fail(&format!("cannot write the report: {error}"));
    }
    if let Some(mending) = mending {
        mending.say(&files);
    }
    match () {
        () if !troubles.is_empty() => Exit::Error,
        () if nothing => Exit::Nothing,
        () if failed => Exit::Failure,
        () => Exit::Success,
    }
}

fn report(args: &Args, files: &[Checked], color: bool, out: &mut dyn io::Write) -> io::Result<()> {
    if files.is_empty() && args.format == Format::Full {
        return Ok(());
    }
    let mut out = io::BufWriter::new(out);
    match output::write(args.format, color, files, &mut out).and_then(|()| out.flush()) {
        // The reader has seen enough, as in `dagu-rs check | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// What standard input is called that was given no name.
const STDIN: &str = "<stdin>";

/// A text to check and the path it is reported under.
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Whether it was read from standard input.
    pub(crate) stdin: bool,
}

impl Input {
    /// Its path, when it has one.
    pub(crate) fn file(&self) -> Option<&Path> {
        Some(self.path.as_path()).filter(|path| *path != Path::new(STDIN))
    }
}

fn judge(machine: &Machine, input: &Input) -> Checked {
    Checked::new(&input.path, machine.check(input.file(), &input.text))
}

fn collect(path: &Path, args: &Args, inputs: &mut Vec<Input>, troubles: &mut Vec<String>) {
    if path == Path::new("-") {
        let name = args.stdin_filename.clone().unwrap_or_else(|| PathBuf::from(STDIN));
        let read = read_limited(io::stdin().lock(), &name);
        return add(read.map(|text| Some(Input { path: name, text, stdin: true })), inputs, troubles);
    }
    match std::fs::metadata(path) {
        Err(error) => troubles.push(format!("cannot read {}: {}", path.display(), reason(&error))),
        Ok(metadata) if metadata.is_dir() => search(path, inputs, troubles),
        Ok(_) => add(read_file(path).map(|text| Some(Input { path: path.to_owned(), text, stdin: false })), inputs, troubles),
    }
}

/// Finds the DAGs in a folder, in the order of their paths: `.yaml` and `.yml` files that are not
/// ignored by git and look like DAGs.
pub(crate) fn search(folder: &Path, inputs: &mut Vec<Input>, troubles: &mut Vec<String>) {
    let walk = WalkBuilder::new(folder).sort_by_file_path(Path::cmp).build();
    for entry in walk {
        match entry {
            Err(error) => troubles.push(format!("cannot search {}: {error}", folder.display())),
            Ok(entry) => {
                let path = entry.path();
                let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
                if yaml && entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink()) {
                    let read =
                        read_file(path).map(|text| looks_like_dag(&text).then(|| Input { path: path.to_owned(), text, stdin: false }));
                    add(read, inputs, troubles);
                }
            }
        }
    }
}

/// Leaves out files that were named before, by another path too. A link is a DAG of its own: the
/// file's name is the DAG's.
pub(crate) fn look_once(inputs: &mut Vec<Input>) {
    let mut seen = HashSet::new();
    inputs.retain(|input| {
        let folder = input.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        input.stdin || seen.insert((folder, input.path.file_name().map(OsStr::to_owned)))
    });
}

fn add(read: Result<Option<Input>, String>, inputs: &mut Vec<Input>, troubles: &mut Vec<String>) {
    match read {
        Ok(input) => inputs.extend(input),
        Err(trouble) => troubles.push(trouble),
    }
}

pub(crate) fn read_file(path: &Path) -> Result<String, String> {
    // Opening a pipe waits for somebody to write into it; those under /dev are made by a shell.
    let kind = std::fs::metadata(path).ok().map(|there| there.file_type());
    if kind.is_some_and(|kind| !kind.is_file() && !kind.is_dir()) && !path.starts_with("/dev") {
        return Err(format!("cannot read {}: it is no regular file; `-` stands for standard input", path.display()));
    }
    let file = std::fs::File::open(path).map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))?;
    read_limited(file, path)
}

fn read_limited(reader: impl Read, path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let read = reader.take(LARGEST_TEXT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))?;
    if bytes.len() > LARGEST_TEXT {
        return Err(format!("{} is too large to be a DAG: dagu-rs reads files of up to {} MiB", path.display(), LARGEST_TEXT >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("{} is not UTF-8 text: the first byte that is not stands on line {line}", path.display())
    })
}

/// The reason of an I/O error without the number of the operating system.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        _ => error.to_string(),
    }
}
