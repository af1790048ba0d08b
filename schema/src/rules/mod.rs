//! The rules, one file each: metadata, documentation and a pure function over the workflow.
//!
//! A rule's page (`docs/rules/NAME.md`, `dagu-rs explain NAME`) is made from its [`Rule`] alone.
//! To add one: a file here, its name in the list below, and `UPDATE=1 cargo test` for the docs.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::analysis::Facts;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::model::values::{self, Value};
use crate::source::Span;
use crate::syntax::{Entry, Node, NodeRef, Tree};
use crate::workflow::call::Locals;
use crate::workflow::custom_action::{Call, Definitions};
use crate::workflow::harness::{Attempt, FlagValue};
use crate::workflow::provider::{self, Known, Provider};
use crate::workflow::visibility::Sight;
use crate::workflow::{Action, Container, HarnessStep, Place, Step, Workflow};

/// A rule and its documentation.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; names the bad pattern, so that "allow NAME" reads as a sentence.
    pub name: &'static str,
    /// How bad a finding is, unless the rule says otherwise for a case.
    pub severity: Severity,
    /// How sure it is that a finding is a fault: what is only [`Confidence::Maybe`] is reported
    /// when the author asks for it.
    pub confidence: Confidence,
    /// Whether the engine's loader refuses a DAG with it, unless the rule says otherwise for a
    /// case: what it accepts fails only when it runs, or not at all.
    pub refused: bool,
    /// One sentence: what is reported.
    pub summary: &'static str,
    /// Why it matters and what to do, as Markdown paragraphs.
    pub why: &'static str,
    /// What the rule rests on: a page, a measured behaviour of the engine, a run.
    pub grounds: &'static str,
    /// A DAG on which exactly this rule reports.
    pub bad: &'static str,
    /// The DAG mended.
    pub good: &'static str,
    /// Whether the finding says that something is missing: such a finding is held back in a
    /// document with a syntax error, since the missing part may be what could not be read.
    pub absence: bool,
    /// What looks for it.
    pub check: Check,
}

/// What looks for the findings of a rule.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// A look at a whole document.
    Document(fn(&Context<'_>, &mut Sink)),
    /// A look at containers or steps, each by itself, the root container included. It is called
    /// for some of [`Context::steps`] at a time, so that what all such rules look at stays near.
    Steps(fn(&Context<'_>, &mut Sink)),
    /// A look at each value with the field that it belongs to, and perhaps at steps as above.
    Values {
        /// Looks at a value.
        value: fn(&Context<'_>, &Value<'_>, &mut Sink),
        /// Looks at steps.
        steps: Option<fn(&Context<'_>, &mut Sink)>,
    },
    /// As the other says, in documents that have this: there is nothing to find in others.
    Where(Has, &'static Check),
    /// The parser or the model.
    Elsewhere,
}

/// What a document may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// A container: at the root, of a step, or made by `docker.run`.
    Containers,
    /// A step that runs an agent, or settings for such steps.
    Agents,
}

impl Rule {
    /// The page of the rule on the web.
    pub fn url(&self) -> String {
        url(self.name)
    }

    /// The rule's page, as Markdown.
    pub fn page(&self) -> String {
        let Self { name, summary, why, grounds, bad, good, .. } = self;
        let severity = self.severity.name();
        let confidence = match self.confidence {
            Confidence::Maybe => "maybe: off unless `dagu-rs.toml` asks for it",
            other => other.name(),
        };
        let engine = if self.refused { "refuses to load it (`dagu validate` fails)" } else { "loads it (`dagu validate` passes)" };
        format!(
            "# {name}\n\n{summary}\n\nSeverity: {severity}. Confidence: {confidence}. The engine {engine}.\n\n## Why\n\n{why}\n\n## Grounds\n\n{grounds}\n\n\
             ## Wrong\n\n```yaml\n{bad}```\n\n## Right\n\n```yaml\n{good}```\n"
        )
    }
}

/// The page of a rule on the web.
pub fn url(rule: &str) -> String {
    format!("https://github.com/dagu-rs/dagu-rs/blob/main/docs/rules/{rule}.md")
}

/// One document of a file, for the rules to look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    tree: &'a Tree,
    workflow: &'a Workflow,
    workflows: &'a [Workflow],
    locals: &'a Locals<'a>,
    facts: &'a Facts,
    calls: &'a [NodeRef],
}

impl<'a> Subject<'a> {
    pub(crate) fn new(tree: &'a Tree, workflow: &'a Workflow, workflows: &'a [Workflow], locals: &'a Locals<'a>, facts: &'a Facts) -> Self {
        Self { tree, workflow, workflows, locals, facts, calls: &[] }
    }

    /// The same, whose calls of custom actions are expanded.
    pub(crate) fn expanded(self, calls: &'a [NodeRef]) -> Self {
        Self { calls, ..self }
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        self.tree
    }
}

/// What a rule looks at: a part of a document.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The parsed text.
    pub tree: &'a Tree,
    /// The document.
    pub workflow: &'a Workflow,
    /// All documents of the file, this one included.
    pub workflows: &'a [Workflow],
    /// The documents that a call of another DAG finds in the file.
    pub locals: &'a Locals<'a>,
    /// What is known of the machine.
    pub facts: &'a Facts,
    /// The steps that call a custom action, which the document holds expanded.
    calls: &'a [NodeRef],
    /// Made for the first rule that asks.
    sight: &'a OnceCell<Sight<'a>>,
    part: Part<'a>,
}

/// The part of a document that a rule looks at in one call.
#[derive(Clone, Copy, Debug)]
struct Part<'a> {
    steps: &'a [&'a Step],
    /// Of them, those that run an agent.
    harness: &'a [(&'a Step, &'a HarnessStep)],
    /// Whether the root belongs to it.
    root: bool,
}

