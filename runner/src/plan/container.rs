//! What the engine is asked for a container.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HealthConfig, HostConfig, Mount, MountType, NetworkingConfig, PortBinding, RestartPolicy,
    RestartPolicyNameEnum,
};
use dagu_schema::workflow::container::Healthcheck;
use dagu_schema::workflow::port::{self, Port};
use dagu_schema::workflow::reference::{Policy, Scope, Target, expand, find};
use dagu_schema::workflow::visibility::Semantics;
use dagu_schema::workflow::volume::{self, VolumeKind};
use dagu_schema::workflow::{Container, PullPolicy};

use crate::plan::{Variable, clean, set};
use crate::values::Values;

/// A container to make.
#[derive(Clone, Debug)]
pub struct ContainerSpec {
    /// The image.
    pub image: String,
    /// When the image is fetched.
    pub pull: PullPolicy,
    /// The name; the engine chooses one when `None`.
    pub name: Option<String>,
    /// The environment.
    pub env: Vec<Variable>,
    /// Folders of the host.
    pub binds: Vec<Bind>,
    /// Volumes of the engine: name (`None` for one without), path, read-only.
    pub volumes: Vec<(Option<String>, String, bool)>,
    /// The user.
    pub user: Option<String>,
    /// The working directory.
    pub working_dir: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// The network.
    pub network: Option<String>,
    /// Ports.
    pub ports: Vec<Port>,
    /// What takes the place of the image's entrypoint; `None` for that one.
    pub entrypoint: Option<Vec<String>>,
    /// How the container is kept alive for several commands.
    pub startup: Startup,
    /// Whether it must report itself healthy before it is used.
    pub wait_healthy: bool,
    /// A line of its log that must have come before it is used.
    pub log_pattern: Option<String>,
    /// The restart policy.
    pub restart: Option<String>,
    /// The health check.
    pub healthcheck: Option<Healthcheck>,
    /// Whether it is left behind at the end.
    pub keep: bool,
}

/// A folder or file of the host in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// On the host.
    pub source: PathBuf,
    /// In the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
}

/// What runs in a container that several commands share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Startup {
    /// A process of ours that does nothing.
    Keepalive,
    /// The image's own.
    Entrypoint,
    /// This command.
    Command(Vec<String>),
}

/// A container that exists already.
#[derive(Clone, Debug)]
pub struct Attached {
    /// Its name or id.
    pub target: String,
    /// The user of the commands.
    pub user: Option<String>,
    /// The working directory of the commands.
    pub working_dir: Option<String>,
    /// Whether the step itself names it, and not the DAG.
    pub is_steps_own: bool,
}

impl Attached {
    /// The container that `exec:` or the string form names.
    pub fn new(container: &Container, target: &str, values: &Values, is_steps_own: bool) -> Self {
        let text = |written: &str| expand(written, values, Policy::FIELD).text;
        let (user, working_dir) = (container.user.as_deref().map(text), container.working_dir.as_deref().map(text));
        Self { target: text(target), user, working_dir, is_steps_own }
    }
}

/// The values in sight of `container.env`: a variable that nobody set but that has a default in
/// the text is empty.
struct EnvScope<'a> {
    values: &'a Values,
    defaulted: Vec<String>,
}

impl Scope for EnvScope<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.values.variable(name).or_else(|| self.defaulted.iter().any(|known| known == name).then(String::new))
    }

    fn dotted(&self, head: &str, path: &str) -> Option<String> {
        self.values.dotted(head, path)
    }
}

/// The container's own `env`, resolved top to bottom, each entry in sight of the next. A name
/// comes from the DAG, else from the environment of the process.
///
/// # Errors
/// When a variable that an entry refers to is set nowhere: the literal text would reach the
/// container in its place, as it does in the engine, where a name comes from the DAG alone.
pub fn env(container: &Container, values: &mut Values) -> Result<Vec<Variable>, String> {
    let mut env = Vec::new();
    let mut missing: Vec<String> = Vec::new();
    for entry in &container.env {
        if values.semantics == Semantics::Engine {
            let value = expand(&entry.value, values, Policy::FIELD).text;
            values.set(&entry.name.value, value.clone());
            set(&mut env, &entry.name.value, &value);
            continue;
        }
        let asking = values.with_process();
        let defaulted = find(&entry.value).into_iter().filter_map(|reference| match reference.target {
            Target::Variable { name, operator: Some(operator) } if operator.starts_with(":-") || operator.starts_with(":+") => Some(name),
            _ => None,
        });
        let scope = EnvScope { defaulted: defaulted.collect(), values: &asking };
        // `${env.NAME}` asks the whole environment here, not only what steps inherit.
        let expansion = expand(&entry.value, &AllEnv(&scope), Policy::FIELD);
        for reference in &expansion.unresolved {
            let name = match &reference.target {
                Target::Variable { name, .. } => name.clone(),
                Target::Value { namespace, path } if namespace == "env" => path.clone(),
                Target::Value { .. } => entry.value[reference.range.clone()].to_owned(),
                Target::Property { .. } => continue,
            };
            missing.push(format!("{name} (for `{}`)", entry.name.value));
        }
        values.set(&entry.name.value, expansion.text.clone());
        set(&mut env, &entry.name.value, &expansion.text);
    }
    if missing.is_empty() {
        return Ok(env);
    }
    Err(format!(
        "container.env needs {}, which is set nowhere: not in the DAG's env, dotenv files, params or secrets, and not in the environment of dagu-rs. \
         Export it before the run, or define it in the DAG. No container was started",
        missing.join(" and ")
    ))
}

