//! Inputs of actions that talk to something else: hosts, containers, databases, stores, repositories.

use super::connections::SERVER_MODES;
use super::kubernetes;
use super::step::COMMANDS;
use super::{Empty, Field, MAPPING, Object, Other, Reading, Shape, TEXT_MAPPING, TEXTS, Word, word};

const NAME: Shape = Shape::Present(&Shape::NonBlank);

pub(super) static HTTP: Object = Object {
    name: "with of http.request",
    doc: "The request.",
    fields: &[
        Field::new("method", NAME, "The method.").example("GET").required(),
        Field::new("url", NAME, "The address.").example("https://api.example.com/v1/items").required(),
        Field::new("headers", TEXT_MAPPING, "Headers by name.").example("{Accept: application/json}"),
        Field::new("query", TEXT_MAPPING, "Query parameters by name.").example("{page: \"1\"}"),
        Field::new("body", Shape::Text, "The body; not beside `form` or `files`."),
        Field::new("form", TEXT_MAPPING, "Form fields by name."),
        Field::new("files", TEXT_MAPPING, "Files to send, as paths by field name."),
        Field::new("timeout", Shape::Int, "Seconds to wait for the answer.").least(0, "the request then has no time limit").example("30"),
        Field::new("silent", Shape::Bool, "Leaves headers and status out of the output.").default("false"),
        Field::new("debug", Shape::Bool, "Writes the exchange to the log.").default("false"),
        Field::new("json", Shape::Bool, "Writes status, headers and body as JSON.").default("false"),
        Field::new("format", Shape::Text, "How the output is written.").empty(Empty::Absent).example("json"),
        Field::new("output", Shape::Text, "The file for the answer's body.").empty(Empty::Absent).example("items.json"),
        Field::new("skip_tls_verify", Shape::Bool, "Whether to accept any certificate.").default("false"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

/// What becomes the command of the step: null and lists get that far.
const COMMAND: Shape = Shape::Nullable(&COMMANDS);

const USER: Field = Field::new("user", Shape::Text, "The user.").empty(Empty::Absent).example("deploy");
const HOST: Field =
    Field::new("host", Shape::Text, "The host.").empty(Empty::Odd("it means this machine itself")).example("app.example.com");
const IP: Field = Field::new("ip", Shape::Text, "The host, under its older name.").deprecated("host");
const SSH_PORT: Field = Field::new("port", Shape::OneOf(&[Shape::Int, Shape::Text]), "The port.").empty(Empty::Absent).default("22");
const KEY: Field = Field::new("key", Shape::Text, "The path of the private key.").empty(Empty::Absent).example("~/.ssh/id_ed25519");
const PASSWORD: Field = Field::new("password", Shape::Text, "The password, where there is no key.");
const STRICT: Field = Field::new("strict_host_key", Shape::Bool, "Whether the host's key must be known.").default("true");
const KNOWN: Field =
    Field::new("known_host_file", Shape::Text, "The file of known hosts.").empty(Empty::Absent).default("~/.ssh/known_hosts");
const TIMEOUT: Field = Field::new("timeout", Shape::Text, "The time to wait for the connection.").empty(Empty::Absent).example("30s");
const BASTION: Field = Field::new("bastion", MAPPING, "A host to go through.");

pub(super) static SSH: Object = Object {
    name: "with of ssh.run",
    doc: "The command and the host. What is absent comes from the root's `ssh`.",
    fields: &[
        Field::new("command", COMMAND, "The command, a script, or a list of commands.").example("systemctl restart app").required(),
        USER,
        HOST,
        IP,
        SSH_PORT,
        KEY,
        PASSWORD,
        STRICT,
        KNOWN,
        Field::new("shell", Shape::Text, "The shell on the host.").empty(Empty::Absent).example("/bin/bash"),
        Field::new("shell_args", TEXTS, "Arguments of the shell."),
        TIMEOUT,
        BASTION,
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

pub(super) static SFTP: Object = Object {
    name: "with of an sftp action",
    doc: "What to copy, and the host. What is absent comes from the root's `ssh`.",
    fields: &[
        Field::new("source", Shape::Text, "What to copy.").example("dist/app.tar.gz"),
        Field::new("destination", Shape::Text, "Where to.").example("/srv/app.tar.gz"),
        Field::new("direction", Shape::Text, "`upload` or `download`; follows from the action."),
        USER,
        HOST,
        IP,
        SSH_PORT,
        KEY,
        PASSWORD,
        STRICT,
        KNOWN,
        TIMEOUT,
        BASTION,
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

pub(super) static DOCKER: Object = Object {
    name: "with of docker.run",
    doc: "The container and the command. Settings under `container`, `host` and `network` are Docker's own.",
    fields: &[
        Field::new("image", Shape::Text, "The image to create the container from.").empty(Empty::Absent).example("alpine:3.20"),
        Field::new("container_name", Shape::Text, "The name of the container; without `image`, a running one to run the command in.")
            .empty(Empty::Absent)
            .example("app"),
        Field::new("command", COMMAND, "The command.").example("echo hello"),
        Field::new("pull", Shape::Text, "When to pull the image: `missing`, `always`, or `never`.").empty(Empty::Absent).default("missing"),
        Field::new("platform", Shape::Text, "The platform of the image, as `os/arch[/variant]`.")
            .empty(Empty::Absent)
            .example("linux/amd64"),
        Field::new("auto_remove", Shape::Bool, "Removes the container afterwards.").default("false"),
        Field::new("working_dir", Shape::Text, "The directory in the container in which the command starts.").empty(Empty::Absent),
        Field::new("volumes", TEXTS, "Mounts as `source:target[:ro|rw]`.").example("[\"./src:/src:ro\"]"),
        Field::new("shell", TEXTS, "The shell that runs the command, as a program and its flags."),
        Field::new("container", MAPPING, "The container's configuration, as in Docker's API.").example("{env: [MODE=batch]}"),
        Field::new("host", MAPPING, "The host's configuration, as in Docker's API."),
        Field::new("network", MAPPING, "The network's configuration, as in Docker's API."),
        Field::new("exec", MAPPING, "How the command is run in a running container, as in Docker's API."),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const K8S_COMMAND: &str = "The command.";

pub(super) static K8S: Object = Object {
    name: "with of k8s.run",
    doc: "The job. What is absent comes from the root's `kubernetes`.",
    fields: K8S_FIELDS,
    other: Other::Rejected,
    reading: Reading::Strict,
};

const K8S_FIELDS: &[Field] = &with_command();

/// The fields of the root's `kubernetes`, with the command before them.
const fn with_command() -> [Field; kubernetes::FIELDS.len() + 1] {
    let mut fields = [const { Field::new("command", COMMAND, K8S_COMMAND) }; kubernetes::FIELDS.len() + 1];
    let mut i = 0;
    while i < kubernetes::FIELDS.len() {
        let Field { name, shape, doc, default, example, required, deprecated, empty, least } = kubernetes::FIELDS[i];
        fields[i + 1] = Field { name, shape, doc, default, example, required, deprecated, empty, least };
        i += 1;
    }
    fields
}

const DSN: Field = Field::new("dsn", Shape::Text, "The address of the database.").empty(Empty::Fails).example("${env.DATABASE_URL}");
const QUERY: Field = Field::new("query", COMMAND, "The SQL: one statement, or several lines of them.").example("SELECT 1").required();
const QUERY_PARAMS: Field =
    Field::new("params", Shape::OneOf(&[Shape::List(&Shape::Any), MAPPING]), "Values for the placeholders, by position or name.");
const SQL_TIMEOUT: Field = Field::new("timeout", Shape::Int, "Seconds that a statement may take.")
    .needs_least(0, "the step fails before it connects")
    .default("60");
const TRANSACTION: Field = Field::new("transaction", Shape::Bool, "Whether all statements are one transaction.").default("false");
const FORMAT: Field = Field::new("output_format", Shape::Word(OUTPUT_FORMATS), "How rows are written.").default("jsonl");
const SQL_HEADERS: Field = Field::new("headers", Shape::Bool, "Whether CSV starts with a line of column names.").default("false");
const NULL_STRING: Field = Field::new("null_string", Shape::Text, "What stands for null in CSV.").default("null");
const MAX_ROWS: Field =
    Field::new("max_rows", Shape::Int, "The most rows; 0 for no limit.").least(0, "there is no limit then").default("0");
const STREAMING: Field = Field::new("streaming", Shape::Bool, "Whether rows go to `output_file` as they come.").default("false");
const OUTPUT_FILE: Field = Field::new("output_file", Shape::Text, "The file for the rows.").empty(Empty::Absent);

pub(super) static POSTGRES_QUERY: Object = Object {
    name: "with of postgres.query",
    doc: "The statement and the database.",
    fields: &[
        QUERY,
        DSN,
        QUERY_PARAMS,
        SQL_TIMEOUT,
        TRANSACTION,
        Field::new("isolation_level", Shape::Word(ISOLATION_LEVELS), "How far the transaction is kept from others."),
        Field::new("advisory_lock", Shape::Text, "The name of a lock to hold meanwhile."),
        FORMAT,
        SQL_HEADERS,
        NULL_STRING,
        MAX_ROWS,
        STREAMING,
        OUTPUT_FILE,
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

pub(super) static SQLITE_QUERY: Object = Object {
    name: "with of sqlite.query",
    doc: "The statement and the database.",
    fields: &[
        QUERY,
        DSN,
        QUERY_PARAMS,
        SQL_TIMEOUT,
        TRANSACTION,
        Field::new("file_lock", Shape::Bool, "Whether the file is locked meanwhile.").default("false"),
        Field::new("shared_memory", Shape::Bool, "Whether a database in memory is shared by steps that run at the same time.")
            .default("false"),
        FORMAT,
        SQL_HEADERS,
        NULL_STRING,
        MAX_ROWS,
        STREAMING,
        OUTPUT_FILE,
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const OUTPUT_FORMATS: &[Word] =
    &[word("jsonl", "A JSON object a line."), word("json", "A JSON list."), word("csv", "Comma-separated values.")];
const ISOLATION_LEVELS: &[Word] = &[
    word("default", "The server's default."),
    word("read_committed", "Sees what others have committed."),
    word("repeatable_read", "Sees the same all the time."),
    word("serializable", "As if nothing else ran."),
];

pub(super) static SQL_IMPORT: Object = Object {
    name: "with of a database import",
    doc: "The file, the table and the database.",
    fields: &[
        Field::new("import", Shape::Present(&Shape::Object(&IMPORT)), "What is loaded, and how.").required(),
        DSN,
        SQL_TIMEOUT,
        TRANSACTION,
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

static IMPORT: Object = Object {
    name: "import",
    doc: "What is loaded, and how.",
    fields: &[
        Field::new("input_file", Shape::Text, "The file.").empty(Empty::Fails).example("rows.csv").required(),
        Field::new("table", Shape::Text, "The table.").empty(Empty::Fails).example("items").required(),
        Field::new("format", Shape::Word(IMPORT_FORMATS), "The format of the file.").default("by its extension"),
        Field::new("has_header", Shape::Bool, "Whether the first line has the column names.").default("true"),
        Field::new("delimiter", Shape::Text, "The character between values.").default("\",\""),
        Field::new("columns", TEXTS, "The columns, in the order of the file."),
        Field::new("null_values", TEXTS, "Texts that stand for null."),
        Field::new("batch_size", Shape::Int, "Rows for each statement.")
            .needs_least(0, "the step fails before it reads the file")
            .default("1000"),
        Field::new("on_conflict", Shape::Word(ON_CONFLICT), "What becomes of a row that is already there.").default("error"),
        Field::new("conflict_target", Shape::Text, "The columns that tell whether a row is already there."),
        Field::new("skip_rows", Shape::Int, "Rows to leave out at the start.")
            .needs_least(0, "the step fails before it reads the file")
            .default("0"),
        Field::new("max_rows", Shape::Int, "The most rows; 0 for no limit.")
            .needs_least(0, "the step fails before it reads the file")
            .default("0"),
        Field::new("dry_run", Shape::Bool, "Reads the file without writing to the table.").default("false"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const IMPORT_FORMATS: &[Word] =
    &[word("csv", "Comma-separated values."), word("tsv", "Tab-separated values."), word("jsonl", "A JSON object a line.")];
const ON_CONFLICT: &[Word] =
    &[word("error", "The import fails."), word("ignore", "It is left out."), word("replace", "It takes the old one's place.")];

pub(super) static REDIS: Object = Object {
    name: "with of a redis action",
    doc: "The connection, where it differs from the root's `redis`, and what the command takes.",
    fields: &[
        Field::new("key", Shape::Text, "The key.").empty(Empty::Odd("the command goes to the key without a name")).example("counter"),
        Field::new("keys", TEXTS, "Several keys."),
        Field::new("value", Shape::Any, "The value.").example("1"),
        Field::new("values", Shape::List(&Shape::Any), "Several values."),
        Field::new("field", Shape::Text, "The field of a hash.").empty(Empty::Odd("the command goes to the field without a name")),
        Field::new("fields", MAPPING, "Fields of a hash with their values."),
        Field::new("ttl", Shape::Int, "Seconds until the key expires.").example("3600"),
        Field::new("nx", Shape::Bool, "Writes only when the key is not there."),
        Field::new("xx", Shape::Bool, "Writes only when the key is there."),
        Field::new("keep_ttl", Shape::Bool, "Keeps the expiry of the key."),
        Field::new("count", Shape::Int, "How many."),
        Field::new("match", Shape::Text, "A pattern of keys.").example("job:*"),
        Field::new("position", Shape::Word(POSITIONS), "On which side of the pivot to insert."),
        Field::new("pivot", Shape::Text, "The element to insert next to."),
        Field::new("start", Shape::Int, "The first index."),
        Field::new("stop", Shape::Int, "The last index."),
        Field::new("score", Shape::Number, "The score in a sorted set."),
        Field::new("min", Shape::Text, "The least score."),
        Field::new("max", Shape::Text, "The greatest score."),
        Field::new("with_scores", Shape::Bool, "Whether scores are given too."),
        Field::new("channel", Shape::Text, "The channel to publish to.")
            .empty(Empty::Odd("the message goes to the channel without a name")),
        Field::new("channels", TEXTS, "The channels to listen to."),
        Field::new("message", Shape::Any, "The message to publish."),
        Field::new("stream", Shape::Text, "The stream."),
        Field::new("stream_id", Shape::Text, "The entry of the stream."),
        Field::new("stream_fields", MAPPING, "The fields of a new entry with their values."),
        Field::new("max_len", Shape::Int, "The most entries that the stream keeps."),
        Field::new("group", Shape::Text, "The consumer group."),
        Field::new("consumer", Shape::Text, "The consumer."),
        Field::new("block", Shape::Int, "Milliseconds to wait for an entry."),
        Field::new("no_ack", Shape::Bool, "Whether entries count as handled once they are read."),
        Field::new("script", Shape::Text, "A Lua script."),
        Field::new("script_file", Shape::Text, "The file of a Lua script."),
        Field::new("script_sha", Shape::Text, "The digest of a Lua script that the server has already."),
        Field::new("script_keys", TEXTS, "The keys that the script is given, as `KEYS`."),
        Field::new("script_args", Shape::List(&Shape::Any), "What else the script is given, as `ARGV`."),
        Field::new("lock", Shape::Text, "The name of a lock that is held while the command runs.").example("nightly"),
        Field::new("lock_timeout", Shape::Int, "Seconds after which the lock is given up."),
        Field::new("lock_retry", Shape::Int, "How often to try to get the lock."),
        Field::new("lock_wait", Shape::Int, "Milliseconds between two tries."),
        Field::new("pipeline", Shape::List(&Shape::Object(&PIPELINE_COMMAND)), "Commands to send at once."),
        Field::new("watch", TEXTS, "Keys that must not change during a transaction."),
        Field::new("multi", Shape::Bool, "Whether the pipeline is a transaction."),
        Field::new("output_format", Shape::Word(REDIS_FORMATS), "How the result is written.").example("json"),
        Field::new("null_value", Shape::Text, "What stands for null."),
        Field::new("timeout", Shape::Int, "Seconds that the command may take.").needs_least(0, "the step fails before it connects"),
        Field::new("max_result_size", Shape::Int, "The most bytes of the result."),
        Field::new("command", Shape::Text, "The command; follows from the action."),
        Field::new("url", Shape::Text, "The whole address, in place of the single fields.")
            .empty(Empty::Absent)
            .example("redis://localhost:6379/0"),
        Field::new("host", Shape::Text, "The host."),
        Field::new("port", Shape::IntIn(1, 65535), "The port.").default("6379"),
        Field::new("password", Shape::Text, "The password."),
        Field::new("username", Shape::Text, "The user."),
        Field::new("db", Shape::IntIn(0, 15), "The number of the database.").default("0"),
        Field::new("tls", Shape::Bool, "Whether to connect with TLS."),
        Field::new("tls_skip_verify", Shape::Bool, "Whether to accept any certificate."),
        Field::new("tls_cert", Shape::Text, "The file of the client's certificate."),
        Field::new("tls_key", Shape::Text, "The file of the certificate's key."),
        Field::new("tls_ca", Shape::Text, "The file of the authority that the server's certificate comes from."),
        Field::new("mode", Shape::Word(SERVER_MODES), "How the server is set up.").default("standalone"),
        Field::new("sentinel_master", Shape::Text, "The name of the master."),
        Field::new("sentinel_addrs", TEXTS, "The sentinels, as `host:port`."),
        Field::new("cluster_addrs", TEXTS, "The nodes of the cluster, as `host:port`."),
        Field::new("max_retries", Shape::Int, "How often a command is tried again."),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

static PIPELINE_COMMAND: Object = Object {
    name: "pipeline command",
    doc: "A command of a pipeline, with what it takes.",
    fields: &[
        Field::new("command", Shape::Text, "The command.").empty(Empty::Fails).example("SET").required(),
        Field::new("key", Shape::Text, "The key.").empty(Empty::Odd("the command goes to the key without a name")).example("counter"),
        Field::new("value", Shape::Any, "The value.").example("1"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const REDIS_FORMATS: &[Word] =
    &[word("json", "As JSON."), word("jsonl", "A JSON value a line."), word("raw", "As it is."), word("csv", "Comma-separated values.")];
const POSITIONS: &[Word] = &[word("BEFORE", "Before the pivot."), word("AFTER", "After the pivot.")];

pub(super) static MAIL: Object = Object {
    name: "with of mail.send",
    doc: "The mail. The server comes from the root's `smtp`.",
    fields: &[
        Field::new("from", Shape::Text, "The sender.").example("dagu@example.com"),
        Field::new("to", Shape::Any, "The recipient, or a list of them.").empty(Empty::Fails).example("ops@example.com"),
        Field::new("subject", Shape::Text, "The subject.").example("Report"),
        Field::new("message", Shape::Text, "The text.").example("See the attachment."),
        Field::new("attachments", TEXTS, "Files to attach.").example("[report.pdf]"),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

pub(super) static S3: Object = Object {
    name: "with of an s3 action",
    doc: "The object and the connection, where it differs from the root's `s3`.",
    fields: &[
        Field::new("bucket", Shape::Text, "The bucket.").empty(Empty::Absent).example("reports"),
        Field::new("key", Shape::Text, "The name of the object.").example("2030/report.pdf"),
        Field::new("source", Shape::Text, "The file to upload.").example("report.pdf"),
        Field::new("destination", Shape::Text, "The file to write.").example("report.pdf"),
        Field::new("prefix", Shape::Text, "What the names of the objects start with.").example("2030/"),
        Field::new("part_size", Shape::IntIn(5, i64::MAX), "Megabytes of a part.").default("10"),
        Field::new("concurrency", Shape::IntIn(1, i64::MAX), "Parts at a time.").default("5"),
        Field::new("max_keys", Shape::IntIn(1, i64::MAX), "The most objects to list.").default("1000"),
        Field::new("recursive", Shape::Bool, "Whether the list goes into what looks like folders.").default("false"),
        Field::new("delimiter", Shape::Text, "What parts the names into folders.").example("/"),
        Field::new("quiet", Shape::Bool, "Whether deleted objects are left out of the output.").default("false"),
        Field::new("content_type", Shape::Text, "The media type of the object.").example("application/pdf"),
        Field::new("metadata", MAPPING, "Metadata of the object by name."),
        Field::new("tags", MAPPING, "Tags of the object by name."),
        Field::new("sse", Shape::Word(SSE), "How the store encrypts the object."),
        Field::new("sse_kms_key_id", Shape::Text, "The key of the key service (`sse: aws:kms`)."),
        Field::new("output_format", Shape::Word(S3_FORMATS), "How the list is written.").default("json"),
        Field::new("storage_class", Shape::Text, "The storage class of the object.").empty(Empty::Absent).example("STANDARD_IA"),
        Field::new("acl", Shape::Text, "Who may read the object.").empty(Empty::Absent).example("private"),
        Field::new("region", Shape::Text, "The region.").empty(Empty::Absent),
        Field::new("endpoint", Shape::Text, "The address of a store other than Amazon's.").empty(Empty::Absent),
        Field::new("access_key_id", Shape::Text, "The id of the key.").empty(Empty::Absent),
        Field::new("secret_access_key", Shape::Text, "The key."),
        Field::new("session_token", Shape::Text, "The token of a temporary key."),
        Field::new("profile", Shape::Text, "A profile of the AWS configuration.").empty(Empty::Absent),
        Field::new("force_path_style", Shape::Bool, "Whether the bucket stands in the path rather than in the host name."),
        Field::new("disable_ssl", Shape::Bool, "Whether to connect without TLS."),
    ],
    other: Other::Ignored,
    reading: Reading::Strict,
};

const SSE: &[Word] = &[word("AES256", "With the store's own key."), word("aws:kms", "With a key of the key service.")];
const S3_FORMATS: &[Word] = &[word("json", "A JSON list."), word("jsonl", "A JSON object a line.")];

pub(super) static GIT_CHECKOUT: Object = Object {
    name: "with of git.checkout",
    doc: "The repository, the revision and the folder.",
    fields: &[
        Field::new("repository", NAME, "The address of the repository.").example("https://github.com/owner/repo.git").required(),
        Field::new("path", NAME, "The folder to check out into.").example("src").required(),
        Field::new("ref", Shape::Text, "The branch, tag or commit.").default("the repository's main branch").example("v1.2.0"),
        Field::new("depth", Shape::IntIn(0, i64::MAX), "How many commits to fetch; 0 for all.").default("0"),
        Field::new("force", Shape::Bool, "Whether local changes are overwritten.").default("false"),
        Field::new("token", Shape::Text, "A token for the server; not beside `username` and `password`.").example("${env.GITHUB_TOKEN}"),
        Field::new("username", Shape::Text, "The user."),
        Field::new("password", Shape::Text, "The password."),
        Field::new("ssh_key_path", Shape::Text, "The path of the private key; not beside `token` or `password`."),
        Field::new("ssh_passphrase", Shape::Text, "The passphrase of the key."),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static WORKTREE_ADD: Object = Object {
    name: "with of git.worktree.add",
    doc: "The branch and the folder of the new working tree.",
    fields: &[
        Field::new("branch", NAME, "The branch.").example("feature/x"),
        Field::new("path", NAME, "The folder.").default("one next to the repository"),
        Field::new("create_branch", Shape::Present(&Shape::Bool), "Whether the branch is made.").default("false"),
        Field::new("base", NAME, "What the new branch starts from; needs `create_branch: true`.").example("main"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};

pub(super) static WORKTREE_REMOVE: Object = Object {
    name: "with of git.worktree.remove",
    doc: "The working tree, by `branch` or `path`.",
    fields: &[
        Field::new("branch", NAME, "Its branch.").example("feature/x"),
        Field::new("path", NAME, "Its folder."),
        Field::new("force", Shape::Present(&Shape::Bool), "Removes it with its changes.").default("false"),
        Field::new("delete_branch", Shape::Present(&Shape::Bool), "Removes the branch too.").default("false"),
        Field::new(
            "force_delete_branch",
            Shape::Present(&Shape::Bool),
            "Removes the branch although it is not merged; needs `delete_branch: true`.",
        )
        .default("false"),
    ],
    other: Other::Rejected,
    reading: Reading::Strict,
};
