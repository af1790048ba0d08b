//! The rules, one file each: metadata, documentation and a pure function over the workflow.
//!
//! A rule's page (`docs/rules/NAME.md`, `dagu-rs explain NAME`) is made from its [`Rule`] alone.
//! To add one: a file here, its name in the list below, and `UPDATE=1 cargo test` for the docs.

use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::model::values::Value;
use crate::source::Span;
use crate::workflow::Step;

mod context;
pub(crate) mod edits;
pub mod fixes;
mod looks;
mod meant;
mod names;

pub(crate) use context::Subject;
pub use context::{Context, Owned, agents, built_in, known, provider_names, starts_in_background, uses_local_model};
pub(crate) use looks::{Apart, check};

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
    /// A look at each of [`Context::steps`] among the others: where it finds nothing, no other wording of what other steps
    /// run or say would make it find something. It is called for all steps, and after an edit
    /// only for those whose findings may be others.
    Among(fn(&Context<'_>, &mut Sink)),
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
    /// One of these keys.
    Keys {
        /// Of the root mapping.
        root: &'static [&'static str],
        /// Of a step, in the body of a `foreach` or of a handler too.
        steps: &'static [&'static str],
    },
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
pub(crate) use edits::written;
pub(crate) use harness_binary_not_in_image::is_base_image;
pub(crate) use meant::is_process_variable;
pub(crate) use param_name_invalid::{is_external, schema_file};
pub(crate) use step_id_invalid::RESERVED as RESERVED_IDS;
pub(crate) use step_name_invalid::RESERVED as RESERVED_NAMES;

/// What is wrong with a name for a DAG.
pub(crate) fn dag_name_fault(name: &str) -> Option<String> {
    dag_name_invalid::fault(name)
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

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
