//! The built-in actions and the input of each.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::action_data as data;
use super::action_files as files;
use super::action_flow as flow;
use super::action_services as services;
use super::{Object, Other, Reading, harness, llm, step};
use crate::syntax::Node;

/// A built-in action.
#[derive(Debug)]
pub struct Action {
    /// What stands after `action:`.
    pub name: &'static str,
    /// What it does (Markdown).
    pub doc: &'static str,
    /// What `with` may hold; its required fields make `with` required.
    pub input: &'static Object,
}

impl Action {
    /// Whether a step with this action needs a `with`.
    pub fn needs_input(&self) -> bool {
        self.input.fields.iter().any(|field| field.required)
    }
}

/// The built-in action of this name; blanks around it do not count, and any `redis.OPERATION` is one.
pub fn find(name: &str) -> Option<&'static Action> {
    static BY_NAME: LazyLock<HashMap<&str, &Action>> = LazyLock::new(|| ALL.iter().map(|action| (action.name, action)).collect());
    let name = name.trim();
    BY_NAME.get(name).copied().or_else(|| name.strip_prefix("redis.").filter(|operation| !operation.is_empty()).map(|_| &REDIS))
}

/// What the `with` of a step may hold: the input of its action, or the shell of its `run`.
/// `None` for an action that is not built in, and for a step in the older syntax.
pub fn input(step: &Node) -> Option<&'static Object> {
    match step.get("action") {
        Some(action) => find(action.string()?).map(|action| action.input),
        None if step.get("run").is_some() => Some(&step::RUN_WITH),
        None => None,
    }
}

/// Whether a name is a versioned reference to an action that is kept elsewhere, such as
/// `owner/repo@v1`.
pub fn is_versioned(name: &str) -> bool {
    name.contains('@') || name.starts_with("source:")
}

static REDIS: Action =
    Action { name: "redis.get", doc: "Runs a Redis command: the part after the dot is its name.", input: &services::REDIS };

/// What `noop` takes: nothing.
static NOTHING: Object =
    Object { name: "with of noop", doc: "Takes no input.", fields: &[], other: Other::Rejected, reading: Reading::Strict };

macro_rules! actions {
    ($($name:literal, $input:expr, $doc:literal;)*) => {
        /// The built-in actions; of `redis.*` the common ones.
        pub static ALL: &[Action] = &[$(Action { name: $name, doc: $doc, input: $input }),*];
    };
}

actions! {
    "exec", &flow::EXEC, "Runs a program with its arguments; no shell reads them.";
    "harness.run", &harness::RUN, "Gives a prompt to a command line agent such as Claude Code or Codex.";
    "chat.completion", &llm::CHAT, "Asks a language model.";
    "dag.run", &flow::DAG_RUN, "Runs another DAG and waits for it.";
    "dag.enqueue", &flow::DAG_ENQUEUE, "Puts a run of another DAG into its queue and goes on.";
    "router.route", &flow::ROUTE, "Starts the steps whose pattern matches a value, and skips the others.";
    "human.task", &flow::HUMAN_TASK, "Waits until a person has done something and filled in a form.";
    "wait.duration", &flow::WAIT_DURATION, "Waits for a time.";
    "wait.until", &flow::WAIT_UNTIL, "Waits until a point in time.";
    "wait.file", &flow::WAIT_FILE, "Waits until a file exists, or is gone.";
    "wait.http", &flow::WAIT_HTTP, "Waits until an address answers as expected.";
    "log.write", &flow::LOG, "Writes a line to the step's log.";
    "outputs.write", &flow::OUTPUTS, "Publishes values as outputs of the step.";
    "template.render", &flow::TEMPLATE, "Renders a Go template.";
    "noop", &NOTHING, "Does nothing; for steps that only publish outputs or order others.";
    "http.request", &services::HTTP, "Sends an HTTP request.";
    "ssh.run", &services::SSH, "Runs a command on another host.";
    "sftp.upload", &services::SFTP, "Copies files to another host.";
    "sftp.download", &services::SFTP, "Copies files from another host.";
    "docker.run", &services::DOCKER, "Runs a command in a container.";
    "container.run", &services::DOCKER, "Runs a command in a container; the same as `docker.run`.";
    "k8s.run", &services::K8S, "Runs a command as a Kubernetes job.";
    "kubernetes.run", &services::K8S, "Runs a command as a Kubernetes job; the same as `k8s.run`.";
    "postgres.query", &services::POSTGRES_QUERY, "Sends SQL to PostgreSQL.";
    "postgres.import", &services::SQL_IMPORT, "Loads a file into a table of PostgreSQL.";
    "sqlite.query", &services::SQLITE_QUERY, "Sends SQL to an SQLite database.";
    "sqlite.import", &services::SQL_IMPORT, "Loads a file into a table of an SQLite database.";
    "redis.get", &services::REDIS, "Reads a key of Redis.";
    "redis.set", &services::REDIS, "Writes a key of Redis.";
    "redis.del", &services::REDIS, "Removes keys of Redis.";
    "redis.ping", &services::REDIS, "Tests the connection to Redis.";
    "redis.publish", &services::REDIS, "Sends a message to a channel of Redis.";
    "redis.pipeline", &services::REDIS, "Sends several commands to Redis at once.";
    "mail.send", &services::MAIL, "Sends mail.";
    "s3.upload", &services::S3, "Copies a file to an object store.";
    "s3.download", &services::S3, "Copies an object to a file.";
    "s3.list", &services::S3, "Lists objects.";
    "s3.delete", &services::S3, "Removes objects.";
    "git.checkout", &services::GIT_CHECKOUT, "Fetches a repository and checks out a revision.";
    "git.worktree.add", &services::WORKTREE_ADD, "Adds a working tree to a repository.";
    "git.worktree.remove", &services::WORKTREE_REMOVE, "Removes a working tree.";
    "file.stat", &files::FILE_ONE, "Tells what a path is.";
    "file.read", &files::FILE_ONE, "Reads a file.";
    "file.write", &files::FILE_WRITE, "Writes a file.";
    "file.copy", &files::FILE_TWO, "Copies a file or folder.";
    "file.move", &files::FILE_TWO, "Moves a file or folder.";
    "file.delete", &files::FILE_ONE, "Removes a file or folder.";
    "file.mkdir", &files::FILE_ONE, "Makes a folder.";
    "file.list", &files::FILE_ONE, "Lists a folder.";
    "artifact.read", &files::ARTIFACT_READ, "Reads one of the run's artifacts.";
    "artifact.write", &files::ARTIFACT_WRITE, "Writes one of the run's artifacts.";
    "artifact.list", &files::ARTIFACT_LIST, "Lists the run's artifacts.";
    "archive.create", &files::ARCHIVE, "Packs files into an archive.";
    "archive.extract", &files::ARCHIVE, "Unpacks an archive.";
    "archive.list", &files::ARCHIVE, "Lists an archive.";
    "jq.filter", &data::JQ, "Applies a jq filter to JSON.";
    "data.convert", &data::CONVERT, "Turns data of one format into another.";
    "data.pick", &data::PICK, "Takes a part of data.";
    "state.get", &data::STATE_READ, "Reads a value that outlives the run.";
    "state.set", &data::STATE_WRITE, "Writes a value that outlives the run.";
    "state.diff", &data::STATE_WRITE, "Compares with a value that outlives the run, and may update it.";
    "state.delete", &data::STATE_READ, "Removes a value that outlives the run.";
    "state.list", &data::STATE_LIST, "Lists values that outlive the run.";
}
