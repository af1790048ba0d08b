//! The plan as JSON, version 1.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::plan::container::{ContainerSpec, Startup};
use crate::plan::operations::{self, Invocation, Main, Operation};
use crate::plan::outline::{Entry, Outline};
use crate::plan::{Placed, Variable};

pub(super) fn outline(outline: &Outline) -> Value {
    let shared = outline.shared.as_ref().map(|shared| match shared {
        Ok(spec) => json!({
            "operations": list(&operations::of_shared(spec), &|variable| json!({ "name": variable.name, "origin": "container_env" })),
            "error": null,
        }),
        Err(message) => json!({ "operations": [], "error": message }),
    });
    json!({
        "version": 1,
        "file": outline.file.display().to_string(),
        "dag": outline.dag,
        "semantics": outline.semantics.key(),
        "faults": outline.faults,
        "notes": outline.notes,
        "shared_container": shared,
        "steps": outline.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(entry: &Entry) -> Value {
    let told = |variable: &Variable| told(&entry.origins, variable);
    let (place, operations, env, error) = match &entry.plan {
        Ok(plan) => {
            let place = match &plan.place {
                Placed::Host(folder) => json!({ "kind": "host", "working_dir": folder.display().to_string() }),
                Placed::Root => json!({ "kind": "root_container" }),
                Placed::Own(_) => json!({ "kind": "own_container" }),
                Placed::Attached(attached) => {
                    json!({ "kind": "attached", "container": attached.target, "user": attached.user, "working_dir": attached.working_dir })
                }
            };
            (place, list(&operations::of_step(plan), &told), plan.env.iter().map(told).collect(), Value::Null)
        }
        Err(message) => (Value::Null, Vec::new(), Vec::new(), json!(message)),
    };
    json!({
        "id": entry.called,
        "name": entry.name,
        "line": entry.line,
        "handler": entry.handler,
        "after": entry.after,
        "assumed_after": entry.assumed,
        "place": place,
        "env": env,
        "operations": operations,
        "error": error,
    })
}

/// A name with its origin. Never the value.
fn told(origins: &HashMap<String, &'static str>, variable: &Variable) -> Value {
    json!({ "name": variable.name, "origin": origins.get(&variable.name).copied().unwrap_or("dag_env") })
}

fn list(operations: &[Operation<'_>], told: &dyn Fn(&Variable) -> Value) -> Vec<Value> {
    operations
        .iter()
        .map(|operation| match operation {
            Operation::Pull(spec) => json!({ "op": "pull", "image": spec.image, "policy": spec.pull.name() }),
            Operation::Create(spec) => json!({ "op": "create", "container": container(spec, told) }),
            Operation::Start(Main::Keepalive) => json!({ "op": "start", "process": "keepalive" }),
            Operation::Start(Main::Image) => json!({ "op": "start", "process": "image" }),
            Operation::Start(Main::Arguments(words)) => json!({ "op": "start", "process": "image", "arguments": words }),
            Operation::Start(Main::Command(invocation)) => command("start", invocation),
            Operation::Exec(invocation) => command("exec", invocation),
            Operation::Run(invocation) => command("run", invocation),
            Operation::Wait => json!({ "op": "wait" }),
            Operation::Remove(keep) => json!({ "op": "remove", "when": if *keep { "never" } else { "always" } }),
            Operation::Otherwise(provider) => json!({ "op": "else", "provider": provider }),
        })
        .collect()
}

fn command(op: &str, invocation: &Invocation) -> Value {
    let Invocation { argv, without_shell, script, stdin } = invocation;
    let mut fields = Map::from_iter([("op".to_owned(), json!(op))]);
    if op == "start" {
        fields.insert("process".to_owned(), json!("command"));
    }
    fields.insert("argv".to_owned(), json!(argv));
    for (name, value) in [
        ("argv_without_shell", without_shell.as_ref().map(|words| json!(words))),
        ("script", script.as_ref().map(|text| json!(text))),
        ("stdin", stdin.as_ref().map(|text| json!(text))),
    ] {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    Value::Object(fields)
}

fn container(spec: &ContainerSpec, told: &dyn Fn(&Variable) -> Value) -> Value {
    // Every field is named, so that none is forgotten here.
    let ContainerSpec {
        image,
        pull,
        name,
        env,
        binds,
        volumes,
        user,
        working_dir,
        platform,
        network,
        ports,
        entrypoint,
        startup,
        wait_healthy,
        log_pattern,
        restart,
        healthcheck,
        keep,
    } = spec;
    let binds = binds.iter().map(
        |bind| json!({ "kind": "bind", "source": bind.source.display().to_string(), "target": bind.target, "read_only": bind.read_only }),
    );
    let volumes = volumes.iter().map(|(name, target, read_only)| {
        let kind = if name.is_some() { "named" } else { "anonymous" };
        json!({ "kind": kind, "source": name, "target": target, "read_only": read_only })
    });
    let ports = ports.iter().map(|port| {
        json!({ "host_ip": port.host_ip, "host_port": port.host_port, "container_port": port.container_port, "protocol": port.protocol })
    });
    let (kind, words) = match startup {
        Startup::Keepalive => ("keepalive", None),
        Startup::Entrypoint => ("entrypoint", None),
        Startup::Command(words) => ("command", Some(words)),
    };
    let healthcheck = healthcheck.as_ref().map(|check| {
        json!({
            "test": check.test,
            "interval_ns": check.interval,
            "timeout_ns": check.timeout,
            "start_period_ns": check.start_period,
            "retries": check.retries,
        })
    });
    json!({
        "image": image,
        "pull_policy": pull.name(),
        "name": name,
        "platform": platform,
        "user": user,
        "working_dir": working_dir,
        "network": network,
        "mounts": binds.chain(volumes).collect::<Vec<_>>(),
        "ports": ports.collect::<Vec<_>>(),
        "env": env.iter().map(told).collect::<Vec<_>>(),
        "entrypoint": entrypoint,
        "startup": kind,
        "command": words,
        "wait_for": if *wait_healthy { "healthy" } else { "running" },
        "log_pattern": log_pattern,
        "restart_policy": restart,
        "healthcheck": healthcheck,
        "keep_container": keep,
    })
}
