//! The root of a document.

use super::connections::{OTEL, REDIS, S3, SSH};
use super::container::{CONTAINER_FORMS, REGISTRY_AUTHS, RESOURCES};
use super::custom::{ACTIONS, STEP_TYPES};
use super::env::{CONSTS, ENV, LABELS, SECRET};
use super::harness::{CONFIG, HARNESSES};
use super::kubernetes::KUBERNETES;
use super::llm::LLM;
use super::mail::{MAIL, MAIL_ON, SMTP};
use super::params::PARAMS;
use super::policies::{CONDITIONS, DEFAULTS, RUN_RETRY};
use super::schedule::SCHEDULE;
use super::step::{HANDLERS, LOG_OUTPUTS, STEPS};
use super::tools::TOOLS;
use super::{Empty, Field, MAPPING, Object, Other, Reading, Shape, TEXT_OR_ITEMS, TEXTS, Word, word};

/// The root of a document.
pub static ROOT: Object = Object {
    name: "DAG",
    doc: "A workflow: what runs, when, and where.",
    fields: &[
        Field::new("name", Shape::Text, "The name of a sub-DAG: needed in every document but the first, whose name is that of the file.")
            .example("child"),
        Field::new("description", Shape::Text, "What the DAG does; shown in lists."),
        Field::new("group", Shape::Text, "The group under which the DAG is listed.").empty(Empty::Absent).example("reports"),
        Field::new("labels", LABELS, "Labels to find and filter DAGs by.").example("[team=data, nightly]"),
        Field::new("tags", LABELS, "Labels, under their older name; not beside `labels`.").deprecated("labels"),
        Field::new("type", Shape::Word(TYPES), "How the order of the steps is found.").default("graph"),
        Field::new("schedule", SCHEDULE, "When the DAG is started: a cron expression, a list, or `start`, `stop` and `restart`.")
            .example("\"0 8 * * 1-5\""),
        Field::new("catchup_window", Shape::Text, "How far back missed starts are made up for, as a duration; `d` stands for days.")
            .example("6h"),
        Field::new("overlap_policy", Shape::AnyCaseWord(OVERLAP), "What becomes of a start that was missed while a run was going on.")
            .default("skip"),
        Field::new("skip_if_successful", Shape::Bool, "Skips a scheduled start when there was a successful run since the last one.")
            .default("false"),
        Field::new("params", PARAMS, "What a caller may set, with defaults. Steps read it as `${params.NAME}`.")
            .example("\n  - name: region\n    default: eu"),
        Field::new("consts", CONSTS, "Fixed values by name, for `${consts.NAME}`.").example("\n  - IMAGE: alpine:3.20"),
        Field::new("env", ENV, "Variables of every step, in order; a value may refer to the ones before it.")
            .example("\n  - LOG_LEVEL=debug"),
        Field::new("dotenv", TEXT_OR_ITEMS, "Files of variables to load.")
            .empty(Empty::Absent)
            .default(".env")
            .example("[.env, .env.local]"),
        Field::new(
            "secrets",
            Shape::List(&Shape::Present(&Shape::Object(&SECRET))),
            "Variables whose values come from a secret store and are masked in logs.",
        )
        .example("\n  - {name: API_TOKEN, provider: env, key: PROD_TOKEN}"),
        Field::new("tools", TOOLS, "Programs to install for the run, at fixed versions.").example("[\"jqlang/jq@jq-1.7.1\"]"),
        Field::new("working_dir", Shape::Text, "The directory in which steps run; a relative one starts at the file's folder.")
            .empty(Empty::Absent)
            .default("a scratch folder of the run")
            .example("."),
        Field::new("shell", TEXT_OR_ITEMS, "The shell of `run` steps.")
            .empty(Empty::Absent)
            .default("`$DAGU_DEFAULT_SHELL`, else `$SHELL`, else `sh`")
            .example("bash -e"),
        Field::new("shell_args", TEXTS, "Arguments of the shell.").example("[-e, -u]"),
        Field::new("container", CONTAINER_FORMS, "The container that command and harness steps share.").example("{image: \"alpine:3.20\"}"),
        Field::new("registry_auths", REGISTRY_AUTHS, "Credentials for image registries, by host."),
        Field::new("resources", Shape::Object(&RESOURCES), "What the run's containers may use.").example("{limits: {memory: 512Mi}}"),
        Field::new("ssh", Shape::Object(&SSH), "The host on which `run` steps are executed."),
        Field::new("s3", Shape::Object(&S3), "The object store of `s3.*` steps."),
        Field::new("redis", Shape::Object(&REDIS), "The Redis server of `redis.*` steps."),
        Field::new("kubernetes", Shape::Object(&KUBERNETES), "What every `k8s.run` step starts from."),
        Field::new("llm", Shape::Object(&LLM), "The language model of `chat.completion` steps and agents."),
        Field::new("harness", Shape::Object(&CONFIG), "The agent and options that every `harness.run` step starts from."),
        Field::new("harnesses", Shape::Object(&HARNESSES), "Command line agents of the author's own, by name."),
        Field::new("defaults", Shape::Object(&DEFAULTS), "Values for every step that does not give its own."),
        Field::new("actions", Shape::Object(&ACTIONS), "Actions of the DAG's own, by name."),
        Field::new("step_types", Shape::Object(&STEP_TYPES), "Step types of the DAG's own, in the older syntax.").deprecated("actions"),
        Field::new("preconditions", CONDITIONS, "What must hold for the run to start.")
            .example("\n  - eval: \"$(date +%u)\"\n    expected: \"re:[1-5]\""),
        Field::new("tasks", Shape::List(&Shape::Object(&TASK)), "In `type: agent`: what the agent has to complete."),
        Field::new("steps", STEPS, "The steps.").example("\n  - id: hello\n    run: echo hello").required(),
        Field::new("handler_on", Shape::Object(&HANDLERS), "Steps that run at the start, at the end, on failure, ..."),
        Field::new("timeout_sec", Shape::Int, "Seconds after which the run fails; 0 for no limit.")
            .least(0, "there is no limit then")
            .default("0")
            .example("3600"),
        Field::new("delay_sec", Shape::Int, "Seconds to wait before the first step.").least(0, "there is no wait then").default("0"),
        Field::new("restart_wait_sec", Shape::Int, "Seconds between the stop and the start of a restart.")
            .least(0, "there is no wait then")
            .default("0"),
        Field::new("retry_policy", Shape::Object(&RUN_RETRY), "Whether and how to start the whole run again when it failed."),
        Field::new("max_active_steps", Shape::Int, "The most steps at a time; 0 for no limit.")
            .needs_least(0, "no step may start, so that every run fails at once in a deadlock")
            .default("0"),
        Field::new("max_active_runs", Shape::Int, "The most runs at a time; ignored for local queues.").default("1").deprecated("queue"),
        Field::new("max_clean_up_time_sec", Shape::Int, "Seconds that a stopped step has to end before it is killed.")
            .least(0, "no time is left to end in")
            .default("5"),
        Field::new("max_output_size", Shape::Int, "The most bytes of a captured output.")
            .least(0, "the default holds then")
            .default("1048576"),
        Field::new("queue", Shape::Text, "The queue in which runs wait for their turn.")
            .empty(Empty::Absent)
            .default("one of the DAG's own")
            .example("batch"),
        Field::new("hist_retention_days", Shape::IntIn(0, i64::MAX), "Days after which finished runs are forgotten.").default("30"),
        Field::new("hist_retention_runs", Shape::IntIn(1, i64::MAX), "How many finished runs are kept; not beside `hist_retention_days`."),
        Field::new("log_dir", Shape::Text, "The folder for logs.").empty(Empty::Absent).default("the server's"),
        Field::new("log_output", LOG_OUTPUT, "Whether standard output and standard error share one log.").default("separate"),
        Field::new("artifacts", Shape::Object(&ARTIFACTS), "Whether and where files that the run makes are kept."),
        Field::new(
            "worker_selector",
            Shape::OneOf(&[Shape::AnyCaseWord(LOCAL), MAPPING]),
            "Labels of the workers that may run the DAG, or `local`.",
        )
        .example("{gpu: true}"),
        Field::new("run_config", Shape::Object(&RUN_CONFIG), "What may be changed when a run is started by hand."),
        Field::new("webhook", Shape::Object(&WEBHOOK), "What a run that a webhook starts is told."),
        Field::new("smtp", Shape::Object(&SMTP), "The server that mail is sent through."),
        Field::new("mail_on", Shape::Object(&MAIL_ON), "After which outcome of the run mail is sent."),
        Field::new("error_mail", Shape::Object(&MAIL), "The mail about a failed run."),
        Field::new("info_mail", Shape::Object(&MAIL), "The mail about a successful run."),
        Field::new("wait_mail", Shape::Object(&MAIL), "The mail about a run that waits for a person."),
        Field::new("otel", Shape::Object(&OTEL), "Traces of the runs, in OpenTelemetry's protocol."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const TYPES: &[Word] = &[
    word("graph", "By `depends`: every step whose dependencies have ended starts."),
    word("chain", "By position: one step after the other."),
    word("agent", "By a language model, which completes `tasks` with the steps as its tools."),
    word("build", "By the files that steps read (`inputs`) and make (`outputs`)."),
    word("controller", "The older name of `agent`."),
    word("", "graph."),
];

const OVERLAP: &[Word] = &[
    word("skip", "It is dropped."),
    word("all", "Each missed start is made up for."),
    word("latest", "Only the latest one is made up for."),
    word("", "skip."),
];

const LOCAL: &[Word] = &[word("local", "Run on the server itself, never on a worker.")];

/// `log_output` of the root and of a step.
pub(super) const LOG_OUTPUT: Shape = Shape::AnyCaseWord(LOG_OUTPUTS);

static TASK: Object = Object {
    name: "task",
    doc: "Something that the agent has to complete.",
    fields: &[
        Field::new("name", Shape::NonBlank, "A name for it.").example("report").required(),
        Field::new("description", Shape::NonBlank, "When it counts as complete.").example("A summary was sent").required(),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static ARTIFACTS: Object = Object {
    name: "artifacts",
    doc: "Whether and where files that the run makes are kept.",
    fields: &[
        Field::new("enabled", Shape::Bool, "Whether they are kept.").default("true where a step makes one"),
        Field::new("dir", Shape::Text, "The folder.").default("the server's"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static RUN_CONFIG: Object = Object {
    name: "run_config",
    doc: "What may be changed when a run is started by hand.",
    fields: &[
        Field::new("disable_param_edit", Shape::Bool, "Whether parameters are fixed.").default("false"),
        Field::new("disable_run_id_edit", Shape::Bool, "Whether the id of the run is fixed.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static WEBHOOK: Object = Object {
    name: "webhook",
    doc: "What a run that a webhook starts is told.",
    fields: &[Field::new(
        "forward_headers",
        Shape::List(&Shape::Present(&Shape::NonBlank)),
        "The headers of the request that the run gets to see.",
    )
    .example("[X-GitHub-Event]")],
    other: Other::Rejected,
    reading: Reading::Typed,
};