/// A container with the step it belongs to; the root container belongs to none.
#[derive(Clone, Copy, Debug)]
pub struct Owned<'a> {
    /// The container.
    pub container: &'a Container,
    /// The step, for a step's own container.
    pub step: Option<&'a Step>,
}

impl<'a> Context<'a> {
    fn new(document: &Subject<'a>, sight: &'a OnceCell<Sight<'a>>, part: Part<'a>) -> Self {
        let Subject { tree, workflow, workflows, locals, facts, calls } = *document;
        Self { tree, workflow, workflows, locals, facts, calls, sight, part }
    }

    /// What the steps of the document see.
    pub fn sight(&self) -> &'a Sight<'a> {
        self.sight.get_or_init(|| Sight::new(self.workflow, &self.facts.dotenv))
    }

    /// The calls of custom actions: those that are written as steps, and those within templates
    /// that they lead to.
    pub fn calls(&self) -> Vec<Call<'a>> {
        if self.calls.is_empty() {
            return Vec::new();
        }
        let definitions = Definitions::of(&self.workflow.node);
        self.calls.iter().filter_map(|step| definitions.call(step)).collect()
    }

    /// The steps that the rule looks at: those of the document, in bodies of `foreach` and handlers
    /// too.
    pub fn steps(&self) -> impl Iterator<Item = &'a Step> + use<'a> {
        self.part.steps.iter().copied()
    }

    /// The root mapping, where the rule looks at what is no step's.
    pub fn root(&self) -> Option<&'a NodeRef> {
        Some(&self.workflow.node).filter(|_| self.part.root)
    }

    /// The root's `defaults`.
    pub fn defaults(&self) -> Option<&'a NodeRef> {
        self.root()?.get("defaults")
    }

    /// The root's `harness`.
    pub fn harness_defaults(&self) -> Option<&'a NodeRef> {
        self.workflow.harness_defaults.as_ref().filter(|_| self.part.root)
    }

    /// The root container and the steps' own.
    pub fn containers(&self) -> impl Iterator<Item = Owned<'a>> + use<'a> {
        let has_root = self.part.root;
        let root = self.workflow.container.iter().filter(move |_| has_root).map(|container| Owned { container, step: None });
        root.chain(self.steps().filter_map(|step| Some(Owned { container: step.container.as_deref()?, step: Some(step) })))
    }

    /// A setting of every container that is created: `field` of containers, `of_run` of `docker.run`.
    pub fn settings_of_created(&self, field: &'static str, of_run: &'static str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let created = self.containers().filter(|owned| owned.container.image().is_some());
        let of_runs = self.steps().filter_map(move |step| match &step.action {
            Action::DockerRun(Some(with)) => with.entry(of_run).filter(|_| with.get_some("image").is_some()),
            _ => None,
        });
        created.filter_map(move |owned| owned.container.entry(field)).chain(of_runs)
    }

    /// The `harness.run` steps.
    pub fn harness_steps(&self) -> impl Iterator<Item = (&'a Step, &'a HarnessStep)> {
        self.part.harness.iter().copied()
    }

    /// The steps that run in the root container.
    pub fn root_container_steps(&self) -> impl Iterator<Item = &'a Step> {
        self.steps().filter(|step| step.place == Place::RootContainer)
    }

    /// The names that the DAG itself gives a value: env, params, secrets, and what `output:` of
    /// its steps sets.
    pub fn defined_names(&self) -> HashSet<&'a str> {
        let workflow = self.workflow;
        let outputs = workflow.steps.iter().filter_map(|step| Some(step.output_variable()?.value.as_str()));
        let env = workflow.env.iter().map(|entry| entry.name.value.as_str());
        let params = workflow.params.iter().map(|param| param.name.value.as_str());
        let secrets = workflow.secrets.iter().map(|secret| secret.name.value.as_str());
        env.chain(params).chain(secrets).chain(outputs).collect()
    }

    /// The place of a part of a scalar, in bytes of its text.
    pub fn span_in(&self, node: &Node, range: Range<usize>) -> Span {
        self.tree.span_in(node, range)
    }
}

