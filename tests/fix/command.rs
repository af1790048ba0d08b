//! `dagu-rs check --fix`: what it prints, what it writes, when it writes nothing.

use std::fs;

use tempfile::TempDir;

use super::dagu_rs;

const BAD: &str = "\
# a deployment
container:
  image: runner:local  # built here
steps:
  - id: greet
    run: echo a && echo b
    timeoutSec: 10
";

const FIXED: &str = "\
# a deployment
container:
  shell: [/bin/sh, -c]
  pull_policy: never
  image: runner:local  # built here
steps:
  - id: greet
    run: echo a && echo b
    timeout_sec: 10
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn files_are_fixed_and_what_remains_is_reported() {
    let unknown = "steps:\n  - id: a\n    run: echo a\n    bogus: 1\n";
    let folder = folder(&[("a.yaml", BAD), ("b.yaml", unknown)]);
    let outcome = dagu_rs(folder.path(), &["check", "--fix", "--format", "concise", "."], "");
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.stdout, "./b.yaml:4:5: error[unknown-key] unknown key `bogus` in this step; the engine rejects the file\n");
    assert_eq!(outcome.stderr, "3 fixed in 1 file\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), FIXED);
    assert_eq!(fs::read_to_string(folder.path().join("b.yaml")).unwrap(), unknown);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let again = dagu_rs(folder.path(), &["check", "--fix=safe", "a.yaml"], "");
    assert_eq!((again.code, again.stderr.as_str()), (0, "nothing fixed\n"));
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), FIXED);
}

#[test]
fn a_diff_is_printed_and_nothing_written() {
    let folder = folder(&[("a.yaml", BAD)]);
    let outcome = dagu_rs(folder.path(), &["check", "--diff", "a.yaml"], "");
    assert_eq!(outcome.code, 0);
    insta::assert_snapshot!(outcome.stdout, @r"
    --- a.yaml
    +++ a.yaml
    @@ -1,7 +1,9 @@
     # a deployment
     container:
    +  shell: [/bin/sh, -c]
    +  pull_policy: never
       image: runner:local  # built here
     steps:
       - id: greet
         run: echo a && echo b
    -    timeoutSec: 10
    +    timeout_sec: 10
    ");
    assert_eq!(outcome.stderr, "3 would be fixed in 1 file; then no findings\n");
    assert_eq!(fs::read_to_string(folder.path().join("a.yaml")).unwrap(), BAD);
}

/// A file that is named twice is looked at once, however it is named.
#[test]
fn a_file_given_twice() {
    let folder = folder(&[("a.yaml", BAD)]);
    let once = dagu_rs(folder.path(), &["check", "--diff", "a.yaml"], "");
    for paths in [&["a.yaml", "a.yaml"][..], &["./a.yaml", ".", "a.yaml"]] {
        let outcome = dagu_rs(folder.path(), &[&["check", "--diff"], paths].concat(), "");
        assert_eq!((outcome.code, outcome.stdout.matches("+++ ").count(), &outcome.stderr), (0, 1, &once.stderr));
    }
    let outcome = dagu_rs(folder.path(), &["migrate", "--diff", "a.yaml", "./a.yaml"], "");
    assert!(outcome.stdout.matches("+++ ").count() <= 1, "{}", outcome.stdout);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder(&[]);
    let outcome = dagu_rs(folder.path(), &["check", "--fix", "-"], BAD);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, FIXED));
    assert!(outcome.stderr.contains("1 DAG checked: no findings") && outcome.stderr.ends_with("3 fixed in 1 file\n"), "{}", outcome.stderr);
    let clean = dagu_rs(folder.path(), &["check", "--fix", "-"], FIXED);
    assert_eq!(clean.stdout, FIXED);
}

#[test]
fn only_all_applies_what_is_not_safe() {
    let text = "steps:\n  - id: write\n    run: date > now.txt\n  - id: read\n    run: cat now.txt\n";
    let folder = folder(&[("a.yaml", text)]);
    assert_eq!(dagu_rs(folder.path(), &["check", "--fix", "a.yaml"], "").stderr, "nothing fixed\n");
    assert_eq!(dagu_rs(folder.path(), &["check", "--fix=all", "a.yaml"], "").stderr, "1 fixed in 1 file\n");
    let after = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    assert_eq!(after, text.replace("    run: cat", "    depends: write\n    run: cat"));
}

#[test]
fn what_comes_to_light_is_fixed_too() {
    let text = "steps:\n  - id: a\n    run: echo a\n    contianer:\n      image: alpine:3.20\n      pullPolicy: Never\n";
    let folder = folder(&[("a.yaml", text)]);
    let outcome = dagu_rs(folder.path(), &["check", "--fix", "a.yaml"], "");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, "3 fixed in 1 file\n"));
    let after = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    assert_eq!(after, text.replace("contianer", "container").replace("pullPolicy: Never", "pull_policy: never"));
}

#[test]
fn a_fix_that_would_make_an_error_is_left_out_and_only_that() {
    // The right name is taken.
    let text = "steps:\n  - id: a\n    run: echo a\n    timeoutSec: 10\n    timeout_sec: 10\n    shel: 1\n    dependson: []\n    retryPolicy: {limit: 1, interval_sec: 1}\n";
    let folder = folder(&[("a.yaml", text)]);
    let outcome = dagu_rs(folder.path(), &["check", "--fix", "a.yaml"], "");
    let after = fs::read_to_string(folder.path().join("a.yaml")).unwrap();
    assert_eq!(outcome.code, 1);
    assert!(after.contains("timeoutSec: 10") && after.contains("retry_policy"), "{after}");
}

#[test]
fn line_breaks_of_windows_stay() {
    let windows = |text: &str| text.replace('\n', "\r\n");
    let folder = folder(&[]);
    let outcome = dagu_rs(folder.path(), &["check", "--fix", "-"], &windows(BAD));
    assert_eq!(outcome.stdout, windows(FIXED));
}

#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("a.yaml", BAD)]);
    let (file, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("a.yaml", &link).unwrap();
    assert_eq!(dagu_rs(folder.path(), &["check", "--fix", "link.yaml"], "").code, 0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), FIXED);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}
