//! Preconditions.

use std::path::Path;
use std::process::Stdio;

use dagu_schema::workflow::policy::Condition;
use dagu_schema::workflow::reference::{Policy, expand};
use tokio::process::Command;

use crate::values::{Values, is_inherited};

/// Whether all conditions are met. All are looked at, also after one that is not.
///
/// # Errors
/// When a pattern cannot be read.
pub async fn all_met(conditions: impl IntoIterator<Item = &Condition>, values: &Values, folder: &Path) -> Result<bool, String> {
    let mut all = true;
    for condition in conditions {
        all &= is_met(condition, values, folder).await? != condition.negate;
    }
    Ok(all)
}

async fn is_met(condition: &Condition, values: &Values, folder: &Path) -> Result<bool, String> {
    let Some(expected) = &condition.expected else {
        let text = expand(&condition.condition, values, Policy::SHELL).text;
        let inherited = values.process.iter().filter(|(name, _)| is_inherited(name));
        let status = Command::new("sh")
            .arg("-c")
            .arg(&text)
            .env_clear()
            .envs(inherited)
            .envs(values.all())
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await;
        return Ok(status.is_ok_and(|status| status.success()));
    };
    let text = expand(&condition.condition, &values.with_process(), Policy::FIELD).text;
    let expected = expand(expected, &values.with_process(), Policy::FIELD).text;
    match expected.strip_prefix("re:") {
        Some(pattern) => {
            let regex = regex::Regex::new(pattern)
                .map_err(|error| format!("the precondition's `expected: {expected}` is no regular expression: {error}"))?;
            Ok(text.lines().any(|line| regex.is_match(line)))
        }
        None => Ok(text == expected || text.lines().any(|line| line == expected)),
    }
}
