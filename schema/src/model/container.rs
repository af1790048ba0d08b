//! `container` with its health check, `registry_auths`, `resources`.

use super::env::CONTAINER_ENV;
use super::{Empty, Field, Object, Other, Reading, Shape, Word, word};

/// `container` at the root and on a step.
pub(super) const CONTAINER_FORMS: Shape = Shape::OneOf(&[Shape::Text, Shape::Object(&CONTAINER)]);

/// Decoded weakly: numbers and booleans are read as text, and a lone value as a list of one.
const LOOSE_LIST: Shape = Shape::OneOf(&[SCALAR_ITEMS, Shape::Scalar]);
const SCALAR_ITEMS: Shape = Shape::List(&Shape::Scalar);
const LOOSE_BOOL: Shape = Shape::OneOf(&[Shape::Bool, Shape::Number, Shape::Word(BOOL_WORDS)]);

/// The texts that the engine reads as a boolean.
const BOOL_WORDS: &[Word] = &[
    word("true", "Yes."),
    word("false", "No."),
    word("1", ""),
    word("t", ""),
    word("T", ""),
    word("TRUE", ""),
    word("True", ""),
    word("0", ""),
    word("f", ""),
    word("F", ""),
    word("FALSE", ""),
    word("False", ""),
    word("", ""),
];

