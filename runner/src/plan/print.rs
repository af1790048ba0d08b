//! The plan as text, for `--dry-run`.

use std::fmt::Write as _;

use dagu_schema::workflow::PullPolicy;

use crate::plan::command::Command;
use crate::plan::container::{ContainerSpec, Startup};
use crate::plan::{Placed, StepPlan, Variable, Work};

/// The operations of a shared container before the first step.
pub fn shared(spec: &ContainerSpec) -> String {
    let mut out = String::from("shared container\n");
    creation(&mut out, spec);
    let main = match &spec.startup {
        Startup::Keepalive => "an idle process (keepalive)".to_owned(),
        Startup::Entrypoint => "the image's entrypoint".to_owned(),
        Startup::Command(words) => quoted(words),
    };
    line(&mut out, "start", &main);
    out
}

/// The operations of a step.
pub fn step(plan: &StepPlan) -> String {
    let mut out = format!("step {}\n", plan.step);
    let commands = commands(&plan.work);
    match &plan.place {
        Placed::Host(folder) => {
            line(&mut out, "on", "this machine");
            line(&mut out, "folder", &folder.display().to_string());
            commands.iter().for_each(|command| line(&mut out, "run", command));
        }
        Placed::Root => {
            line(&mut out, "in", "the shared container");
            environment(&mut out, &plan.env);
            commands.iter().for_each(|command| line(&mut out, "exec", command));
        }
        Placed::Attached(attached) => {
            line(&mut out, "in", &format!("the existing container {}", attached.target));
            if let Some(user) = &attached.user {
                line(&mut out, "user", user);
            }
            if let Some(folder) = &attached.working_dir {
                line(&mut out, "folder", folder);
            }
            environment(&mut out, &plan.env);
            commands.iter().for_each(|command| line(&mut out, "exec", command));
        }
        Placed::Own(spec) => {
            line(&mut out, "in", "a container of its own");
            creation(&mut out, spec);
            if matches!(&plan.work, Work::Commands(list) if list.len() > 1) {
                line(&mut out, "start", "an idle process (keepalive)");
                commands.iter().for_each(|command| line(&mut out, "exec", command));
            } else {
                commands.iter().for_each(|command| line(&mut out, "start", command));
                line(&mut out, "wait", "for its exit code");
            }
            line(&mut out, "remove", if spec.keep { "never (keep_container)" } else { "always" });
        }
    }
    out
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

fn commands(work: &Work) -> Vec<String> {
    match work {
        Work::ImageDefault => vec!["the image's own command".to_owned()],
        Work::Commands(commands) => commands.iter().map(command).collect(),
        Work::Attempts(tries) => tries
            .iter()
            .enumerate()
            .map(|(index, attempt)| {
                let stdin = if attempt.stdin.is_some() { " (with standard input)" } else { "" };
                let when = if index == 0 { String::new() } else { format!("if that fails, {}: ", attempt.provider) };
                format!("{when}{}{stdin}", quoted(&attempt.argv))
            })
            .collect(),
    }
}

fn command(command: &Command) -> String {
    match command {
        Command::Words(words) => quoted(words),
        Command::Shell { shell, text, .. } => quoted(&[shell.as_slice(), std::slice::from_ref(text)].concat()),
        Command::Script { interpreter, text } => format!("{} SCRIPT of {} lines", quoted(interpreter), text.lines().count()),
    }
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
