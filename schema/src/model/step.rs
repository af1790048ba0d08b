//! A step.

use super::container::CONTAINER_FORMS;
use super::env::ENV;
use super::fanout::{FOREACH, PARALLEL};
use super::llm::{LLM, MESSAGES};
use super::output::{INPUTS, OUTPUT, OUTPUTS, STDERR, STDOUT};
use super::params::ARGUMENTS;
use super::policies::{CONDITIONS, CONTINUE_ON, REPEAT, SIGNAL, STEP_RETRY};
use super::{ANY_MAPPING, Empty, Field, MAPPING, Object, Other, Reading, SCALARS, Shape, TEXT_MAPPING, TEXT_OR_ITEMS, TEXTS, Word, word};

/// `run`, and the older `command`: a text, or a list of commands.
pub(super) const COMMANDS: Shape = Shape::OneOf(&[Shape::NonBlank, Shape::NonEmptyList(&COMMAND)]);
/// An item with an unquoted colon arrives as a mapping of one entry, which the engine mends.
const COMMAND: Shape = Shape::Present(&Shape::OneOf(&[Shape::Scalar, MAPPING]));

/// The decoder turns whatever the list holds into text.
const FILE: Shape = Shape::OneOf(&[Shape::NonBlank, Shape::Bool, Shape::Number, Shape::List(&Shape::Any), MAPPING]);

