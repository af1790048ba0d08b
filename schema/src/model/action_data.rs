//! Inputs of actions on data: `jq`, `data`, `state`.

use super::step::COMMANDS;
use super::{Field, Object, Other, Reading, Shape, TEXTS, Word, word};

pub(super) static JQ: Object = Object {
    name: "with of jq.filter",
    doc: "The filter and the JSON: at most one of `data` and `input`.",
    fields: &[
        Field::new("filter", Shape::Nullable(&COMMANDS), "The filter.").example(".items[].name").required(),
        Field::new("data", Shape::Any, "The JSON, as text or as YAML.").example("{items: []}"),
        Field::new("input", Shape::Text, "The file to read.").example("items.json"),
        Field::new("raw", Shape::Bool, "Whether texts are written without quotes.").default("false"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const FORMATS: &[Word] = &[
    word("json", "JSON."),
    word("yaml", "YAML."),
    word("csv", "Comma-separated values."),
    word("tsv", "Tab-separated values."),
    word("text", "Plain text."),
];

const FROM: Field = Field::new("from", Shape::Word(FORMATS), "The format of the data.").example("csv").required();
const DATA: Field = Field::new("data", Shape::Any, "The data itself.").example("${fetch.stdout}");
const INPUT: Field = Field::new("input", Shape::NonBlank, "The file to read.").example("rows.csv");
const HAS_HEADER: Field =
    Field::new("has_header", Shape::Bool, "Whether the first line of CSV or TSV has the column names.").default("true");
const HEADERS: Field = Field::new("headers", Shape::Any, "The column names, or whether to write them.");
const DELIMITER: Field = Field::new("delimiter", Shape::Text, "The single character between values.").default("\",\"");
const COLUMNS: Field = Field::new("columns", TEXTS, "The columns to take, in order.");

pub(super) static CONVERT: Object = Object {
    name: "with of data.convert",
    doc: "The two formats, and exactly one of `data` and `input`.",
    fields: &[
        FROM,
        Field::new("to", Shape::Word(FORMATS), "The format to write.").example("json").required(),
        DATA,
        INPUT,
        HAS_HEADER,
        HEADERS,
        DELIMITER,
        COLUMNS,
        Field::unused("select", Shape::Text),
        Field::unused("raw", Shape::Bool),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static PICK: Object = Object {
    name: "with of data.pick",
    doc: "The part to take, and exactly one of `data` and `input`.",
    fields: &[
        FROM,
        Field::new("select", Shape::NonBlank, "The part, as a jq path.").example(".items[0]").required(),
        DATA,
        INPUT,
        Field::new("to", Shape::Word(FORMATS), "The format to write; not beside `raw: true`."),
        Field::new("raw", Shape::Bool, "Whether a text is written as it is.").default("false"),
        HAS_HEADER,
        HEADERS,
        DELIMITER,
        COLUMNS,
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

const KEY: Field = Field::new("key", Shape::NonBlank, "The name of the value.").example("last_id").required();
const VALUE: Field = Field::new("value", Shape::Any, "The value.").example("42").required();
const SCOPE: Field = Field::new("scope", Shape::Word(SCOPES), "Who shares the value.").default("dag");
const NAMESPACE: Field = Field::new("namespace", Shape::Text, "The name of the scope (`scope: custom`).");
const DEFAULT: Field = Field::new("default", Shape::Any, "What to give when there is no value.");
const REQUIRED: Field = Field::new("required", Shape::Bool, "Whether it is an error when there is no value.").default("false");
const EXPECTED: Field = Field::new("expected_version", VERSION, "Writes only when the value still has this version.");
const CREATE_ONLY: Field = Field::new("create_only", Shape::Bool, "Writes only when there is no value yet.").default("false");
const UPDATE: Field = Field::new("update", Shape::Bool, "Whether `state.diff` writes the new value.").default("false");
const PREFIX: Field = Field::new("prefix", Shape::Text, "What the names start with.").example("job.");
const LIMIT: Field = Field::new("limit", Shape::IntIn(0, i64::MAX), "The most values; 0 for no limit.").default("0");
const INCLUDE: Field = Field::new("include_values", Shape::Bool, "Whether the values are given too.").default("false");

const VERSION: Shape = Shape::OneOf(&[Shape::Int, Shape::Digits, Shape::Reference]);

const SCOPES: &[Word] = &[
    word("dag", "Runs of this DAG."),
    word("root_dag", "Runs of the DAG that started it all, with its sub-DAGs."),
    word("global", "Every DAG."),
    word("custom", "All that name the same `namespace`."),
];

pub(super) static STATE_READ: Object = Object {
    name: "with of a state action",
    doc: "The value, by name.",
    fields: &[
        KEY,
        SCOPE,
        NAMESPACE,
        DEFAULT,
        REQUIRED,
        Field::unused("value", Shape::Any),
        Field::unused("expected_version", VERSION),
        Field::unused("create_only", Shape::Bool),
        Field::unused("update", Shape::Bool),
        Field::unused("prefix", Shape::Text),
        Field::unused("limit", Shape::IntIn(0, i64::MAX)),
        Field::unused("include_values", Shape::Bool),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static STATE_WRITE: Object = Object {
    name: "with of a state action",
    doc: "The name and the value.",
    fields: &[
        KEY,
        VALUE,
        SCOPE,
        NAMESPACE,
        EXPECTED,
        CREATE_ONLY,
        UPDATE,
        Field::unused("default", Shape::Any),
        Field::unused("required", Shape::Bool),
        Field::unused("prefix", Shape::Text),
        Field::unused("limit", Shape::IntIn(0, i64::MAX)),
        Field::unused("include_values", Shape::Bool),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static STATE_LIST: Object = Object {
    name: "with of state.list",
    doc: "Which values to list.",
    fields: &[
        PREFIX,
        LIMIT,
        INCLUDE,
        SCOPE,
        NAMESPACE,
        Field::unused("key", Shape::Text),
        Field::unused("value", Shape::Any),
        Field::unused("default", Shape::Any),
        Field::unused("required", Shape::Bool),
        Field::unused("expected_version", VERSION),
        Field::unused("create_only", Shape::Bool),
        Field::unused("update", Shape::Bool),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};
