//! The flags of the agents' command lines, as keys of `with`: what each `--help` lists, and what is
//! known beside it. Versions differ, so a key that is not here may be a flag all the same.

/// Claude Code 2.1.328.
#[rustfmt::skip]
pub(super) const CLAUDE: &[&str] = &[
    "add_dir", "agent", "agents", "allow_dangerously_skip_permissions", "allowed_tools", "append_system_prompt",
    "autocompact", "ax_screen_reader", "background", "bare", "betas", "bg", "brief", "chrome", "cloud", "continue",
    "dangerously_skip_permissions", "debug", "debug_file", "desktop", "disable_slash_commands", "disallowed_tools",
    "effort", "environment", "exclude_dynamic_system_prompt_sections", "fallback_model", "file", "fork_session",
    "forward_subagent_text", "from_pr", "ide", "include_hook_events", "include_partial_messages", "input_format",
    "json_schema", "max_budget_usd", "max_turns", "mcp_config", "model", "name", "no_chrome",
    "no_session_persistence", "output_format", "permission_mode", "permission_prompt_tool", "permission_prompts",
    "plugin_dir", "plugin_url", "print", "prompt_suggestions", "remote_control", "remote_control_session_name_prefix",
    "replay_user_messages", "restricted", "resume", "safe_mode", "session_id", "setting_sources", "settings",
    "strict_mcp_config", "system_prompt", "system_prompt_snapshot", "teleport", "tmux", "tools", "verbose",
    "worktree",
];

/// Cline 3.0.65.
#[rustfmt::skip]
pub(super) const CLINE: &[&str] = &[
    "acp", "auto_approve", "compaction", "config", "cwd", "data_dir", "hooks_dir", "id", "json", "kanban", "key",
    "model", "plan", "provider", "retries", "system", "thinking", "timeout", "tui", "update", "verbose", "worktree",
    "zen",
];

/// Codex 0.169.0, `codex exec`.
#[rustfmt::skip]
pub(super) const CODEX: &[&str] = &[
    "add_dir", "approve_for_me", "cd", "color", "config", "cyber_access_program",
    "dangerously_bypass_approvals_and_sandbox", "dangerously_bypass_hook_trust", "disable", "enable", "ephemeral",
    "full_auto", "ignore_rules", "ignore_user_config", "image", "json", "local_provider", "model", "oss",
    "output_last_message", "output_schema", "profile", "sandbox", "skip_git_repo_check", "strict_config",
    "thread_source", "trust", "worktree",
];

/// GitHub Copilot 1.0.102 and `auto`, which the engine's pages use.
#[rustfmt::skip]
pub(super) const COPILOT: &[&str] = &[
    "acp", "add_dir", "add_github_mcp_tool", "add_github_mcp_toolset", "additional_mcp_config", "agent", "allow_all",
    "allow_all_mcp_server_instructions", "allow_all_paths", "allow_all_tools", "allow_all_urls", "allow_tool",
    "allow_url", "assisted_approval", "attachment", "auto", "auto_tier", "autopilot", "available_tools", "banner",
    "bash_env", "connect", "context", "continue", "deny_tool", "deny_url", "disable_builtin_mcps",
    "disable_client_telemetry", "disable_mcp_server", "disallow_temp_dir", "dynamic_retrieval",
    "enable_all_github_mcp_tools", "enable_mcp_server", "enable_memory", "environment_compute_id", "environment_host",
    "excluded_tools", "experimental", "extension_sdk_path", "fleet", "interactive", "log_dir", "log_level",
    "max_ai_credits", "max_autopilot_continues", "mcp_github_auth", "mode", "model", "mouse", "name", "no_ask_user",
    "no_auto_update", "no_bash_env", "no_color", "no_custom_instructions", "no_eager_powershell_resolution",
    "no_experimental", "no_mouse", "no_remote", "no_remote_export", "output_format", "plain_diff", "plan",
    "plugin_dir", "prompt", "reasoning_effort", "remote", "remote_export", "resume", "screen_reader",
    "secret_env_vars", "session_id", "share", "share_gist", "silent", "stream", "trust_folder", "usage_output_file",
    "yolo",
];

/// Gemini CLI 0.61.0.
#[rustfmt::skip]
pub(super) const GEMINI: &[&str] = &[
    "accept_raw_output_risk", "acp", "admin_policy", "allowed_mcp_server_names", "allowed_tools", "approval_mode",
    "debug", "delete_session", "experimental_acp", "extensions", "include_directories", "list_extensions",
    "list_sessions", "model", "output_format", "policy", "prompt", "prompt_interactive", "raw_output", "resume",
    "sandbox", "screen_reader", "session_file", "session_id", "skip_trust", "worktree", "yolo",
];

/// OpenCode 1.18.33, `opencode run`.
#[rustfmt::skip]
pub(super) const OPENCODE: &[&str] = &[
    "agent", "attach", "auto", "command", "continue", "dir", "file", "fork", "format", "interactive", "log_level",
    "model", "password", "port", "print_logs", "pure", "session", "share", "thinking", "title", "username", "variant",
];

/// pi 0.73.1.
#[rustfmt::skip]
pub(super) const PI: &[&str] = &[
    "api_key", "append_system_prompt", "continue", "export", "extension", "fork", "list_models", "mode", "model",
    "models", "no_builtin_tools", "no_context_files", "no_extensions", "no_prompt_templates", "no_session",
    "no_skills", "no_themes", "no_tools", "offline", "print", "prompt_template", "provider", "resume", "session",
    "session_dir", "skill", "system_prompt", "theme", "thinking", "tools", "verbose",
];

/// Qwen Code 0.24.4.
#[rustfmt::skip]
pub(super) const QWEN: &[&str] = &[
    "acp", "add_dir", "allowed_mcp_server_names", "allowed_tools", "append_system_prompt", "approval_mode",
    "auth_type", "bare", "channel", "chat_recording", "checkpointing", "continue", "core_tools", "debug",
    "disabled_slash_commands", "exclude_tools", "experimental_lsp", "extensions", "include_directories",
    "include_partial_messages", "input_file", "input_format", "json_fd", "json_file", "json_schema",
    "list_extensions", "max_session_turns", "mcp_config", "model", "openai_api_key", "openai_base_url",
    "openai_logging", "openai_logging_dir", "output_format", "prompt", "prompt_interactive", "proxy", "resume",
    "sandbox", "sandbox_image", "screen_reader", "session_id", "system_prompt", "telemetry", "telemetry_log_prompts",
    "telemetry_otlp_endpoint", "telemetry_otlp_protocol", "telemetry_outfile", "telemetry_target", "yolo",
];
