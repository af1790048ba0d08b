//! `dagu-rs completions`, read by the shells.

use tempfile::TempDir;

use crate::tools;

/// The words that bash offers for a line, whose last word is being typed.
fn bash(line: &[&str]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    // As bash does on a press of the tab key: the words, which of them is meant, then the function that `complete` named.
    let script = r#"
        source <(dagu-rs completions bash)
        COMP_WORDS=(dagu-rs "$@")
        COMP_CWORD=$#
        [[ $(complete -p dagu-rs) =~ -F\ ([^ ]+) ]] || exit 1
        "${BASH_REMATCH[1]}" dagu-rs "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let outcome = tools::run("bash", folder.path(), &[&["-c", script, "bash"], line].concat()).good();
    assert_eq!(outcome.stderr, "");
    outcome.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_subcommands_options_and_values() {
    if !tools::has("bash") {
        return;
    }
    assert_eq!(bash(&["che"]), ["check"]);
    assert_eq!(bash(&["check", "--stdin"]), ["--stdin-filename"]);
    assert_eq!(bash(&["check", "--format", "conc"]), ["concise"]);
    assert_eq!(bash(&["completions", "zs"]), ["zsh"]);
}

/// The other shells that are on this machine take their script, and one that is not there is nothing to fail for.
#[test]
fn each_shell_reads_its_script() {
    let folder = TempDir::new().unwrap();
    for (shell, check) in
        [("bash", Some("-n")), ("zsh", Some("-n")), ("fish", Some("--no-execute")), ("elvish", None), ("powershell", None)]
    {
        let script = tools::run("dagu-rs", folder.path(), &["completions", shell]).good().stdout;
        assert!(script.contains("stdin-filename") && script.contains("explain"), "{shell}: {script}");
        let file = folder.path().join(shell);
        std::fs::write(&file, script).unwrap();
        let there = std::env::split_paths(&tools::path()).any(|folder| folder.join(shell).is_file());
        if let Some(check) = check.filter(|_| there) {
            let read = tools::run(shell, folder.path(), &[check, file.to_str().unwrap()]).good();
            assert_eq!(read.all(), "", "{shell}");
        }
    }
}
