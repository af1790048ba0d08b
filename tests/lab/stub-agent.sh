#!/bin/sh
# Stands in for an agent command in the test images, under the name it is linked as. It calls nobody: it prints its
# argv, and the name and the length (never the value) of each credential variable that it sees.
name=${0##*/}

if [ "$#" -eq 1 ] && [ "$1" = --version ]; then
  echo "$name stub 0.0.0"
  exit 0
fi

printf 'argv[0]=%s\n' "$name"
n=0
for argument in "$@"; do
  n=$((n + 1))
  printf 'argv[%d]=%s\n' "$n" "$argument"
done

for variable in \
  ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN CLAUDE_CONFIG_DIR \
  CLAUDE_CODE_USE_BEDROCK CLAUDE_CODE_USE_VERTEX \
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_BEARER_TOKEN_BEDROCK \
  CODEX_API_KEY CODEX_HOME OPENAI_API_KEY \
  OPENCODE_CONFIG OPENCODE_CONFIG_CONTENT OPENCODE_API_KEY OPENROUTER_API_KEY \
  AMP_API_KEY COPILOT_GITHUB_TOKEN CURSOR_API_KEY DEEPSEEK_API_KEY FACTORY_API_KEY GEMINI_API_KEY \
  GH_TOKEN GITHUB_TOKEN GOOGLE_API_KEY GOOGLE_APPLICATION_CREDENTIALS; do
  is_set='' value=''
  eval "is_set=\${$variable+yes} value=\${$variable-}"
  if [ -n "$is_set" ]; then
    printf '%s len=%d\n' "$variable" "${#value}"
  fi
done

if ! [ -t 0 ]; then
  bytes=$(wc -c)
  if [ "$bytes" -gt 0 ]; then
    printf 'stdin len=%d\n' "$bytes"
  fi
fi

exit "${STUB_EXIT:-0}"