/// A scope in which `${env.NAME}` is as wide as `$NAME`.
struct AllEnv<'a>(&'a EnvScope<'a>);

impl Scope for AllEnv<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.variable(name)
    }

    fn dotted(&self, head: &str, path: &str) -> Option<String> {
        if head == "env" { self.0.variable(path) } else { self.0.dotted(head, path) }
    }
}

/// The container as the engine will be asked for it. What only matters to a container that is kept
/// alive for several commands is passed over unless it `is_shared`, as in the engine.
///
/// # Errors
/// When a field cannot be used, naming it.
pub fn spec(container: &Container, env: Vec<Variable>, values: &Values, base: &Path, is_shared: bool) -> Result<ContainerSpec, String> {
    let text = |written: &str| expand(written, values, Policy::FIELD).text;
    let Some(image) = container.image() else {
        return Err("the container has no image".to_owned());
    };
    let mut binds = Vec::new();
    let mut volumes = Vec::new();
    for (index, (written, _)) in container.volumes.iter().enumerate() {
        mount(&text(written), values, base, &mut binds, &mut volumes)
            .map_err(|message| format!("container.volumes[{index}]: {message}"))?;
    }
    let parsed =
        container.ports.iter().enumerate().map(|(index, (written, _))| {
            port::parse(&text(written)).map_err(|fault| format!("container.ports[{index}]: {}", fault.message))
        });
    // The daemon would take an entry that is there twice for two.
    let mut ports: Vec<Port> = Vec::new();
    for port in parsed {
        let port = port?;
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    let startup = match container.startup.as_str() {
        _ if !is_shared => Startup::Keepalive,
        "keepalive" => Startup::Keepalive,
        "entrypoint" => Startup::Entrypoint,
        "command" if container.command.is_empty() => {
            return Err("container.startup is `command`, but container.command is empty".to_owned());
        }
        "command" => Startup::Command(container.command.iter().map(|word| expand(word, values, Policy::FIELD).text).collect()),
        other => return Err(format!("container.startup `{other}` is none of keepalive, entrypoint, command")),
    };
    Ok(ContainerSpec {
        image: text(&image.value),
        pull: container.pull_policy.unwrap_or_default(),
        name: container.name.as_ref().map(|name| text(&name.value).trim().to_owned()).filter(|name| !name.is_empty()),
        env,
        binds,
        volumes,
        user: container.user.as_deref().map(text),
        working_dir: container.working_dir.as_deref().map(text),
        platform: container.platform.clone(),
        network: container.network.as_ref().map(|network| text(&network.value)).filter(|network| !network.is_empty()),
        ports,
        entrypoint: None,
        startup,
        wait_healthy: match container.wait_for.as_str() {
            _ if !is_shared => false,
            "running" => false,
            "healthy" => true,
            other => return Err(format!("container.wait_for `{other}` is none of running, healthy")),
        },
        log_pattern: container.log_pattern.clone().filter(|_| is_shared),
        restart: match container.restart_policy.as_deref() {
            None | Some("") => None,
            Some(policy @ ("no" | "always" | "unless-stopped")) => Some(policy.to_owned()),
            Some(other) => return Err(format!("container.restart_policy `{other}` is none of no, always, unless-stopped")),
        },
        healthcheck: container.healthcheck.clone(),
        keep: container.keep_container,
    })
}

/// The path of the host that an entry of `volumes` mounts; `None` when it mounts none, or that is not
/// known before the run.
pub fn source(written: &str, values: &Values, base: &Path) -> Option<PathBuf> {
    let (mut binds, mut volumes) = (Vec::new(), Vec::new());
    mount(&expand(written, values, Policy::FIELD).text, values, base, &mut binds, &mut volumes).ok()?;
    binds.pop().map(|bind| bind.source).filter(|source| !source.to_string_lossy().contains('$'))
}

pub(super) fn mount(
    text: &str,
    values: &Values,
    base: &Path,
    binds: &mut Vec<Bind>,
    volumes: &mut Vec<(Option<String>, String, bool)>,
) -> Result<(), String> {
    let parsed = volume::parse(text).map_err(|fault| fault.message)?;
    let source = host_variables(text, &parsed.source, values)?;
    if values.hidden.is_some() && source.starts_with('$') {
        // A value that is not shown: a credential that is mounted is a file.
        binds.push(Bind { source: PathBuf::from(source), target: parsed.target, read_only: parsed.read_only });
        return Ok(());
    }
    match volume::classify(&source) {
        VolumeKind::Anonymous => volumes.push((None, parsed.target, parsed.read_only)),
        VolumeKind::Named => volumes.push((Some(source), parsed.target, parsed.read_only)),
        VolumeKind::Bind => {
            let path = match source.strip_prefix('~') {
                Some(rest) => {
                    let home = values.process.get("HOME").ok_or("`~` needs HOME, which is not set in the environment of dagu-rs")?;
                    PathBuf::from(format!("{}/{}", home.trim_end_matches('/'), rest.trim_start_matches('/')))
                }
                None => base.join(&source),
            };
            binds.push(Bind { source: clean(&path), target: parsed.target, read_only: parsed.read_only });
        }
    }
    Ok(())
}

/// The source with `$NAME` taken from the environment of the process.
fn host_variables(text: &str, source: &str, values: &Values) -> Result<String, String> {
    let mut out = String::new();
    let mut copied = 0;
    for variable in volume::variables(text) {
        // What is hidden stands there as the reference that it was in the DAG's scope.
        let hidden = || values.own(&variable.name).filter(|_| values.hidden.is_some());
        let value = values.process.get(&variable.name).or_else(hidden).ok_or_else(|| {
            format!("`{source}` needs {}, which is set neither in the DAG nor in the environment of dagu-rs", variable.name)
        })?;
        out.push_str(&source[copied..variable.range.start]);
        out.push_str(value);
        copied = variable.range.end;
    }
    out.push_str(&source[copied..]);
    if copied == 0 && source.contains('$') {
        return Err(format!("`{source}` holds a `$` that names no variable"));
    }
    Ok(out)
}

impl ContainerSpec {
    /// The request to make the container with a main process: `None` for the image's own.
    pub fn body(
        &self,
        entrypoint: Option<Vec<String>>,
        cmd: Option<Vec<String>>,
        labels: &BTreeMap<String, String>,
        shared: bool,
    ) -> ContainerCreateBody {
        let mut port_bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
        for port in self.ports.iter().filter(|port| port.host_port.is_some()) {
            let binding = PortBinding { host_ip: port.host_ip.clone(), host_port: port.host_port.clone() };
            port_bindings.entry(port_key(port)).or_default().get_or_insert_default().push(binding);
        }
        let mounts: Vec<Mount> = self
            .volumes
            .iter()
            .map(|(name, target, read_only)| Mount {
                target: Some(target.clone()),
                source: name.clone(),
                typ: Some(MountType::VOLUME),
                read_only: Some(*read_only),
                ..Default::default()
            })
            .collect();
        let own_network = self
            .network
            .as_deref()
            .filter(|network| !matches!(*network, "bridge" | "host" | "none" | "default") && !network.starts_with("container:"));
        ContainerCreateBody {
            image: Some(self.image.clone()),
            env: Some(self.env.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect()),
            entrypoint,
            cmd,
            user: self.user.clone(),
            working_dir: self.working_dir.clone(),
            labels: Some(labels.iter().map(|(name, value)| (name.clone(), value.clone())).collect()),
            exposed_ports: (!self.ports.is_empty()).then(|| self.ports.iter().map(port_key).collect()),
            healthcheck: self.healthcheck.as_ref().map(|check| HealthConfig {
                test: Some(check.test.clone()),
                interval: check.interval,
                timeout: check.timeout,
                start_period: check.start_period,
                retries: check.retries,
                ..Default::default()
            }),
            // The idle loop of a shared container may fall back to reading standard input.
            open_stdin: Some(shared),
            host_config: Some(HostConfig {
                auto_remove: Some(false),
                // An init process starts also when the program behind it is not there, and a program
                // of the author's may be one itself.
                init: Some(!shared || self.startup == Startup::Keepalive),
                binds: Some(self.binds.iter().map(Bind::text).collect()),
                mounts: (!mounts.is_empty()).then_some(mounts),
                network_mode: self.network.clone(),
                port_bindings: (!port_bindings.is_empty()).then_some(port_bindings),
                restart_policy: self.restart.as_deref().map(|policy| RestartPolicy {
                    name: Some(match policy {
                        "always" => RestartPolicyNameEnum::ALWAYS,
                        "unless-stopped" => RestartPolicyNameEnum::UNLESS_STOPPED,
                        _ => RestartPolicyNameEnum::NO,
                    }),
                    maximum_retry_count: None,
                }),
                ..Default::default()
            }),
            networking_config: own_network.map(|network| NetworkingConfig {
                endpoints_config: Some(HashMap::from([(network.to_owned(), EndpointSettings::default())])),
            }),
            ..Default::default()
        }
    }
}

impl Bind {
    /// As the engine's API takes it.
    pub fn text(&self) -> String {
        format!("{}:{}:{}", self.source.display(), self.target, if self.read_only { "ro" } else { "rw" })
    }
}

fn port_key(port: &Port) -> String {
    format!("{}/{}", port.container_port, port.protocol)
}