/// Whether a container is started first and its commands are executed in it afterwards: the root
/// container, and that of a step with several commands.
pub fn starts_in_background(owned: Owned<'_>) -> bool {
    owned.step.is_none_or(|step| step.commands().is_some_and(|commands| commands.len() > 1))
}

/// The built-in provider of an attempt; `None` when it is unknown, not fixed yet, or one of the
/// DAG's own that shadows it.
pub fn built_in(context: &Context<'_>, attempt: &Attempt) -> Option<&'static Provider> {
    let name = &attempt.provider.as_ref()?.value;
    provider::find(name).filter(|_| !context.workflow.harnesses.contains_key(name))
}

/// The steps of agents that run in a container. For a root container it is asked by a rule that
/// looks at the whole document.
pub fn agents<'a>(context: &Context<'a>, owned: Owned<'a>) -> Vec<&'a Step> {
    match owned.step {
        Some(step) => step.harness().map(|_| step).into_iter().collect(),
        None => context.root_container_steps().filter(|step| step.harness().is_some()).collect(),
    }
}

/// What is known of the provider of an attempt; `None` when nothing is, or its name is not fixed yet.
pub fn known<'a>(context: &Context<'a>, attempt: &Attempt) -> Option<Known<'a>> {
    context.workflow.known_provider(&attempt.provider.as_ref()?.value)
}

/// Whether an attempt talks to a model on its own machine, as far as its flags tell: it then needs
/// neither a network nor a credential.
pub fn uses_local_model(attempt: &Attempt) -> bool {
    const LOCAL: &[&str] = &["ollama", "lmstudio", "lm_studio", "localhost", "127.0.0.1"];
    attempt.flags.iter().any(|(key, value)| match value {
        FlagValue::Text(text) => LOCAL.iter().any(|local| text.contains(local)) || key.value == "local_provider",
        FlagValue::Bool(on) => *on && key.value == "oss",
        _ => false,
    })
}

/// Every provider that a step can name: the DAG's own, then the built-in ones.
pub fn provider_names<'a>(context: &Context<'a>) -> Vec<&'a str> {
    let described = context.workflow.providers.iter().map(|provider| provider.name.as_str());
    let described = described.filter(|name| !context.workflow.harnesses.contains_key(*name) && provider::find(name).is_none());
    let own = context.workflow.harnesses.keys().map(String::as_str).chain(described);
    own.chain(provider::PROVIDERS.iter().map(|provider| provider.name)).collect()
}

/// "`a`, `b` and `c`"; of very many names, the first and how many more.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "and")
}

/// "`a`, `b` or `c`"; of very many names, the first and how many more.
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    joined(names, "or")
}

fn joined<'a>(names: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    const MOST: usize = 24;
    let mut names = names.into_iter();
    let mut first: Vec<String> = names.by_ref().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = names.count();
    if more > 0 {
        first.push(format!("{more} more"));
    }
    match first.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} {word} {last}", others.join(", ")),
    }
}

/// Steps that a finding points at, at the most.
const MOST_RELATED: usize = 8;

