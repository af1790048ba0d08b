//! Connections that steps inherit: `ssh`, `s3`, `redis`; and `otel`.

use super::mail::PORT;
use super::{Empty, Field, Object, Other, Reading, Shape, TEXT_OR_ITEMS, TEXTS, Word, word};

pub(super) static SSH: Object = Object {
    name: "ssh",
    doc: "The host on which `run` steps are executed.",
    fields: &[
        Field::new("user", Shape::Text, "The user.").empty(Empty::Absent).example("deploy"),
        Field::new("host", Shape::Text, "The host.").empty(Empty::Odd("it means this machine itself")).example("app.example.com"),
        Field::new("port", PORT, "The port.").empty(Empty::Absent).default("22"),
        Field::new("key", Shape::Text, "The path of the private key.").empty(Empty::Absent).example("~/.ssh/id_ed25519"),
        Field::new("password", Shape::Text, "The password, where there is no key."),
        Field::new("strict_host_key", Shape::Bool, "Whether the host's key must be known.").default("true"),
        Field::new("known_host_file", Shape::Text, "The file of known hosts.").empty(Empty::Absent).default("~/.ssh/known_hosts"),
        Field::new("shell", TEXT_OR_ITEMS, "The shell on the host.").empty(Empty::Absent).example("/bin/bash"),
        Field::new("timeout", Shape::Text, "The time to wait for the connection.").empty(Empty::Absent).example("30s"),
        Field::new("bastion", Shape::Object(&BASTION), "A host to go through."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

static BASTION: Object = Object {
    name: "bastion",
    doc: "A host to go through.",
    fields: &[
        Field::new("host", Shape::Text, "The host.").empty(Empty::Odd("it means this machine itself")).example("jump.example.com"),
        Field::new("port", PORT, "The port.").empty(Empty::Absent).default("22"),
        Field::new("user", Shape::Text, "The user.").empty(Empty::Absent),
        Field::new("key", Shape::Text, "The path of the private key.").empty(Empty::Absent),
        Field::new("password", Shape::Text, "The password."),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

pub(super) static S3: Object = Object {
    name: "s3",
    doc: "The object store that `s3.*` steps use unless they say otherwise.",
    fields: &[
        Field::new("region", Shape::Text, "The region.").empty(Empty::Absent).example("eu-central-1"),
        Field::new("endpoint", Shape::Text, "The address of a store other than Amazon's.")
            .empty(Empty::Absent)
            .example("http://localhost:9000"),
        Field::new("access_key_id", Shape::Text, "The id of the key.").empty(Empty::Absent).example("${env.AWS_ACCESS_KEY_ID}"),
        Field::new("secret_access_key", Shape::Text, "The key.").example("${env.AWS_SECRET_ACCESS_KEY}"),
        Field::new("session_token", Shape::Text, "The token of a temporary key."),
        Field::new("profile", Shape::Text, "A profile of the AWS configuration.").empty(Empty::Absent),
        Field::new("force_path_style", Shape::Bool, "Whether the bucket stands in the path rather than in the host name.").default("false"),
        Field::new("disable_ssl", Shape::Bool, "Whether to connect without TLS.").default("false"),
        Field::new("bucket", Shape::Text, "The bucket.").empty(Empty::Absent).example("reports"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

pub(super) static REDIS: Object = Object {
    name: "redis",
    doc: "The Redis server that `redis.*` steps use unless they say otherwise.",
    fields: &[
        Field::new("url", Shape::Text, "The whole address, in place of the single fields.")
            .empty(Empty::Absent)
            .example("redis://localhost:6379/0"),
        Field::new("host", Shape::Text, "The host.").empty(Empty::Absent).default("localhost"),
        Field::new("port", Shape::IntIn(1, 65535), "The port.").default("6379"),
        Field::new("password", Shape::Text, "The password."),
        Field::new("username", Shape::Text, "The user."),
        Field::new("db", Shape::IntIn(0, 15), "The number of the database.").default("0"),
        Field::new("tls", Shape::Bool, "Whether to connect with TLS.").default("false"),
        Field::new("tls_skip_verify", Shape::Bool, "Whether to accept any certificate.").default("false"),
        Field::new(
            "mode",
            Shape::OneOf(&[Shape::Word(SERVER_MODES), Shape::Word(&[word("", "standalone.")])]),
            "How the server is set up.",
        )
        .default("standalone"),
        Field::new("sentinel_master", Shape::Text, "The name of the master (`mode: sentinel`)."),
        Field::new("sentinel_addrs", TEXTS, "The sentinels, as `host:port`."),
        Field::new("cluster_addrs", TEXTS, "The nodes of the cluster, as `host:port`."),
        Field::new("max_retries", Shape::Int, "How often a command is tried again.").default("3"),
    ],
    other: Other::Rejected,
    reading: Reading::Typed,
};

pub(super) const SERVER_MODES: &[Word] =
    &[word("standalone", "A single server."), word("sentinel", "Servers that sentinels watch over."), word("cluster", "A cluster.")];

pub(super) static OTEL: Object = Object {
    name: "otel",
    doc: "Traces of the runs, in OpenTelemetry's protocol.",
    fields: &[
        Field::new("enabled", Shape::Any, "Whether traces are sent.").default("false"),
        Field::new("endpoint", Shape::Any, "Where they are sent.").example("localhost:4317"),
        Field::new("headers", Shape::Any, "Headers of each request, by name."),
        Field::new("insecure", Shape::Any, "Whether to connect without TLS.").default("false"),
        Field::new("timeout", Shape::Any, "The time to wait for an answer.").example("10s"),
        Field::new("resource", Shape::Any, "Attributes of the traces, by name.").example("{service.name: dagu}"),
    ],
    other: Other::Ignored,
    reading: Reading::Exact,
};
