use super::{Check, Has, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Severity};
use crate::suggest::nearest;
use crate::syntax::{Node, ScalarType};
use crate::workflow::{Step, duration, url};

pub(super) static RULE: Rule = Rule {
    name: "action-input-unusable",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "An input of an action that loads, and with which the step is sure to fail.",
    why: "Many inputs are read only when the step starts: an address without `http://`, a storage class that the store does not have, a Redis command that the engine cannot send, an archive format that nobody writes, a port that is no number. The DAG loads, and the step fails each time.",
    grounds: "Engine, at run time: `unsupported protocol scheme`, `net/http: invalid method`, `invalid storage class`, `invalid acl`, `unsupported command`, `unsupported pipeline command`, `unknown format`, `invalid ssh timeout duration`, `unknown port`, `address 99999: invalid port`, `foreach.items string must resolve to a JSON array`, `DAG is not found`, `dag.enqueue with.queue must be a string`, `invalid type for 'to' field`. Each word of the lists was tried.",
    bad: "steps:\n\
        \x20 - id: fetch\n\
        \x20   action: http.request\n\
        \x20   with:\n\
        \x20     method: GET\n\
        \x20     url: api.example.com/items\n",
    good: "steps:\n\
        \x20 - id: fetch\n\
        \x20   action: http.request\n\
        \x20   with:\n\
        \x20     method: GET\n\
        \x20     url: https://api.example.com/items\n",
    absence: false,
    check: Check::Where(Has::Keys { root: &["ssh", "smtp"], steps: &["foreach", "action", "type"] }, &Check::Steps(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    if let Some(ssh) = context.root().and_then(|root| root.get_some("ssh")) {
        connection(sink, ssh);
        if let Some(bastion) = ssh.get_some("bastion") {
            port(sink, bastion);
        }
    }
    if let Some(smtp) = context.root().and_then(|root| root.get_some("smtp")) {
        port(sink, smtp);
    }
    for step in context.steps() {
        if let Some(items) = step.node.get_some("foreach").and_then(|foreach| literal(foreach, "items")) {
            let is_list = serde_json::from_str::<Vec<serde_json::Value>>(items.text).is_ok();
            if !is_list && !items.text.trim().is_empty() {
                let finding = sink.finding(items.node.span, "a text under `items` must be a list in JSON, or a reference to one");
                sink.push(finding.help("write the items as a YAML list"));
            }
        }
        let (Some(operation), Some(with)) = (step.operation(), step.input()) else { continue };
        action(context, sink, step, operation, with);
    }
}

fn action(context: &Context<'_>, sink: &mut Sink, step: &Step, operation: &str, with: &Node) {
    let (kind, rest) = operation.split_once('.').unwrap_or((operation, ""));
    match kind {
        "http" if rest == "request" => http(sink, with),
        "s3" => {
            word(sink, with, "storage_class", STORAGE_CLASSES);
            word(sink, with, "acl", ACLS);
        }
        "redis" => redis(sink, step, rest, with),
        "archive" if rest == "create" => word(sink, with, "format", ARCHIVES_WRITTEN),
        "ssh" | "sftp" => connection(sink, with),
        "mail" => {
            let is_address = |node: &Node| node.string().is_some() || node.is_unresolved();
            if let Some(to) = with.get_some("to").filter(|to| !is_address(to) && !to.is_unresolved())
                && !to.items().is_some_and(|items| items.iter().any(|item| is_address(item)))
            {
                sink.report(to.span, "`to` must be an address, or a list of them: no mail can be sent");
            }
        }
        "dag" if rest == "enqueue" && with.get_some("queue").is_some_and(|queue| queue.string().is_none() && !queue.is_unresolved()) => {
            if let Some(queue) = with.get_some("queue") {
                sink.report(queue.span, format!("`queue` must be a text, but this is {}: the step fails", queue.type_name()));
            }
        }
        "dag" => {
            // A document of the file with such a name is reported for itself.
            let is_own = |name: &str| context.workflows.iter().any(|workflow| workflow.name.as_ref().is_some_and(|own| own.value == name));
            if let Some(dag) = literal(with, "dag")
                && dag.text.trim().contains(char::is_whitespace)
                && !dag.text.contains('/')
                && !is_own(dag.text.trim())
            {
                sink.report(dag.node.span, format!("no DAG can be named `{}`: letters, digits, `-`, `_` and `.`", dag.text.trim()));
            }
        }
        _ => {}
    }
}

/// A text that no run changes.
struct Literal<'t> {
    node: &'t Node,
    text: &'t str,
}

fn literal<'t>(with: &'t Node, key: &str) -> Option<Literal<'t>> {
    let node = with.get_some(key)?;
    let text = node.string()?;
    let is_computed = text.contains(['$', '`']) || text.contains("{{");
    (!is_computed && !text.is_empty()).then_some(Literal { node, text })
}

fn http(sink: &mut Sink, with: &Node) {
    let address = literal(with, "url").filter(|address| !address.text.trim().is_empty());
    if let Some(Literal { node, text }) = address.filter(|address| !url::is_absolute_http(address.text.trim())) {
        let finding = sink.finding(node.span, "the request fails: an address starts with `http://` or `https://` and names a host");
        let is_host = text.contains('.') && !text.contains("://") && !text.contains(char::is_whitespace);
        sink.push(if is_host { finding.help(format!("write `https://{}`", text.trim())) } else { finding });
    }
    let Some(method) = literal(with, "method").filter(|method| !method.text.trim().is_empty()) else { return };
    let name = method.text.trim();
    let is_token = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    if !is_token {
        sink.report(method.node.span, format!("`{name}` is no method of HTTP: the request fails"));
    } else if !METHODS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let finding = sink.finding(method.node.span, format!("`{name}` is none of the methods that servers know")).loads();
        let near = nearest(name, METHODS.iter().copied());
        sink.push(match near {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding,
        });
    }
}

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK",
    "UNLOCK", "REPORT", "SEARCH", "PURGE", "LIST",
];

