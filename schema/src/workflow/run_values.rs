//! The values of a run that references can name: `${context.run.id}`, and mostly `${run.id}` for short.

/// Fields of `context` as the engine knows them, and what each holds.
const VALUES: &[(&str, &str)] = &[
    ("dag.name", "The DAG's name."),
    ("run.id", "The run's id."),
    ("run.status", "How the run ended; in handlers alone."),
    ("run.scheduled_at", "The time for which the schedule planned the run, in UTC; only of a scheduled one."),
    ("run.root_name", "The name of the DAG whose run started this one, through others perhaps; its own where none did."),
    ("run.root_id", "The id of that run."),
    ("attempt.id", "The id of this attempt of the run."),
    ("attempt.started_at", "When this attempt began."),
    ("step.id", "The id of the step that is running."),
    ("step.name", "The name of the step that is running."),
    ("trigger.type", "What kind of thing started the run."),
    ("trigger.actor", "Who started the run, where that is known."),
    ("paths.log_file", "The log file of the run."),
    ("paths.work_dir", "The DAG's working directory."),
    ("paths.artifacts_dir", "The folder for the run's artifacts."),
    ("paths.wiki_dir", "The folder of the wiki."),
    ("paths.docs_dir", "The folder of the documents."),
    ("paths.step_stdout_file", "The log of the step's standard output."),
    ("paths.step_stderr_file", "The log of the step's standard error."),
    ("paths.step_output_file", "The file to which the step writes its outputs."),
    ("profile.name", "The profile under which the run is."),
    ("profile.resolved_at", "When the profile's values were read."),
    ("pushback.iteration", "How many times the step was sent back before."),
    ("pushback.previous_stdout_file", "The standard output of the step before it was sent back."),
];

/// What a field of `context` holds; `None` for one that no run has.
pub fn about(path: &str) -> Option<&'static str> {
    VALUES.iter().find(|(name, _)| *name == path).map(|&(_, about)| about)
}

/// The fields of `context`.
pub fn names() -> impl Iterator<Item = &'static str> {
    VALUES.iter().map(|&(name, _)| name)
}