/// A finding that points at steps, each with a few words; of very many, at the first, with how many more in the last's.
fn at_steps(mut finding: Diagnostic, steps: &[&Step], words: impl Fn(&Step) -> String) -> Diagnostic {
    let more = steps.len().saturating_sub(MOST_RELATED);
    for (number, step) in steps.iter().take(MOST_RELATED).enumerate() {
        let mut words = words(step);
        if more > 0 && number + 1 == MOST_RELATED {
            words.push_str(&format!(", and {more} more"));
        }
        finding = finding.related(step.label, words);
    }
    finding
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Sink {
    /// The rule that looks.
    rule: &'static Rule,
    found: Vec<Diagnostic>,
}

impl Sink {
    /// Reports a finding with the rule's own severity.
    pub fn report(&mut self, span: Span, message: impl Into<String>) {
        self.push(self.finding(span, message));
    }

    /// A finding with the rule's own severity, to be completed and pushed.
    #[must_use]
    pub fn finding(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.rule.name, self.rule.severity, span, message).refused(self.rule.refused)
    }

    /// A finding about what the engine checks in steps before a run, but in a handler only when
    /// the handler runs: a warning there, since the file loads.
    #[must_use]
    pub fn before_run(&self, step: &Step, span: Span, message: impl Into<String>) -> Diagnostic {
        let finding = self.finding(span, message);
        if step.is_in_handler() { finding.loads() } else { finding }
    }

    /// Reports a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

pub(crate) use container_shell_operators::is_builtin;
pub use edits::add_key;
pub(crate) use harness_binary_not_in_image::is_base_image;
pub(crate) use param_name_invalid::schema_file;

/// What is wrong with a name for a DAG.
pub(crate) fn dag_name_fault(name: &str) -> Option<String> {
    dag_name_invalid::fault(name)
}

/// Steps that the rules about steps look at before the next ones.
const STEPS_AT_A_TIME: usize = 32;

/// Runs every rule on one document.
pub(crate) fn check(document: &Subject<'_>) -> Vec<Diagnostic> {
    check_by(STEPS_AT_A_TIME, document)
}

type CheckPart = fn(&Context<'_>, &mut Sink);
type CheckValue = fn(&Context<'_>, &Value<'_>, &mut Sink);

/// The rules by what they look at, with nothing else of them: a small document costs little more than
/// the way to the code of each.
struct Looks {
    documents: Vec<(&'static Rule, Option<Has>, CheckPart)>,
    steps: Vec<(&'static Rule, Option<Has>, CheckPart)>,
    values: Vec<(&'static Rule, CheckValue)>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let mut looks = Looks { documents: Vec::new(), steps: Vec::new(), values: Vec::new() };
    for rule in ALL {
        let (has, check) = match rule.check {
            Check::Where(has, check) => (Some(has), *check),
            check => (None, check),
        };
        match check {
            Check::Document(check) => looks.documents.push((rule, has, check)),
            Check::Steps(check) => looks.steps.push((rule, has, check)),
            Check::Values { value, steps } => {
                looks.values.push((rule, value));
                looks.steps.extend(steps.map(|steps| (*rule, has, steps)));
            }
            Check::Where(..) | Check::Elsewhere => {}
        }
    }
    looks
});

/// What the documents have that rules may be about.
fn has(what: Has, workflow: &Workflow, steps: &[&Step], harness: &[(&Step, &HarnessStep)]) -> bool {
    match what {
        Has::Containers => {
            workflow.container.is_some() || steps.iter().any(|step| step.container.is_some() || matches!(step.action, Action::DockerRun(_)))
        }
        Has::Agents => !harness.is_empty() || workflow.harness_defaults.is_some(),
    }
}

fn harness_steps<'a>(steps: &[&'a Step]) -> Vec<(&'a Step, &'a HarnessStep)> {
    steps.iter().filter_map(|step| Some((*step, step.harness()?))).collect()
}

fn check_by(at_a_time: usize, document: &Subject<'_>) -> Vec<Diagnostic> {
    let workflow = document.workflow;
    let steps: Vec<&Step> = workflow.every_step().collect();
    let harness = harness_steps(&steps);
    let chunks = steps.chunks(at_a_time).chain(steps.is_empty().then_some([].as_slice()));
    let parts: Vec<_> = chunks.map(|part| (part, harness_steps(part))).collect();
    let sight = OnceCell::new();
    let whole = Context::new(document, &sight, Part { steps: &steps, harness: &harness, root: true });
    let has = [Has::Containers, Has::Agents].map(|what| (what, has(what, workflow, &steps, &harness)));
    let applies = |needed: Option<Has>| needed.is_none_or(|needed| has.contains(&(needed, true)));
    let mut sink = Sink { rule: &empty_document::RULE, found: Vec::new() };
    for &(rule, _, check) in LOOKS.documents.iter().filter(|(_, needed, _)| applies(*needed)) {
        sink.rule = rule;
        check(&whole, &mut sink);
    }
    let about_steps: Vec<(&'static Rule, CheckPart)> =
        LOOKS.steps.iter().filter(|(_, needed, _)| applies(*needed)).map(|&(rule, _, check)| (rule, check)).collect();
    let check_value = |value: &Value<'_>, sink: &mut Sink| {
        for &(rule, check) in &LOOKS.values {
            sink.rule = rule;
            check(&whole, value, sink);
        }
    };
    let mut walk = values::Walk::root(&workflow.node, &mut |value| check_value(value, &mut sink));
    for (number, (steps, harness)) in parts.iter().enumerate() {
        let part = Context::new(document, &sight, Part { steps, harness, root: number == 0 });
        for &(rule, check) in &about_steps {
            sink.rule = rule;
            check(&part, &mut sink);
        }
        // The values of the same steps, while they are near.
        walk.steps(at_a_time, &mut |value| check_value(value, &mut sink));
    }
    while walk.steps(at_a_time, &mut |value| check_value(value, &mut sink)) {}
    sink.found
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

mod edits;
pub mod fixes;
mod names;

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every rule, by name.
        pub static ALL: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    action_input_conflict,
    action_input_invalid,
    action_input_missing,
    action_input_unusable,
    action_reference_invalid,
    agent_incomplete,
    agent_limit_outside_agent,
    approval_invalid,
    approval_on_worker,
    artifacts_disabled,
    backoff_too_small,
    bare_with_oauth_token,
    base_configuration_invalid,
    bind_source_missing,
    boolean_for_text,
    build_path_unsupported,
    build_reference_unavailable,
    chat_model_missing,
    claude_directory_on_macos,
    codex_base_url_unread,
    command_under_root_harness,
    comment_in_quotes,
    condition_not_run,
    conflicting_step_keys,
    const_invalid,
    const_unused,
    container_command_ignored,
    container_env_invalid,
    container_env_not_imported,
    container_exec_commands,
    container_exec_field,
    container_exec_shell,
    container_field_ignored,
    container_healthcheck_invalid,
    container_image_exec_conflict,
    container_image_invalid,
    container_image_or_exec_missing,
    container_kept,
    container_log_pattern_invalid,
    container_multiline_run,
    container_name_fixed,
    container_name_invalid,
    container_name_shared,
    container_outputs_unmounted,
    container_path_on_host,
    container_platform_invalid,
    container_pull_policy_invalid,
    container_quotes_lost,
    container_restart_policy_invalid,
    container_shell_not_in_image,
    container_shell_operators,
    container_shell_setting,
    container_socket_mounted,
    container_startup_command_missing,
    container_startup_invalid,
    container_unsupported_action,
    container_user_root,
    container_wait_for_invalid,
    container_working_dir_relative,
    container_working_dir_unmounted,
    credential_directory_without_variable,
    credential_echoed,
    credential_implicit_harness,
    credential_in_container_command,
    credential_in_prompt,
    credential_in_root_container,
    credential_literal,
    credential_mounted_read_only,
    credential_of_other_provider,
    credential_unset,
    custom_action_call_invalid,
    custom_action_invalid,
    custom_action_recursion,
    custom_action_template_input,
    dag_name_invalid,
    declared_output_invalid,
    dependency_cycle,
    depends_in_agent,
    depends_in_chain,
    depends_redundant,
    deprecated_syntax,
    docker_run_container_left,
    docker_run_env_dropped,
    docker_run_pull_invalid,
    duplicate_document_name,
    duplicate_param,
    duplicate_step_id,
    duration_invalid,
    empty_document,
    empty_value,
    entry_document_name,
    env_alias_unresolved,
    env_mapping_rewritten,
    env_name_invalid,
    env_name_twice,
    env_reference_too_early,
    exec_invalid,
    file_dependency_invalid,
    foreach_conflict,
    foreach_name_invalid,
    foreach_value_unknown,
    handler_field_ignored,
    harness_binary_not_in_image,
    harness_binary_not_on_host,
    harness_container_name,
    harness_fallback_invalid,
    harness_flag_dropped,
    harness_flag_misspelt,
    harness_flag_value_unknown,
    harness_managed_in_container,
    harness_output_schema_without_json,
    harness_prompt_apostrophe,
    harness_prompt_flag,
    harness_prompt_list,
    harness_prompt_missing,
    harness_prompt_mode_stdin_in_container,
    harness_prompt_starts_with_dash,
    harness_prompt_substitution,
    harness_provider_missing,
    harness_provider_unknown,
    harness_provider_unresolved,
    harness_reserved_key,
    harness_shadows_built_in,
    harness_stdin_in_container,
    harness_unused,
    harness_without_retry,
    harness_without_timeout,
    history_retention_conflict,
    home_mounted_for_agent,
    host_path_in_container,
    hosted_provider_without_credential,
    human_task_form_invalid,
    human_task_invalid,
    ignored_key,
    image_entrypoint_in_front,
    image_not_present,
    image_platform_differs,
    image_unpinned,
    invalid_value,
    key_letter_case,
    kubernetes_object_invalid,
    label_invalid,
    labels_beside_tags,
    limits_on_existing_container,
    local_image_pulled,
    login_in_other_home,
    missing_key,
    missing_steps,
    network_host,
    network_none_hosted_provider,
    network_not_made_here,
    network_unrestricted_for_agent,
    number_unusable,
    order_assumed,
    output_entry_invalid,
    output_name_unreadable,
    output_schema_invalid,
    parallel_unsupported,
    param_definition_invalid,
    param_in_shell_text,
    param_name_invalid,
    param_name_misspelt,
    param_schema_invalid,
    param_unused,
    permission_bypass_as_root,
    port_on_all_interfaces,
    port_published_twice,
    port_syntax,
    ports_without_own_network,
    precondition_invalid,
    program_not_in_image,
    registry_auth_unmatched,
    registry_image_never_pulled,
    remote_input_misspelt,
    repeat_without_condition,
    resource_limit_invalid,
    retry_exit_code_in_container,
    retry_number_invalid,
    root_mount_not_inherited,
    router_outside_graph,
    router_target_invalid,
    run_item_invalid,
    run_retry_invalid,
    runtime_set_in_dag,
    schedule_interval_uneven,
    schedule_invalid,
    schema_keyword_misspelt,
    schema_type_unknown,
    secret_invalid,
    secret_key_reference,
    secret_provider_unknown,
    secret_unused,
    secret_variable_unset,
    secrets_namespace,
    select_path_missing,
    shell_prompt_without_errexit,
    smtp_oauth_invalid,
    startup_without_process,
    step_env_dropped,
    step_id_invalid,
    step_name_invalid,
    step_type_unknown,
    step_without_command,
    step_without_id,
    step_working_dir_ignored,
    stream_json_without_verbose,
    stream_target_invalid,
    sub_dag_params_invalid,
    sub_dag_unknown,
    swallowed_lines,
    task_invalid,
    template_field_missing,
    tool_invalid,
    undeclared_parameter,
    unknown_dependency,
    unknown_key,
    unresolvable_reference,
    unsupported_step_field,
    unused_suppression,
    value_turned_to_text,
    variable_misspelt,
    volume_login_of_other_tool,
    volume_name_for_file,
    volume_name_for_folder,
    volume_read_only_written,
    volume_relative_without_working_dir,
    volume_source_variable_unset,
    volume_syntax,
    volume_target_twice,
    volume_target_variable,
    volume_writable_for_agent,
    wait_for_healthcheck_of_image,
    wait_for_without_healthcheck,
    wait_value_invalid,
    webhook_header_invalid,
    with_and_config,
    wrong_type,
    yaml_dialect,
    yaml_duplicate_key,
    yaml_syntax,
    yaml_too_large,
    yaml_undefined_alias,
}

#[cfg(test)]
mod tests {
    use super::{ALL, Subject, check_by};
    use crate::analysis::Facts;
    use crate::syntax::Tree;
    use crate::workflow::{Workflow, call, resolve};

    /// A rule that says it looks at steps one by one finds the same in each by itself.
    #[test]
    fn parts_of_a_document_add_up_to_it() {
        for text in ALL.iter().flat_map(|rule| [rule.bad, rule.good]) {
            let (tree, _) = Tree::parse(text);
            let workflows: Vec<Workflow> = tree.documents.iter().filter_map(|document| resolve::document(&tree, document, None)).collect();
            let (locals, facts) = (call::locals(&workflows), Facts::default());
            for workflow in &workflows {
                let found = |at_a_time| {
                    let mut found = check_by(at_a_time, &Subject::new(&tree, workflow, &workflows, &locals, &facts));
                    found.sort_by(|a, b| (a.rule, a.span, &a.message).cmp(&(b.rule, b.span, &b.message)));
                    found
                };
                assert_eq!(found(1), found(usize::MAX), "{text}");
            }
        }
    }
}