/// A container to run in.
pub static CONTAINER: Object = Object {
    name: "container",
    doc: "The container in which commands run: made from `image`, or a running one named by `exec`. At the root all command \
          and harness steps share it; on a step it takes the place of the shared one.",
    fields: &[
        Field::new("image", Shape::Scalar, "The image to create the container from. Give either this or `exec`.").example("alpine:3.20"),
        Field::new(
            "exec",
            Shape::Scalar,
            "The name or id of a running container to run commands in. Only `user`, `working_dir`, `env` and `shell` may stand beside it.",
        )
        .example("my-service"),
        Field::new("name", Shape::Scalar, "The name of the container; one with this name must not exist yet.").empty(Empty::Absent)
            .default("chosen by the daemon")
            .example("build-box"),
        Field::new("pull_policy", Shape::Ruled(&Shape::OneOf(&[Shape::Word(PULL_POLICIES), Shape::Bool])), "When to pull the image.").default("missing"),
        Field::new(
            "env",
            CONTAINER_ENV,
            "Variables of the container. Values may refer to the DAG's own variables, params and secrets.",
        )
        .example("\n  - LOG_LEVEL=debug"),
        Field::new(
            "volumes",
            LOOSE_LIST,
            "Mounts as `source:target[:ro|rw]`. A source with a slash, or starting with `.` or `~`, is a path on the host; any other is a named volume.",
        )
        .example("\n  - .:/workspace"),
        Field::new("working_dir", Shape::Scalar, "The directory in the container in which commands start.").empty(Empty::Absent)
            .default("the image's")
            .example("/workspace"),
        Field::new("user", Shape::Scalar, "The user, as name or `uid[:gid]`.").empty(Empty::Absent).default("the image's").example("\"1000:1000\""),
        Field::new(
            "shell",
            LOOSE_LIST,
            "The shell that runs each `run` command, as a program and its flags. Without it the engine splits the text into arguments and runs no shell.",
        )
        .example("[/bin/sh, -c]"),
        Field::new("network", Shape::OneOf(&[Shape::Word(NETWORKS), Shape::Scalar]), "`bridge`, `host`, `none`, `container:ID`, or the name of a network.").empty(Empty::Absent)
            .default("the daemon's")
            .example("none"),
        Field::new("ports", LOOSE_LIST, "Ports to publish, as `[host_ip:][host_port:]port[/protocol]`.").example("[\"8080:80\"]"),
        Field::new("platform", Shape::Scalar, "The platform of the image, as `os/arch[/variant]`.")
            .default("the daemon's")
            .example("linux/amd64"),
        Field::new("startup", Shape::OneOf(&[Shape::Word(STARTUPS), Shape::Scalar]), "What the container runs while steps are executed in it.")
            .default("keepalive"),
        Field::new("command", LOOSE_LIST, "What `startup: command` runs; on a step without `run`, the command of the container.")
            .example("[nginx, -g, daemon off;]"),
        Field::new("wait_for", Shape::OneOf(&[Shape::Word(READINESS), Shape::Scalar]), "When the container counts as ready.")
            .default("running"),
        Field::new("log_pattern", Shape::Scalar, "A regular expression (RE2): the container is ready when a line of its log matches.")
            .example("ready to accept connections"),
        Field::new("healthcheck", Shape::Object(&HEALTHCHECK), "How the container's health is tested.").default("the image's"),
        Field::new("restart_policy", Shape::OneOf(&[Shape::Word(RESTARTS), Shape::Scalar]), "Whether the daemon restarts the container.").default("no"),
        Field::new("keep_container", LOOSE_BOOL, "Keeps the container after the run instead of removing it.").default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

const PULL_POLICIES: &[Word] = &[
    word("missing", "Pull when there is no local image for the platform."),
    word("always", "Pull before each run."),
    word("never", "Never pull; without a local image the run fails."),
    word("fallback", "Try to pull; when that fails, use the local image."),
    word("true", "`always`."),
    word("false", "`never`."),
    word("", "`missing`."),
    word("1", ""),
    word("t", ""),
    word("T", ""),
    word("TRUE", ""),
    word("True", ""),
    word("0", ""),
    word("f", ""),
    word("F", ""),
    word("FALSE", ""),
    word("False", ""),
];

// The loader takes any text in the following fields; the words are what a run takes.
const NETWORKS: &[Word] = &[
    word("bridge", "The daemon's network for containers."),
    word("host", "The network of the machine itself."),
    word("none", "No network."),
];
const STARTUPS: &[Word] = &[
    word("keepalive", "A process that only keeps the container alive."),
    word("entrypoint", "The image's own entry point."),
    word("command", "What `command` says."),
];
const READINESS: &[Word] = &[word("running", "When it runs."), word("healthy", "When its health check passes.")];
const RESTARTS: &[Word] =
    &[word("no", "Never."), word("always", "Whenever it stops."), word("unless-stopped", "Whenever it stops, unless somebody stopped it.")];

static HEALTHCHECK: Object = Object {
    name: "healthcheck",
    doc: "How the daemon tests the health of the container.",
    fields: &[
        Field::new(
            "test",
            Shape::Ruled(&LOOSE_LIST),
            "The test: a list that starts with `CMD`, `CMD-SHELL`, or `NONE` to switch off the image's own.",
        )
        .example("[CMD-SHELL, pg_isready]"),
        Field::new("interval", Shape::Scalar, "The time between two tests.").example("10s"),
        Field::new("timeout", Shape::Scalar, "The time after which a test counts as failed.").example("5s"),
        Field::new("start_period", Shape::Scalar, "The time after the start in which a failed test does not count.").example("30s"),
        Field::new(
            "retries",
            Shape::OneOf(&[Shape::IntIn(0, i64::MAX), Shape::Digits]),
            "Failed tests in a row that make the container unhealthy.",
        )
        .example("3"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

/// `registry_auths`.
pub(super) const REGISTRY_AUTHS: Shape = Shape::OneOf(&[Shape::Text, Shape::Object(&REGISTRIES)]);

static REGISTRIES: Object = Object {
    name: "registry_auths",
    doc: "Credentials by registry host.",
    fields: &[],
    other: Other::Named(&Shape::OneOf(&[Shape::Object(&REGISTRY_AUTH), Shape::Any])),
    reading: Reading::Exact,
};

static REGISTRY_AUTH: Object = Object {
    name: "registry credentials",
    doc: "How to log in at a registry: `username` with `password`, or `auth`.",
    fields: &[
        Field::new("username", Shape::Any, "The user.").example("${env.REGISTRY_USER}"),
        Field::new("password", Shape::Any, "The password or token.").example("${env.REGISTRY_TOKEN}"),
        Field::new("auth", Shape::Any, "User and password in one, in base64, as in Docker's configuration file."),
    ],
    other: Other::Ignored,
    reading: Reading::Exact,
};

pub(super) static RESOURCES: Object = Object {
    name: "resources",
    doc: "What the run may use.",
    fields: &[Field::new("limits", Shape::Object(&LIMITS), "The most that it may use.")],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static LIMITS: Object = Object {
    name: "limits",
    doc: "Upper bounds, as text.",
    fields: &[
        Field::new("cpu", Shape::Text, "Processors, in cores or thousandths (`m`).").example("\"500m\""),
        Field::new("memory", Shape::Text, "Memory, with a suffix such as `Mi` or `Gi`.").example("\"512Mi\""),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};
