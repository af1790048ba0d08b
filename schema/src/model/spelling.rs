//! Spellings that went before: camelCase, and keys that were removed.

/// The snake_case key for a camelCase one that the engine knows; with dots where it is nested.
pub(super) fn snake_case(key: &str) -> Option<&'static str> {
    CAMEL_CASE.iter().find(|(old, _)| *old == key).map(|&(_, new)| new)
}

/// What to do about a key that the engine no longer reads.
pub(super) fn removed(object: &str, key: &str) -> Option<&'static Removed> {
    REMOVED.iter().find(|removed| removed.key == key && removed.objects.contains(&object))
}

/// A key that the engine no longer reads.
pub(super) struct Removed {
    objects: &'static [&'static str],
    key: &'static str,
    /// The key that takes its place unchanged, if one does.
    pub(super) rename: Option<&'static str>,
    /// What to write instead.
    pub(super) help: &'static str,
}

const REMOVED: &[Removed] = &[
    Removed {
        objects: &["DAG", "step"],
        key: "precondition",
        rename: Some("preconditions"),
        help: "use `preconditions`; a single mapping becomes a list of one",
    },
    Removed { objects: &["DAG", "step"], key: "dir", rename: Some("working_dir"), help: "use `working_dir`" },
    Removed { objects: &["step"], key: "executor", rename: None, help: "use `action`, with the executor's settings under `with`" },
    Removed { objects: &["handler_on"], key: "cancel", rename: Some("abort"), help: "use `abort`" },
    Removed { objects: &["step"], key: "tools", rename: None, help: "tools are installed for the whole DAG: use `tools` at the root" },
];

const CAMEL_CASE: &[(&str, &str)] = &[
    ("workingDir", "working_dir"),
    ("skipIfSuccessful", "skip_if_successful"),
    ("catchupWindow", "catchup_window"),
    ("overlapPolicy", "overlap_policy"),
    ("logDir", "log_dir"),
    ("artifactDir", "artifacts.dir"),
    ("enableArtifact", "artifacts.enabled"),
    ("logOutput", "log_output"),
    ("handlerOn", "handler_on"),
    ("mailOn", "mail_on"),
    ("errorMail", "error_mail"),
    ("infoMail", "info_mail"),
    ("waitMail", "wait_mail"),
    ("timeoutSec", "timeout_sec"),
    ("delaySec", "delay_sec"),
    ("restartWaitSec", "restart_wait_sec"),
    ("histRetentionDays", "hist_retention_days"),
    ("histRetentionRuns", "hist_retention_runs"),
    ("maxActiveRuns", "max_active_runs"),
    ("maxActiveSteps", "max_active_steps"),
    ("maxCleanUpTimeSec", "max_clean_up_time_sec"),
    ("maxOutputSize", "max_output_size"),
    ("runConfig", "run_config"),
    ("forwardHeaders", "webhook.forward_headers"),
    ("workerSelector", "worker_selector"),
    ("registryAuths", "registry_auths"),
    ("shellPackages", "shell_packages"),
    ("continueOn", "continue_on"),
    ("retryPolicy", "retry_policy"),
    ("repeatPolicy", "repeat_policy"),
    ("mailOnError", "mail_on_error"),
    ("signalOnStop", "signal_on_stop"),
    ("intervalSec", "interval_sec"),
    ("exitCode", "exit_code"),
    ("maxIntervalSec", "max_interval_sec"),
    ("markSuccess", "mark_success"),
    ("maxConcurrent", "max_concurrent"),
    ("disableParamEdit", "disable_param_edit"),
    ("disableRunIdEdit", "disable_run_id_edit"),
    ("attachLogs", "attach_logs"),
    ("pullPolicy", "pull_policy"),
    ("keepContainer", "keep_container"),
    ("waitFor", "wait_for"),
    ("logPattern", "log_pattern"),
    ("restartPolicy", "restart_policy"),
    ("startPeriod", "start_period"),
    ("strictHostKey", "strict_host_key"),
    ("knownHostFile", "known_host_file"),
    ("accessKeyId", "access_key_id"),
    ("secretAccessKey", "secret_access_key"),
    ("sessionToken", "session_token"),
    ("forcePathStyle", "force_path_style"),
    ("disableSSL", "disable_ssl"),
    ("tlsSkipVerify", "tls_skip_verify"),
    ("sentinelMaster", "sentinel_master"),
    ("sentinelAddrs", "sentinel_addrs"),
    ("clusterAddrs", "cluster_addrs"),
    ("maxRetries", "max_retries"),
    ("budgetTokens", "budget_tokens"),
    ("includeInOutput", "include_in_output"),
    ("maxTokens", "max_tokens"),
    ("topP", "top_p"),
    ("baseURL", "base_url"),
    ("apiKeyName", "api_key_name"),
    ("maxToolIterations", "max_tool_iterations"),
    ("maxContextTokens", "max_context_tokens"),
    ("observationMaxBytes", "observation_max_bytes"),
    ("observationKeepRecent", "observation_keep_recent"),
];
