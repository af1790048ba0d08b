//! Inputs of actions that steer a run: sub-DAGs, people, waiting, routing, output.

use super::params::ARGUMENTS;
use super::step::ROUTES;
use super::{Empty, Field, MAPPING, Object, Other, Reading, Shape, TEXT_MAPPING, Word, word};

const NAME: Shape = Shape::Present(&Shape::NonBlank);

pub(super) static EXEC: Object = Object {
    name: "with of exec",
    doc: "The program and its arguments.",
    fields: &[
        Field::new("command", NAME, "The program.").example("/usr/bin/rsync").required(),
        Field::new("args", Shape::Nullable(&Shape::List(&Shape::Present(&Shape::Scalar))), "Its arguments.").example("[-a, src/, dst/]"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static DAG_RUN: Object = Object {
    name: "with of dag.run",
    doc: "The DAG to run and its parameters.",
    fields: &[
        Field::new("dag", NAME, "The name of a document in this file, or of another DAG.").example("child").required(),
        Field::new("params", Shape::Nullable(&ARGUMENTS), "The parameters, as text, list or mapping.").example("{region: eu}"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static DAG_ENQUEUE: Object = Object {
    name: "with of dag.enqueue",
    doc: "The DAG to enqueue and its parameters.",
    fields: &[
        Field::new("dag", NAME, "The name of a document in this file, or of another DAG.").example("child").required(),
        Field::new("params", Shape::Nullable(&ARGUMENTS), "The parameters, as text, list or mapping.").example("{region: eu}"),
        Field::new("queue", Shape::Any, "The queue.").empty(Empty::Absent).default("that of the DAG").example("batch"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static ROUTE: Object = Object {
    name: "with of router.route",
    doc: "The value to decide by, and where each pattern leads.",
    fields: &[
        Field::new("value", NAME, "The value.").example("${params.mode}").required(),
        Field::new("routes", Shape::Present(&Shape::NonEmptyObject(&ROUTES)), "The names of the steps to start, by pattern.")
            .example("{full: [rebuild], \"re:.*\": [update]}")
            .required(),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

pub(super) static HUMAN_TASK: Object = Object {
    name: "with of human.task",
    doc: "What the person is asked.",
    fields: &[
        Field::new("prompt", NAME, "What there is to do.").example("Check the report").required(),
        Field::new("form", Shape::Present(&MAPPING), "A flat JSON Schema of the values to fill in; they become the step's outputs.")
            .example("{type: object, properties: {comment: {type: string}}}"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const METHOD: Field = Field::new("method", Shape::NonBlank, "The method of the request.").default("GET");
const HEADERS: Field = Field::new("headers", TEXT_MAPPING, "Headers of the request, by name.");
const BODY: Field = Field::new("body", Shape::Text, "The body of the request.");
const STATUS: Field =
    Field::new("status", Shape::IntIn(100, 599), "The status that ends the waiting.").default("any success").example("200");
const POLL_INTERVAL: Field =
    Field::new("poll_interval", Shape::NonBlank, "The time between two looks, as a duration.").default("5s").example("10s");
const REQUEST_TIMEOUT: Field =
    Field::new("request_timeout", Shape::NonBlank, "The time to wait for an answer, as a duration.").example("5s");
const STATE: Field = Field::new("state", Shape::Word(FILE_STATES), "What to wait for.").default("exists");

const NO_DURATION: Field = Field::unused("duration", Shape::Text);
const NO_UNTIL: Field = Field::unused("until", Shape::Text);
const NO_PATH: Field = Field::unused("path", Shape::Text);
const NO_STATE: Field = Field::unused("state", Shape::Word(FILE_STATES));
const NO_URL: Field = Field::unused("url", Shape::Text);
const NO_METHOD: Field = Field::unused("method", Shape::Text);
const NO_STATUS: Field = Field::unused("status", Shape::IntIn(100, 599));
const NO_HEADERS: Field = Field::unused("headers", TEXT_MAPPING);
const NO_BODY: Field = Field::unused("body", Shape::Text);
const NO_POLL_INTERVAL: Field = Field::unused("poll_interval", Shape::NonBlank);
const NO_REQUEST_TIMEOUT: Field = Field::unused("request_timeout", Shape::NonBlank);

pub(super) static WAIT_DURATION: Object = Object {
    name: "with of wait.duration",
    doc: "How long to wait.",
    fields: &[
        Field::new("duration", Shape::NonBlank, "How long, as a duration.").example("30s").required(),
        NO_UNTIL,
        NO_PATH,
        NO_STATE,
        NO_URL,
        NO_METHOD,
        NO_STATUS,
        NO_HEADERS,
        NO_BODY,
        NO_POLL_INTERVAL,
        NO_REQUEST_TIMEOUT,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static WAIT_UNTIL: Object = Object {
    name: "with of wait.until",
    doc: "When to go on.",
    fields: &[
        Field::new("until", Shape::NonBlank, "A date and time with offset (RFC 3339).").example("\"2030-01-31T08:00:00Z\"").required(),
        NO_DURATION,
        NO_PATH,
        NO_STATE,
        NO_URL,
        NO_METHOD,
        NO_STATUS,
        NO_HEADERS,
        NO_BODY,
        NO_POLL_INTERVAL,
        NO_REQUEST_TIMEOUT,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static WAIT_FILE: Object = Object {
    name: "with of wait.file",
    doc: "The file to wait for.",
    fields: &[
        Field::new("path", Shape::NonBlank, "The path.").example("/data/ready").required(),
        STATE,
        POLL_INTERVAL,
        NO_DURATION,
        NO_UNTIL,
        NO_URL,
        NO_METHOD,
        NO_STATUS,
        NO_HEADERS,
        NO_BODY,
        NO_REQUEST_TIMEOUT,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const FILE_STATES: &[Word] = &[word("exists", "Until it is there."), word("missing", "Until it is gone.")];

pub(super) static WAIT_HTTP: Object = Object {
    name: "with of wait.http",
    doc: "The request to repeat until the answer is as expected.",
    fields: &[
        Field::new("url", Shape::NonBlank, "The address, with `http://` or `https://`.").example("http://localhost:8080/health").required(),
        METHOD,
        STATUS,
        HEADERS,
        BODY,
        POLL_INTERVAL,
        REQUEST_TIMEOUT,
        NO_DURATION,
        NO_UNTIL,
        NO_PATH,
        NO_STATE,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static LOG: Object = Object {
    name: "with of log.write",
    doc: "What to write.",
    fields: &[Field::new("message", NAME, "The text.").example("Done with ${params.region}").required()],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static OUTPUTS: Object = Object {
    name: "with of outputs.write",
    doc: "The outputs of the step.",
    fields: &[Field::new("values", Shape::Present(&Shape::NonEmptyObject(&super::ANY_MAPPING)), "Values by output name.")
        .example("{version: 1.2.3}")
        .required()],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static TEMPLATE: Object = Object {
    name: "with of template.render",
    doc: "The template and its data: exactly one of `template` and `template_ref`.",
    fields: &[
        Field::new("template", Shape::NonBlank, "The template.").example("\"Hello, {{ .name }}\""),
        Field::new("template_ref", Shape::NonBlank, "A single reference whose value is the template.").example("${params.template}"),
        Field::new("data", MAPPING, "What the template sees, by name.").example("{name: you}"),
        Field::new("output", Shape::Text, "The file to write; standard output when absent.").empty(Empty::Absent).example("out.txt"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};
