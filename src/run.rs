//! `dagu-rs run`: runs a DAG.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use dagu_runner::console::Color;
use dagu_runner::{CANNOT_RUN, Request};
use dagu_schema::Severity;
use dagu_schema::workflow::visibility::Semantics;

use crate::facts::{self, Machine};
use crate::files::read_file;
use crate::output::{self, Checked, Format, complain, fail};

/// What `run` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 the run succeeded, 1 a step failed, 2 the run could not begin (usage, I/O, an error in the DAG, no \
container engine, no image), 124 the DAG's time limit passed, 130 interrupted.
Ctrl-C once tells running steps to end and runs the abort and exit handlers; twice ends everything at once. Containers \
are removed either way.
The container engine is Docker, at DOCKER_HOST or /var/run/docker.sock; with DAGU_CONTAINER_RUNTIME=podman it is \
Podman, at DAGU_PODMAN_HOST, the rootful or the rootless socket.
Logs are kept below DAGU_RS_HOME, XDG_STATE_HOME/dagu-rs or ~/.local/state/dagu-rs.")]
pub(crate) struct Args {
    /// The DAG file.
    file: PathBuf,
    /// Print what would be done, and do nothing. No container engine is needed.
    #[arg(long)]
    dry_run: bool,
    /// Start every step that `depends` allows, also one that reads a file which another step writes.
    #[arg(long)]
    no_infer_depends: bool,
    #[command(flatten)]
    semantics: SemanticsOption,
    /// When the output has colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: output::Color,
    #[command(flatten)]
    machine: facts::Options,
    /// Parameters of the DAG, after `--`: `NAME=value`, or values by position.
    #[arg(last = true, value_name = "NAME=VALUE")]
    params: Vec<String>,
}

/// By whose rules a DAG is run, or shown.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SemanticsOption {
    /// Do what the Dagu engine was measured to do where it departs from its pages: which names reach which step, commands
    /// in containers without a shell, a scratch folder without `working_dir`, no order but that of `depends`.
    #[arg(long)]
    engine_semantics: bool,
}

impl SemanticsOption {
    pub(crate) fn get(self) -> Semantics {
        if self.engine_semantics { Semantics::Engine } else { Semantics::Contract }
    }
}

/// Runs a DAG.
pub(crate) fn run(args: Args) -> ExitCode {
    let text = match read_file(&args.file) {
        Ok(text) => text,
        Err(trouble) => return fail(&trouble).into(),
    };
    let machine = match Machine::new(&args.machine) {
        Ok(machine) => machine,
        Err(trouble) => return fail(&trouble).into(),
    };
    let mut analysis = machine.analyze(Some(&args.file), &text);
    let semantics = args.semantics.get();
    let by_engine = semantics == Semantics::Engine;
    analysis.diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error || (by_engine && diagnostic.refused));
    if !analysis.diagnostics.is_empty() {
        return refuse(&args, Checked::new(&args.file, analysis));
    }
    let color = Color { out: args.color.enabled(), err: enabled_on_stderr(args.color) };
    let infer_depends = !args.no_infer_depends;
    let (environment, params, dry_run) = (facts::environment(), args.params, args.dry_run);
    let request = Request { file: args.file, environment, params, dry_run, infer_depends, semantics, color };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}")).into(),
    };
    let code = match runtime.block_on(dagu_runner::run(&analysis, request)) {
        Ok(code) => code,
        Err(reasons) => {
            reasons.iter().for_each(|reason| complain(reason));
            CANNOT_RUN
        }
    };
    // A reader of ours may still block on a pipe that a step left open.
    runtime.shutdown_background();
    code.into()
}

/// Reports the errors for which a DAG is not run, on standard error.
fn refuse(args: &Args, checked: Checked) -> ExitCode {
    let mut err = io::stderr().lock();
    let written = output::write(Format::Full, enabled_on_stderr(args.color), &[checked], &mut err).and_then(|()| err.flush());
    drop(err);
    match written {
        Ok(()) => fail(&format!("{} has errors; nothing was run", args.file.display())).into(),
        Err(error) => fail(&format!("cannot write the report: {error}")).into(),
    }
}

/// As on standard output, but for standard error.
fn enabled_on_stderr(color: output::Color) -> bool {
    match color {
        output::Color::Auto => {
            let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            !set("NO_COLOR") && (set("FORCE_COLOR") || io::stderr().is_terminal())
        }
        chosen => chosen.enabled(),
    }
}