/// A step.
pub static STEP: Object = Object {
    name: "step",
    doc: "A unit of work: a command (`run`), a named action (`action`), or a group of steps (`foreach`).",
    fields: &[
        Field::new("id", Shape::Text, "The name for references and `depends`: letters, digits and `_`, at most 40.")
            .empty(Empty::Absent)
            .example("build"),
        Field::new("name", Shape::Text, "The name shown in runs.").empty(Empty::Absent).default("the `id`").example("Build the image"),
        Field::new("description", Shape::Text, "What the step does."),
        Field::new(
            "run",
            Shape::Present(&COMMANDS),
            "What to run: one command, a script of several lines, or a list of commands in sequence.",
        )
        .example("echo hello"),
        Field::new("action", Shape::Present(&Shape::ActionName), "A named action in place of `run`; `with` holds its input.")
            .example("http.request"),
        Field::new("with", Shape::Input, "The input of `action`. Beside `run`: `shell`, `shell_args`, `shell_packages`."),
        Field::new(
            "depends",
            Shape::OneOf(&[Shape::Text, SCALARS]),
            "The steps, by id or name, that must have ended before this one starts.",
        )
        .example("[build]"),
        Field::new("env", ENV, "Variables of the step, beside the DAG's own.").example("\n  - LOG_LEVEL=debug"),
        Field::new("working_dir", Shape::Text, "The directory in which the step runs.")
            .empty(Empty::Absent)
            .default("the DAG's")
            .example("./web"),
        Field::new("container", CONTAINER_FORMS, "The container in which the step runs, in place of the DAG's.")
            .example("{image: \"node:22\"}"),
        Field::new("preconditions", CONDITIONS, "What must hold for the step to run; otherwise it is skipped.").example("test -f go.mod"),
        Field::new("timeout_sec", Shape::IntIn(0, i64::MAX), "Seconds after which the step fails; 0 for no limit.")
            .default("0")
            .example("60"),
        Field::new("retry_policy", Shape::Object(&STEP_RETRY), "Whether and how to try again when the step failed.")
            .example("{limit: 3, interval_sec: 10}"),
        Field::new("repeat_policy", Shape::Object(&REPEAT), "Whether and how to run again after the step ended."),
        Field::new("continue_on", CONTINUE_ON, "When the steps that depend on this one go on although it did not succeed.")
            .example("failed"),
        Field::new("outputs", OUTPUTS, "The outputs that the step declares, for `${steps.ID.outputs.NAME}`.")
            .example("\n  - name: version"),
        Field::new("inputs", INPUTS, "In `type: build`: the files that the step reads.").example("\n  - {name: source, path: src}"),
        Field::new("output", OUTPUT, "A variable that receives standard output, or a mapping of outputs.")
            .empty(Empty::Absent)
            .example("VERSION"),
        Field::new("output_schema", MAPPING, "A JSON Schema, written out, that the outputs must satisfy."),
        Field::new("stdout", STDOUT, "The file to which standard output is written, or where it goes and what is read from it.")
            .empty(Empty::Absent)
            .example("/tmp/build.log"),
        Field::new("stderr", STDERR, "The file to which standard error is written.").empty(Empty::Absent).example("/tmp/build.err"),
        Field::new("log_output", super::root::LOG_OUTPUT, "Whether the two streams share one log.").default("the DAG's"),
        Field::new(
            "dependencies",
            Shape::OneOf(&[Shape::NonBlank, Shape::NonEmptyList(&FILE)]),
            "Files that the step needs on the machine that runs it, as literal paths or globs.",
        )
        .example("[scripts/*.sh]"),
        Field::new("worker_selector", TEXT_MAPPING, "Labels of the workers that may run the sub-DAG.").example("{gpu: \"true\"}"),
        Field::new("parallel", PARALLEL, "Runs the sub-DAG of a `dag.run` step once for each item.").example("[eu, us]"),
        Field::new("foreach", Shape::Object(&FOREACH), "Runs a group of steps once for each item."),
        Field::new("approval", Shape::Object(&APPROVAL), "Waits after the step until a person approves.").example("{prompt: Deploy?}"),
        Field::new("mail_on_error", Shape::Bool, "Whether mail is sent when the step fails.").default("false"),
        Field::new("signal_on_stop", SIGNAL, "The signal that stops the step.").default("SIGTERM").example("SIGINT"),
        Field::new("command", COMMANDS, "The command, in the older syntax.").deprecated("run"),
        Field::new("script", Shape::Text, "The script, in the older syntax.").deprecated("run"),
        Field::new("exec", Shape::Object(&EXEC), "A program with its arguments, in the older syntax.").deprecated("action: exec"),
        Field::new("shell", TEXT_OR_ITEMS, "The shell, in the older syntax.").empty(Empty::Absent).deprecated("with.shell"),
        Field::new("shell_args", TEXTS, "Arguments of the shell, in the older syntax.").deprecated("with.shell_args"),
        Field::new("shell_packages", TEXTS, "Packages of a Nix shell, in the older syntax.").deprecated("with.shell_packages"),
        Field::new("call", Shape::Text, "The sub-DAG to run, in the older syntax.").deprecated("action: dag.run"),
        Field::new("params", ARGUMENTS, "The sub-DAG's parameters, in the older syntax.").deprecated("with.params"),
        Field::new("type", Shape::Text, "The executor, in the older syntax.").deprecated("action"),
        Field::new("config", Shape::Object(&ANY_MAPPING), "The executor's settings, in the older syntax.").deprecated("with"),
        Field::new("llm", Shape::Object(&LLM), "The language model, in the older syntax.").deprecated("action: chat.completion"),
        Field::new("messages", MESSAGES, "The conversation, in the older syntax.").deprecated("action: chat.completion"),
        Field::new("value", Shape::Text, "What the router decides by, in the older syntax.").deprecated("action: router.route"),
        Field::new("routes", Shape::Object(&ROUTES), "The routes of a router, in the older syntax.").deprecated("action: router.route"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// The `with` of a `run` step.
pub(super) static RUN_WITH: Object = Object {
    name: "with of run",
    doc: "The shell that runs the command.",
    fields: &[
        Field::new("shell", TEXT_OR_ITEMS, "The shell, as text or as a list of program and flags. Not in a container.")
            .empty(Empty::Absent)
            .default("the DAG's")
            .example("bash -e"),
        Field::new("shell_args", TEXTS, "Arguments of the shell.").example("[-e, -u]"),
        Field::new("shell_packages", TEXTS, "Packages that a Nix shell provides.").example("[jq, curl]"),
    ],
    other: Other::Rejected,
    reading: Reading::Exact,
};

static EXEC: Object = Object {
    name: "exec",
    doc: "A program with its arguments; no shell reads them.",
    fields: &[
        Field::new("command", Shape::Text, "The program.").example("/usr/bin/rsync"),
        Field::new("args", Shape::List(&Shape::Scalar), "Its arguments.").example("[-a, src/, dst/]"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static APPROVAL: Object = Object {
    name: "approval",
    doc: "What the person who approves sees and fills in.",
    fields: &[
        Field::new("prompt", Shape::Text, "The question.").example("Deploy to production?"),
        Field::new("input", TEXTS, "Values that may be filled in, by name; later steps see them as variables.").example("[REASON]"),
        Field::new("required", TEXTS, "Those of `input` that have to be filled in.").example("[REASON]"),
        Field::new("rewind_to", Shape::Text, "The step to go back to when the work is sent back.").example("build"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// Routes: a pattern and the names of the steps that it leads to.
pub(super) static ROUTES: Object = Object {
    name: "routes",
    doc: "Steps, by name, for each pattern of the value; `re:` starts a regular expression.",
    fields: &[],
    other: Other::Named(&TEXTS),
    reading: Reading::Exact,
};

/// The steps that are run around the others.
pub(super) static HANDLERS: Object = Object {
    name: "handler_on",
    doc: "Steps for the events of a run.",
    fields: &[
        Field::new("init", HANDLER, "Runs before the first step."),
        Field::new("success", HANDLER, "Runs after all steps succeeded."),
        Field::new("failure", HANDLER, "Runs after the run failed.").example("{run: ./notify.sh}"),
        Field::new("abort", HANDLER, "Runs after the run was stopped."),
        Field::new("exit", HANDLER, "Runs at the end in any case.").example("{run: ./clean-up.sh}"),
        Field::new("wait", HANDLER, "Runs when the run starts to wait for a person."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const HANDLER: Shape = Shape::Object(&STEP);

/// `steps`: steps, commands as plain text, and groups of steps.
pub(super) const STEPS: Shape = Shape::List(&Shape::Present(&Shape::OneOf(&[Shape::Object(&STEP), Shape::NonBlank, GROUP])));
const GROUP: Shape = Shape::List(&Shape::Present(&Shape::OneOf(&[Shape::Object(&STEP), Shape::NonBlank])));

pub(super) const LOG_OUTPUTS: &[Word] =
    &[word("separate", "A log for each of the two streams."), word("merged", "One log for both, in order."), word("", "separate.")];
