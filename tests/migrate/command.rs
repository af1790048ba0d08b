//! The command itself: what it prints, what it writes, when it writes nothing.

use std::fs;

use tempfile::TempDir;

use super::migrate;

const OLD: &str = "steps:\n  - id: a\n    command: echo a\n";
const NEW: &str = "steps:\n  - id: a\n    run: echo a\n";
const FOR_A_PERSON: &str = "steps:\n  - id: a\n    type: shell\n    command: echo a\n";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_folder_is_searched_and_each_file_reported() {
    let folder = folder(&[("a.yaml", OLD), ("b.yml", FOR_A_PERSON), ("c.yaml", NEW), ("compose.yaml", "services: {}\n")]);
    let outcome = migrate(folder.path(), &["."]);
    assert_eq!(outcome.code, 1);
    insta::assert_snapshot!(outcome.stdout, @r"
    ./a.yaml:3: Convert the step to `run`
    ./b.yml:3: left: `type` is deprecated: write `run` (the new step may act differently: look at it, then take the fix in your editor)
    ./b.yml:4: left: `command` is deprecated: write `run` (the new step may act differently: look at it, then take the fix in your editor)
    1 place changed in 1 file; 2 places left for you
    ");
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), NEW);
    assert_eq!(fs::read_to_string(folder.path().join("b.yml")).unwrap(), FOR_A_PERSON);
}

#[test]
fn a_diff_is_printed_and_nothing_written() {
    let text = "steps:\n  - id: a\n    shell: bash\n    command: echo a\n  - id: b\n    type: shell\n    command: echo b\n";
    let folder = folder(&[("a.yaml", text)]);
    let outcome = migrate(folder.path(), &["--diff", "a.yaml"]);
    assert_eq!(outcome.code, 1);
    insta::assert_snapshot!(outcome.stdout, @r"
    --- a.yaml
    +++ a.yaml
    @@ -1,7 +1,8 @@
     steps:
       - id: a
    -    shell: bash
    -    command: echo a
    +    run: echo a
    +    with:
    +      shell: bash
       - id: b
         type: shell
         command: echo b
    ");
    insta::assert_snapshot!(outcome.stderr, @r"
    a.yaml:3: Convert the step to `run`
    a.yaml:6: left: `type` is deprecated: write `run` (the new step may act differently: look at it, then take the fix in your editor)
    a.yaml:7: left: `command` is deprecated: write `run` (the new step may act differently: look at it, then take the fix in your editor)
    1 place would change in 1 file; 2 places left for you
    ");
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), text);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn there_is_nothing_to_do() {
    let folder = folder(&[("a.yaml", NEW)]);
    let outcome = migrate(folder.path(), &["a.yaml"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "nothing to migrate\n"));
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_is_done() {
    let broken = "steps:\n  - id: a\n    command: \"echo\n";
    let folder = folder(&[("a.yaml", OLD), ("broken.yaml", broken)]);
    let outcome = migrate(folder.path(), &["missing.yaml", "broken.yaml", "a.yaml"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("missing.yaml: there is no such file"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("broken.yaml:3: "), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("broken.yaml")).unwrap(), broken);
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), NEW);
}

#[test]
fn a_folder_without_a_dag_is_said() {
    let folder = folder(&[]);
    let outcome = migrate(folder.path(), &["."]);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("a.yaml", OLD)]);
    let (file, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("a.yaml", &link).unwrap();
    assert_eq!(migrate(folder.path(), &["link.yaml"]).code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), NEW);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}
