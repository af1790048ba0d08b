//! The variables that a run itself sets, and those that it takes from its own environment.

/// A variable that the run itself sets.
#[derive(Clone, Copy, Debug)]
pub struct SetByRun {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub about: &'static str,
    /// Which steps get it.
    pub reach: Reach,
}

/// The steps that get a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It is in sight like the DAG's own.
    Scope,
    /// The same, in handlers of a run that has ended.
    EndedScope,
    /// Processes on this machine.
    Host,
    /// Steps that can hand outputs on.
    Outputs,
}

/// The variables that the run itself sets.
pub const SET_BY_RUN: &[SetByRun] = &[
    SetByRun { name: "DAG_NAME", about: "the DAG's name", reach: Reach::Scope },
    SetByRun { name: "DAG_PARAMS_JSON", about: "all parameters, as JSON", reach: Reach::Scope },
    SetByRun { name: "DAG_RUN_ID", about: "the run's id", reach: Reach::Scope },
    SetByRun { name: "DAG_RUN_STATUS", about: "how the run ended", reach: Reach::EndedScope },
    SetByRun { name: "DAG_RUN_STEP_NAME", about: "the step's name", reach: Reach::Scope },
    SetByRun { name: "DAG_RUN_STEP_STDERR_FILE", about: "the log of its standard error", reach: Reach::Scope },
    SetByRun { name: "DAG_RUN_STEP_STDOUT_FILE", about: "the log of its standard output", reach: Reach::Scope },
    SetByRun { name: "DAG_RUN_WORK_DIR", about: "the DAG's working directory", reach: Reach::Scope },
    SetByRun { name: OUTPUT_FILE, about: "the file for its outputs", reach: Reach::Outputs },
    SetByRun { name: "DAGU_PARAMS_JSON", about: "all parameters, as JSON", reach: Reach::Scope },
    SetByRun { name: "PWD", about: "the step's folder", reach: Reach::Host },
];

/// Where a step writes its outputs.
pub const OUTPUT_FILE: &str = "DAGU_OUTPUT_FILE";

/// Variables of the process that a host step inherits and `${env.NAME}` can read.
#[rustfmt::skip]
const INHERITED: &[&str] = &[
    "PATH", "HOME", "USER", "SHELL", "TMPDIR", "TERM", "EDITOR", "VISUAL", "LANG", "TZ", "LD_LIBRARY_PATH", "XDG_CONFIG_HOME",
    "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION",
];

/// Prefixes of further such variables.
const INHERITED_PREFIXES: &[&str] = &["DAGU_", "DAG_", "LC_", "KUBERNETES_"];

/// Whether a variable of the process reaches host steps by itself.
pub fn is_inherited(name: &str) -> bool {
    INHERITED.contains(&name) || INHERITED_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
