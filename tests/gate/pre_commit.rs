//! `.pre-commit-hooks.yaml`, read by pre-commit: commits to a repository of git that uses the hook.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::tools::{self, Outcome};
use crate::{BROKEN, CLEAN, OTHER, SLIP, root};

/// A repository that uses the hook, and beside it one that offers it.
struct Repository {
    folder: TempDir,
}

impl Repository {
    /// `None` where pre-commit is missing. The hook gets options: `args` in the words of YAML.
    fn new(args: &str) -> Option<Self> {
        if !tools::has("pre-commit") || !tools::has("git") {
            return None;
        }
        let repository = Self { folder: TempDir::new().unwrap() };
        let offered = repository.folder.path().join("offered");
        fs::create_dir(&offered).unwrap();
        fs::copy(root().join(".pre-commit-hooks.yaml"), offered.join(".pre-commit-hooks.yaml")).unwrap();
        let version = commit_all(&offered);
        let work = repository.path();
        fs::create_dir(&work).unwrap();
        git(&work, &["init", "--quiet"]);
        let hook = format!("repos:\n- repo: {}\n  rev: {version}\n  hooks: [{{id: dagu-rs-system, args: {args}}}]\n", offered.display());
        repository.write(".pre-commit-config.yaml", &hook);
        repository.call(repository.command("pre-commit").args(["install"])).good();
        Some(repository)
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("work")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = tools::command(program, &self.path());
        command.env("PRE_COMMIT_HOME", self.folder.path().join("cache"));
        command
    }

    #[expect(clippy::unused_self, reason = "reads as what is done to the repository")]
    fn call(&self, command: &mut Command) -> Outcome {
        tools::outcome(command)
    }

    /// Tries to commit all that there is.
    fn commit(&self) -> Outcome {
        git(&self.path(), &["add", "--all"]);
        self.call(self.command("git").args(WHO).args(["commit", "--message", "a change"]))
    }
}

const WHO: [&str; 4] = ["-c", "user.name=A", "-c", "user.email=a@example.com"];

fn git(folder: &Path, args: &[&str]) -> Outcome {
    tools::run("git", folder, args).good()
}

/// Makes a folder a repository with one commit, and says which.
fn commit_all(folder: &Path) -> String {
    git(folder, &["init", "--quiet"]);
    git(folder, &["add", "--all"]);
    git(folder, &[&WHO[..], &["commit", "--quiet", "--message", "all"]].concat());
    git(folder, &["rev-parse", "HEAD"]).stdout.trim().to_owned()
}

#[test]
fn the_manifest_is_valid() {
    if tools::has("pre-commit") {
        tools::run("pre-commit", root(), &["validate-manifest", ".pre-commit-hooks.yaml"]).good();
    }
}

#[test]
fn a_broken_dag_is_not_committed() {
    let Some(repository) = Repository::new("[]") else { return };
    repository.write("dags/good.yaml", CLEAN);
    repository.write(".github/workflows/ci.yml", OTHER);
    repository.commit().good();

    repository.write("dags/bad.yaml", BROKEN);
    repository.write("values.yaml", OTHER);
    let stopped = repository.commit();
    assert_eq!(stopped.code, 1, "{stopped:#?}");
    assert!(stopped.all().contains("error[unknown-key]") && stopped.all().contains("dags/bad.yaml:4:5"), "{stopped:#?}");
    assert!(!stopped.all().contains("values.yaml"), "{stopped:#?}");

    repository.write("dags/bad.yaml", CLEAN);
    repository.commit().good();
}

#[test]
fn other_yaml_is_no_reason_to_stop() {
    let Some(repository) = Repository::new("[]") else { return };
    repository.write("values.yaml", OTHER);
    repository.write("broken.yaml", "a: [1, 2\n");
    repository.commit().good();
    repository.write("readme.txt", "no YAML at all\n");
    repository.commit().good();
}

#[test]
fn options_reach_the_check() {
    let Some(repository) = Repository::new("[--fail-on, never]") else { return };
    repository.write("bad.yaml", BROKEN);
    repository.commit().good();
}

/// The first commit is stopped since files changed; the second has the fix.
#[test]
fn a_hook_that_fixes() {
    let Some(repository) = Repository::new("[--fix]") else { return };
    repository.write("slip.yaml", SLIP);
    repository.write("values.yaml", OTHER);
    let stopped = repository.commit();
    assert_eq!(stopped.code, 1, "{stopped:#?}");
    assert!(stopped.all().contains("files were modified by this hook"), "{stopped:#?}");
    assert_eq!(
        (repository.read("slip.yaml"), repository.read("values.yaml")),
        (SLIP.replace("timeoutSec", "timeout_sec"), OTHER.to_owned())
    );
    repository.commit().good();

    repository.write("bad.yaml", BROKEN);
    assert_eq!(repository.commit().code, 1, "what cannot be fixed still stops a commit");
}
