//! The plan as text, for `plan` and `run --dry-run`.

use std::fmt::Write as _;

use dagu_schema::printable;
use dagu_schema::workflow::PullPolicy;
use dagu_schema::workflow::visibility::Semantics;

use crate::plan::container::ContainerSpec;
use crate::plan::operations::{self, Invocation, Main, Operation};
use crate::plan::outline::{Entry, Outline};
use crate::plan::{Placed, StepPlan, Variable};

/// The plan of a run.
pub(super) fn outline(outline: &Outline) -> String {
    let faults = outline.faults.iter().map(|fault| format!("note: a run cannot begin: {fault}"));
    let engine = (outline.semantics == Semantics::Engine).then(|| "note: as the Dagu engine would do it (--engine-semantics)".to_owned());
    let mut parts: Vec<String> = engine.into_iter().chain(faults).chain(outline.notes.iter().cloned()).collect();
    match &outline.shared {
        Some(Ok(spec)) => parts.push(shared(spec)),
        Some(Err(message)) => parts.push(format!("shared container\n{}", failure(message))),
        None => {}
    }
    parts.extend(outline.steps.iter().map(entry));
    format!("{}\n", parts.join("\n").trim_end())
}

fn entry(entry: &Entry) -> String {
    let mut out = format!("step {}\n", printable::line(&entry.called));
    if !entry.after.is_empty() {
        line(&mut out, "after", &entry.after.join(" "));
    }
    match &entry.plan {
        Ok(plan) => step(&mut out, plan),
        Err(message) => out.push_str(&failure(message)),
    }
    out
}

fn failure(message: &str) -> String {
    let mut out = String::new();
    line(&mut out, "fails", message);
    out
}

fn shared(spec: &ContainerSpec) -> String {
    let mut out = String::from("shared container\n");
    perform(&mut out, &operations::of_shared(spec));
    out
}

fn step(out: &mut String, plan: &StepPlan) {
    match &plan.place {
        Placed::Host(folder) => {
            line(out, "on", "this machine");
            line(out, "folder", &folder.display().to_string());
        }
        Placed::Root => {
            line(out, "in", "the shared container");
            environment(out, &plan.env);
        }
        Placed::Attached(attached) => {
            line(out, "in", &format!("the existing container {}", attached.target));
            if let Some(user) = &attached.user {
                line(out, "user", user);
            }
            if let Some(folder) = &attached.working_dir {
                line(out, "folder", folder);
            }
            environment(out, &plan.env);
        }
        Placed::Own(_) => line(out, "in", "a container of its own"),
    }
    perform(out, &operations::of_step(plan));
}

fn perform(out: &mut String, operations: &[Operation<'_>]) {
    let mut has_container = false;
    for operation in operations {
        match operation {
            // It stands with the image.
            Operation::Pull(_) => {}
            Operation::Create(_) if has_container => line(out, "create", "another such container"),
            Operation::Create(spec) => {
                has_container = true;
                creation(out, spec);
            }
            Operation::Start(Main::Keepalive) => line(out, "start", "an idle process (keepalive)"),
            Operation::Start(Main::Image) => line(out, "start", "the image's own command"),
            Operation::Start(Main::Arguments(words)) => line(out, "start", &format!("the image's entrypoint with: {}", quoted(words))),
            Operation::Start(Main::Command(invocation)) => line(out, "start", &words(invocation)),
            Operation::Exec(invocation) => line(out, "exec", &words(invocation)),
            Operation::Run(invocation) => line(out, "run", &words(invocation)),
            Operation::Wait => line(out, "wait", "for its exit code"),
            Operation::Remove(keep) => line(out, "remove", if *keep { "never (keep_container)" } else { "always" }),
            Operation::Otherwise(provider) => line(out, "else", &format!("if that fails, {provider}:")),
        }
    }
}

fn creation(out: &mut String, spec: &ContainerSpec) {
    let pull = match spec.pull {
        PullPolicy::Always => "pull always",
        PullPolicy::Never => "never pulled",
        PullPolicy::Missing => "pull when missing",
        PullPolicy::Fallback => "pull, the local one when that fails",
    };
    line(out, "create", &format!("{} ({pull})", spec.image));
    for (label, value) in [
        ("name", &spec.name),
        ("platform", &spec.platform),
        ("user", &spec.user),
        ("folder", &spec.working_dir),
        ("network", &spec.network),
    ] {
        if let Some(value) = value {
            line(out, label, value);
        }
    }
    if let Some(words) = &spec.entrypoint {
        line(out, "entry", &quoted(words));
    }
    spec.binds.iter().for_each(|bind| line(out, "bind", &bind.text()));
    for (name, target, read_only) in &spec.volumes {
        let name = name.as_deref().unwrap_or("(anonymous)");
        line(out, "volume", &format!("{name}:{target}:{}", if *read_only { "ro" } else { "rw" }));
    }
    for port in &spec.ports {
        let host =
            port.host_port.as_ref().map(|host| format!("{}:{host}:", port.host_ip.as_deref().unwrap_or_default())).unwrap_or_default();
        line(out, "port", &format!("{host}{}/{}", port.container_port, port.protocol));
    }
    environment(out, &spec.env);
}

/// Names only: a value may be a credential.
fn environment(out: &mut String, env: &[Variable]) {
    if !env.is_empty() {
        let names: Vec<&str> = env.iter().map(|variable| variable.name.as_str()).collect();
        line(out, "env", &names.join(" "));
    }
}

fn words(invocation: &Invocation) -> String {
    let mut out = quoted(&invocation.argv);
    if let Some(script) = &invocation.script {
        // Writing to a string cannot fail.
        let _ = write!(out, " of {} lines", script.lines().count());
    }
    if invocation.stdin.is_some() {
        out.push_str(" (with standard input)");
    }
    out
}

/// The words as a shell would take them.
pub fn quoted(words: &[String]) -> String {
    let quote = |word: &String| {
        let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte));
        if plain { word.clone() } else { format!("'{}'", word.replace('\'', "'\\''")) }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn line(out: &mut String, label: &str, text: &str) {
    let mut lines = text.lines();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {label:<9}{}", lines.next().unwrap_or_default());
    for rest in lines {
        let _ = writeln!(out, "  {:<9}{rest}", "");
    }
}