fn word(sink: &mut Sink, with: &Node, key: &str, known: &[&'static str]) {
    let Some(value) = literal(with, key).filter(|value| !value.text.trim().is_empty()) else { return };
    let written = value.text.trim();
    if known.iter().any(|word| word.eq_ignore_ascii_case(written)) {
        return;
    }
    let finding = sink.finding(value.node.span, format!("`{written}` is no `{key}` that the engine knows: the step fails"));
    sink.push(match nearest(written, known.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("known: {}", super::listed(known.iter().copied()))),
    });
}

const STORAGE_CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
];
const ACLS: &[&str] = &[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];
const ARCHIVES_WRITTEN: &[&str] = &["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tbz2", "tar.xz", "txz", "tar.zst"];

/// The commands that the engine can send; it has its own code for each.
const COMMANDS: &[&str] = &[
    "append", "blpop", "brpop", "dbsize", "decr", "decrby", "del", "echo", "exists", "expire", "expireat", "flushall", "flushdb", "get", "getset",
    "hdel", "hexists", "hget", "hgetall", "hincrby", "hincrbyfloat", "hkeys", "hlen", "hmget", "hmset", "hset", "hsetnx", "hvals", "incr", "incrby",
    "incrbyfloat", "info", "keys", "lindex", "linsert", "llen", "lmove", "lpop", "lpush", "lrange", "lrem", "lset", "ltrim", "mget", "mset", "persist",
    "ping", "pttl", "publish", "rename", "renamenx", "rpop", "rpush", "sadd", "scan", "scard", "sdiff", "set", "setex", "setnx", "sinter", "sismember",
    "smembers", "spop", "srandmember", "srem", "strlen", "sunion", "time", "ttl", "type", "xack", "xadd", "xlen", "xrange", "xread", "xreadgroup",
    "xrevrange", "zadd", "zcard", "zcount", "zincrby", "zpopmax", "zpopmin", "zrange", "zrangebyscore", "zrank", "zrem", "zrevrange", "zrevrank",
    "zscore",
];
/// Those of them that may stand in a pipeline.
const IN_PIPELINE: &[&str] = &[
    "get", "set", "del", "exists", "expire", "ttl", "incr", "decr", "mget", "mset", "hget", "hset", "hdel", "hgetall", "lpush", "rpush", "lpop",
    "rpop", "lrange", "llen", "sadd", "srem", "smembers", "scard", "zadd", "zrem", "zrange", "zcard", "publish",
];

fn redis(sink: &mut Sink, step: &Step, command: &str, with: &Node) {
    let name = command.trim();
    let is_script = ["script", "script_file", "script_sha", "pipeline", "lock"].iter().any(|key| with.get_some(key).is_some());
    let known = |list: &[&str], name: &str| list.iter().any(|word| word.eq_ignore_ascii_case(name));
    if !is_script
        && !known(COMMANDS, name)
        && !["eval", "evalsha", "pipeline", "subscribe", "psubscribe", "script"].contains(&name)
        && let Some(node) = step.node.get_some("action")
    {
        let finding = sink.finding(node.span, format!("the engine has no code for the Redis command `{name}`: the step fails")).loads();
        sink.push(match nearest(name, COMMANDS.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `redis.{near}`?")),
            None => finding.help("call it in a Lua `script` with `redis.eval`"),
        });
    }
    for item in with.get_some("pipeline").and_then(|pipeline| pipeline.items()).unwrap_or_default() {
        let Some(command) = literal(item, "command").filter(|command| !command.text.trim().is_empty()) else { continue };
        let name = command.text.trim();
        if !known(IN_PIPELINE, name) {
            let finding = sink.finding(command.node.span, format!("`{name}` is no command that the engine can send in a pipeline: the step fails"));
            sink.push(match nearest(name, IN_PIPELINE.iter().copied()) {
                Some(near) => finding.help(format!("did you mean `{}`?", near.to_uppercase())),
                None => finding,
            });
        }
    }
}

fn connection(sink: &mut Sink, holder: &Node) {
    port(sink, holder);
    if let Some(timeout) = literal(holder, "timeout").filter(|timeout| !timeout.text.trim().is_empty()) {
        match duration::nanoseconds(timeout.text) {
            None => sink.report(timeout.node.span, "`timeout` must be a duration such as `30s`: the step fails"),
            Some(time) if time < 0 => sink.report(timeout.node.span, "`timeout` is negative: every connection fails at once"),
            Some(_) => {}
        }
    }
}

/// A port is a number up to 65535, or the name of a service such as `ssh`.
fn port(sink: &mut Sink, holder: &Node) {
    let Some(node) = holder.get_some("port") else { return };
    let number = match node.scalar_type() {
        Some(ScalarType::Int(number)) => Some(number),
        Some(ScalarType::String) => node.text().and_then(|text| text.trim().parse().ok()),
        _ => None,
    };
    let is_word = number.is_none() && literal(holder, "port").is_some_and(|port| !is_service(port.text));
    if is_word || number.is_some_and(|number| number > 65535) {
        sink.report(node.span, "`port` must be a number from 1 to 65535: no connection can be made");
    }
}

/// Names of services are short and in lower case; what the machine knows of them cannot be seen here.
fn is_service(text: &str) -> bool {
    const KNOWN: &[&str] = &["ssh", "smtp", "smtps", "submission", "submissions", "http", "https"];
    text.trim().is_empty() || KNOWN.contains(&text)
}
