//! `dagu-rs man`, read by a formatter of manual pages.

use std::fs;

use tempfile::TempDir;

use crate::tools;

#[test]
fn the_main_page() {
    let folder = TempDir::new().unwrap();
    let page = tools::run("dagu-rs", folder.path(), &["man"]).good().stdout;
    fs::write(folder.path().join("dagu-rs.1"), page).unwrap();
    if tools::has("mandoc") {
        let shown = tools::run("mandoc", folder.path(), &["-T", "utf8", "dagu-rs.1"]).good().stdout;
        // Bold is a letter over itself.
        let shown = shown.split('\u{8}').fold(String::new(), |mut text, part| {
            text.pop();
            text + part
        });
        assert!(shown.contains("Language server, linter and runner") && shown.contains("dagu-rs-check(1)"), "{shown}");
    }
}

#[test]
fn a_page_for_each_subcommand() {
    let folder = TempDir::new().unwrap();
    let outcome = tools::run("dagu-rs", folder.path(), &["man", "--output-dir", "share/man1"]).good();
    assert_eq!(outcome.all(), "");
    let help = tools::run("dagu-rs", folder.path(), &["--help"]).good().stdout;
    let commands = help.split_once("Commands:\n").unwrap().1.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.split_whitespace().next().filter(|name| line.starts_with(&format!("  {name}"))));
    let commands: Vec<&str> = commands.filter(|&name| name != "help").collect();
    assert!(commands.len() > 10, "{help}");
    let pages = folder.path().join("share/man1");
    assert_eq!(fs::read_dir(&pages).unwrap().count(), commands.len() + 1);
    for command in commands {
        let page = format!("dagu-rs-{command}.1");
        assert!(pages.join(&page).is_file(), "{page}");
        if tools::has("mandoc") {
            tools::run("mandoc", &pages, &["-T", "lint", "-W", "error", &page]).good();
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = TempDir::new().unwrap();
    let outcome = tools::run("dagu-rs", folder.path(), &["man", "--output-dir", "/dev/null/man1"]);
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("/dev/null/man1: cannot write the manual pages"), "{outcome:#?}");
}
