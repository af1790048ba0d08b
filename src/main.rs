//! `dagu-rs`: language server, linter and runner for Dagu DAG YAML.

mod allocator;
mod check;
mod completions;
mod config;
mod creds;
mod diff;
mod doctor;
mod env;
mod explain;
mod facts;
mod files;
mod git;
mod graph;
mod inspect;
mod lsp;
mod man;
mod migrate;
mod output;
mod plan;
mod probe;
mod replace;
mod rules;
mod run;
mod schema;
mod surroundings;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How a command ends; documented in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to report, or the run succeeded.
    Success = 0,
    /// Findings at or above `--fail-on`, or a step failed.
    Failure = 1,
    /// Usage, I/O or internal error.
    Error = 2,
    /// There was nothing to check.
    Nothing = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Language server, linter and runner for Dagu DAG YAML.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report what is wrong with DAG files.
    ///
    /// Exit codes: 0 no findings, 1 findings at or above --fail-on, 2 usage, I/O or internal
    /// error, 3 nothing to check.
    #[command(visible_alias = "lint")]
    Check(check::Args),
    /// Print the script by which a shell completes this command's line.
    Completions(completions::Args),
    /// Show which step can read which credential, and how it gets there.
    Creds(creds::Args),
    /// Say whether this machine has what runs need: a container engine, images, programs, variables.
    Doctor(doctor::Args),
    /// List the names that a step sees, where each comes from and how it gets there.
    Env(env::Args),
    /// Print the page of a rule, or the list of all rules.
    Explain(explain::Args),
    /// Draw the steps, their order, their containers, and who sees which credential.
    Graph(graph::Args),
    /// Serve the language server protocol on standard input and output.
    Lsp(lsp::Args),
    /// Print the manual page, or write those of all subcommands into a folder.
    Man(man::Args),
    /// Rewrite DAG files that use Dagu's older syntax.
    ///
    /// Exit codes: 0 nothing is left to do, 1 something is left that needs a person, 2 usage, I/O
    /// or internal error, 3 there is no DAG.
    Migrate(migrate::Args),
    /// List the rules: severity, whether the engine refuses what they report, whether they have a fix.
    Rules(rules::Args),
    /// Say what a run would do, step by step, and do nothing.
    Plan(plan::Args),
    /// Run a DAG on this machine.
    Run(run::Args),
    /// Say whether the engine loads a DAG, as `dagu validate` does.
    ///
    /// Standard output stays empty. Exit codes: 0 it loads, 1 it does not, or the call is wrong.
    Validate(validate::Args),
    /// Print a JSON Schema of DAGs, for editors and checkers that read one.
    Schema(schema::Args),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && std::env::args_os().nth(1).is_some_and(|command| command == "validate") => {
            return validate::misused(&error).into();
        }
        Err(error) => error.exit(),
    };
    match cli.command {
        Command::Check(args) => check::check(&args).into(),
        Command::Completions(args) => completions::completions(&args).into(),
        Command::Creds(args) => creds::creds(&args).into(),
        Command::Doctor(args) => doctor::doctor(&args).into(),
        Command::Env(args) => env::env(&args).into(),
        Command::Explain(args) => explain::explain(&args).into(),
        Command::Graph(args) => graph::graph(&args).into(),
        Command::Lsp(args) => lsp::lsp(&args).into(),
        Command::Man(args) => man::man(&args).into(),
        Command::Migrate(args) => migrate::migrate(&args).into(),
        Command::Rules(args) => rules::rules(&args).into(),
        Command::Plan(args) => plan::plan(args).into(),
        Command::Run(args) => run::run(args),
        Command::Validate(args) => validate::validate(&args).into(),
        Command::Schema(args) => schema::schema(&args).into(),
    }
}
