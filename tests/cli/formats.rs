//! The formats that programs read: what they say, that they are what their schemas want, and that nothing in a file or its
//! name breaks them.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use quick_xml::XmlVersion;
use quick_xml::events::Event;
use serde_json::Value;

use super::folder;
use super::report::DAG;
use super::{dagu_rs, outcome, run};

/// Texts with a finding at every kind of place, by the names of their files.
const ODD: [(&str, &str); 14] = [
    ("dag.yaml", DAG),
    ("clean.yaml", "steps:\n  - id: greet\n    run: echo hello\n"),
    ("a b,c:%.yaml", "steps:\n  - id: a\n    depend: b\n    run: echo\n"),
    ("'quoted\" <&>.yaml", "steps: 1\n"),
    ("two\nlines\u{1b}[2K\u{202e}.yaml", "steps: 1\n"),
    ("[a](1) ż😀.yaml", "steps:\n  - id: ż\n    run: echo 😀 ${params.NONE} > 😀.txt\n"),
    ("crlf.yaml", "steps:\r\n  - id: a\r\n    depend: b\r\n    run: |\r\n      cat ${params.NONE}\r\n"),
    ("mark.yaml", "\u{feff}stepz:\n  - id: a\n    run: echo\n"),
    ("end.yaml", "steps:\n  - id: a\n    run: echo\n    depends:\n      - {id: ["),
    ("empty.yaml", ""),
    ("blank.yaml", "\n\n\n"),
    ("documents.yaml", "steps:\n  - run: echo\n---\nname: b\nstep: 1\n---\n"),
    ("tabs.yaml", "steps:\n\t- id: a\n\t  run:\techo\n"),
    ("escapes.yaml", "steps:\n  - name: \"e\\e[2Kvil\\u202e\\uFFFE](1)\\n\"\n    depends: \"no\\e[1A\\x9b\"\n    env: {A: 1}\n"),
];

fn odd() -> tempfile::TempDir {
    let folder = folder(&ODD);
    fs::write(folder.path().join(OsStr::from_bytes(b"not \xff UTF-8.yaml")), "steps: 1\n").unwrap();
    folder
}

/// The report of everything there is.
fn report(format: &str, odd: &Path) -> String {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> = fs::read_dir(odd).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    let found = outcome(dagu_rs().current_dir(odd).args(["check", "--format", format, "--fail-on", "never", corpus]).args(files));
    assert_eq!((found.code, found.stderr.as_str()), (0, ""));
    found.stdout
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn findings(odd: &Path) -> Vec<Value> {
    json(&report("json", odd))["diagnostics"].as_array().unwrap().clone()
}

fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn each_format() {
    let folder = folder(&ODD[..2]);
    for format in ["jsonl", "sarif", "github", "gitlab", "junit", "checkstyle"] {
        let found = run(folder.path(), &["check", "--format", format, "dag.yaml", "clean.yaml"]);
        assert_eq!((found.code, found.stderr.as_str()), (1, ""), "{format}");
        let shown = match format {
            "sarif" | "gitlab" => format!("{:#}\n", json(&found.stdout)),
            _ => found.stdout,
        };
        insta::assert_snapshot!(format, shown.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
}

#[test]
fn sarif_is_what_its_schema_wants() {
    let odd = odd();
    let report = json(&report("sarif", odd.path()));
    let mut schema = json(include_str!("schemas/sarif-2.1.0.json"));
    // Its pattern is no regular expression: a bracket is closed that was not opened. The report has no such field.
    for definition in ["run", "toolComponent"] {
        let language = schema["definitions"][definition]["properties"]["language"].as_object_mut().unwrap();
        assert!(language.remove("pattern").is_some());
    }
    assert_valid(&schema, &report);
    let run = &report["runs"][0];
    let results = run["results"].as_array().unwrap();
    let found = findings(odd.path());
    assert_eq!(results.len(), found.len());
    let mut known: HashSet<(&Value, &Value)> = HashSet::new();
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for (result, finding) in results.iter().zip(&found) {
        assert_eq!(result["ruleId"], finding["rule"]);
        assert_eq!(run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"], finding["rule"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert!(known.insert((&location["artifactLocation"], &result["partialFingerprints"])), "{result:#}");
        *files.entry(location["artifactLocation"]["uri"].as_str().unwrap()).or_default() += 1;
        let related = result["relatedLocations"].as_array().into_iter().flatten().map(|location| &location["physicalLocation"]);
        for region in [location].into_iter().chain(related).map(|location| &location["region"]) {
            let number = |name: &str| region.get(name).and_then(Value::as_u64);
            let start = (number("startLine"), number("startColumn"));
            assert!(start.1.is_none() || start < (number("endLine"), number("endColumn")), "{result:#}");
        }
    }
    let named: Vec<_> = files.into_keys().filter(|uri| !uri.starts_with("file:///")).collect();
    insta::assert_snapshot!("sarif_files", named.join("\n"));
}

/// Where a mark stands that would have no width, and where lines and columns count in an odd way.
#[test]
fn regions_are_inside_the_text() {
    let odd = odd();
    let report = json(&report("sarif", odd.path()));
    let mut regions = Vec::new();
    for result in report["runs"][0]["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        let Some((_, text)) = ODD.iter().find(|(name, _)| *name == uri) else { continue };
        let number = |name: &str| place["region"].get(name).and_then(Value::as_u64).map(|number| number as usize);
        let lines: Vec<Vec<char>> = text.split('\n').map(|line| line.trim_end_matches('\r').chars().collect()).collect();
        let start = number("startLine").unwrap();
        let marked: String = match (number("startColumn"), number("endColumn")) {
            (Some(from), Some(to)) if number("endLine") == Some(start) => lines[start - 1][from - 1..to - 1].iter().collect(),
            (Some(from), Some(to)) => {
                let end = number("endLine").unwrap();
                let (first, last) = (&lines[start - 1][from - 1..], &lines[end - 1][..to - 1]);
                format!("{} ... {}", first.iter().collect::<String>(), last.iter().collect::<String>())
            }
            _ => String::new(),
        };
        regions.push(format!("{uri}:{start}: {} {marked:?}", result["ruleId"].as_str().unwrap()));
    }
    insta::assert_snapshot!(regions.join("\n"));
}

#[test]
fn the_json_report_is_what_its_schema_says() {
    let odd = odd();
    let printed = run(odd.path(), &["schema", "--report"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    let mut schema = json(&printed.stdout);
    // Fields may be added, but each that there is has its description.
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        definition["additionalProperties"] = false.into();
        assert!(definition["properties"].as_object().unwrap().values().all(|field| field["description"].is_string()));
    }
    let found = findings(odd.path());
    for field in ["related", "fixes"] {
        assert!(found.iter().any(|finding| !finding[field].as_array().unwrap().is_empty()), "{field}");
    }
    assert_valid(&schema, &json(&report("json", odd.path())));
    assert_valid(&schema, &json(&run(odd.path(), &["check", "--format", "json", "clean.yaml"]).stdout));

    schema["$ref"] = "#/$defs/finding".into();
    let lines: Vec<Value> = report("jsonl", odd.path()).lines().map(json).collect();
    lines.iter().for_each(|line| assert_valid(&schema, line));
    assert_eq!(lines, found);

    let both = run(odd.path(), &["schema", "--report", "--config"]);
    assert_eq!((both.code, both.stdout.as_str()), (2, ""));
}

#[test]
fn gitlab_tells_findings_apart() {
    let odd = odd();
    let report = json(&report("gitlab", odd.path()));
    let fingerprints: HashSet<&str> = report.as_array().unwrap().iter().map(|finding| finding["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(fingerprints.len(), findings(odd.path()).len());
    assert_eq!(json(&run(odd.path(), &["check", "--format", "gitlab", "clean.yaml"]).stdout), Value::Array(Vec::new()));
}

/// The start tags of a document with their attributes, once it is read to its end.
fn elements(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let forbidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202e}' | '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(forbidden));
    let mut reader = quick_xml::Reader::from_str(text);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) | Event::Empty(start) => {
                let value = |attribute: quick_xml::events::attributes::Attribute| {
                    let value = attribute.normalized_value(XmlVersion::Explicit1_0).unwrap().into_owned();
                    (attribute.key.as_ref().to_owned(), value)
                };
                elements.push((start.name().as_ref().to_owned(), start.attributes().map(|attribute| value(attribute.unwrap())).collect()));
            }
            Event::Eof => return elements,
            _ => {}
        }
    }
}

#[test]
fn xml_is_well_formed_and_holds_every_finding() {
    let odd = odd();
    let found = findings(odd.path());
    let junit = elements(&report("junit", odd.path()));
    let messages = |elements: &[(String, BTreeMap<String, String>)], name: &str| -> Vec<String> {
        elements.iter().filter(|(element, _)| element == name).map(|(_, attributes)| attributes["message"].clone()).collect()
    };
    let all = &junit.iter().find(|(name, _)| name == "testsuites").unwrap().1;
    assert_eq!(all["failures"], found.len().to_string());
    assert_eq!(all["tests"], junit.iter().filter(|(name, _)| name == "testcase").count().to_string());
    let checkstyle = elements(&report("checkstyle", odd.path()));
    assert_eq!(messages(&junit, "failure"), messages(&checkstyle, "error"));
    assert_eq!(messages(&junit, "failure").len(), found.len());
    for (elements, element) in [(&junit, "testsuite"), (&checkstyle, "file")] {
        let names: Vec<_> = elements.iter().filter(|(name, _)| name == element).map(|(_, attributes)| &attributes["name"]).collect();
        for (name, _) in ODD {
            let shown = name.replace('\u{1b}', "\\u{1b}").replace('\u{202e}', "\\u{202e}");
            assert!(names.contains(&&shown), "{element} {shown:?} {names:?}");
        }
    }
}

#[test]
fn commands_of_github_are_one_line_each() {
    let odd = odd();
    let report = report("github", odd.path());
    let found = findings(odd.path());
    assert_eq!(report.lines().count(), found.len());
    assert!(!report.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'));
    let mut files: Vec<String> = Vec::new();
    for line in report.lines() {
        let (command, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (kind, properties) = command.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&kind) && !message.is_empty());
        let properties: BTreeMap<&str, &str> = properties.split(',').map(|property| property.split_once('=').unwrap()).collect();
        assert_eq!(properties.contains_key("endColumn"), properties["line"] == properties["endLine"], "{line}");
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned();
        files.push(decode(properties["file"]));
    }
    files.retain(|file| !file.starts_with('/'));
    files.dedup();
    insta::assert_snapshot!("github_files", files.iter().map(|file| format!("{file:?}\n")).collect::<String>());
}

/// What programs compare: the same path, however the file was given.
#[test]
fn paths_are_relative_to_the_current_folder() {
    let top = folder(&[("outside.yaml", "steps: 1\n")]);
    let inside = top.path().join("ins ide");
    fs::create_dir(&inside).unwrap();
    fs::create_dir(inside.join("dags")).unwrap();
    fs::write(inside.join("dags/dag.yaml"), "steps: 1\n").unwrap();
    std::os::unix::fs::symlink(&inside, top.path().join("link")).unwrap();
    let absolute = |path: &str| top.path().join(path).to_str().unwrap().to_owned();
    let given = [
        ".".to_owned(),
        "dags/dag.yaml".to_owned(),
        "./dags//./dag.yaml".to_owned(),
        "../ins ide/dags/dag.yaml".to_owned(),
        absolute("ins ide/dags/dag.yaml"),
        absolute("link/dags/dag.yaml"),
    ];
    let shown = |path: &str, is: &str| {
        for format in ["sarif", "gitlab", "github", "junit", "checkstyle"] {
            let found = run(&inside, &["check", "--format", format, path]).stdout;
            let is = if format == "sarif" { is.replace(' ', "%20") } else { is.to_owned() };
            let quoted = [format!("\"{is}\""), format!("file={is},")];
            assert!(quoted.iter().any(|quoted| found.contains(quoted)), "{format} {path}: {found}");
            assert!(!found.contains("\"./"), "{format} {path}: {found}");
        }
    };
    given.iter().for_each(|path| shown(path, "dags/dag.yaml"));
    shown("../outside.yaml", "../outside.yaml");
    let found = json(&run(&inside, &["check", "--format", "sarif", &absolute("outside.yaml")]).stdout);
    let place = &found["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(*place, serde_json::json!({"uri": format!("file://{}", absolute("outside.yaml"))}));
}

#[test]
fn fingerprints_outlast_changes_elsewhere() {
    let fingerprints = |text: &str| -> Vec<(String, String)> {
        let folder = folder(&[("dag.yaml", text)]);
        let report = json(&run(folder.path(), &["check", "--format", "sarif", "dag.yaml"]).stdout);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = |result: &Value| (text(&result["ruleId"]), text(&result["partialFingerprints"]["ruleAndLine/v1"]));
        report["runs"][0]["results"].as_array().unwrap().iter().map(of).collect()
    };
    let before = fingerprints("steps:\n  - id: a\n    depend: x\n    run: echo\n  - id: b\n    depend: x\n    run: echo\n");
    let same = [
        "# more\n\nsteps:\n  - id: a\n    depend: x\n    run: echo\n  - id: b\n    depend: x\n    run: echo\n",
        "steps:\n    - id: other\n      depend:   x \n      run: echo\n    - id: b\n      depend: x\n      run: date\n",
        "steps:\r\n  - id: a\r\n    depend: x\r\n    run: echo\r\n  - id: b\r\n    depend: x\r\n    run: echo\r\n",
    ];
    for text in same {
        assert_eq!(fingerprints(text), before, "{text}");
    }
    let distinct: HashSet<_> = before.iter().collect();
    assert!(distinct.len() == before.len() && before.len() >= 2, "{before:?}");
    let other = fingerprints("steps:\n  - id: a\n    depend: y\n    run: echo\n");
    assert!(!before.contains(&other[0]));
}

/// Thousands of findings on one line, each with a place of its own.
#[test]
fn a_long_line_with_many_findings_is_counted_once() {
    let mentions: Vec<String> = (0..3000).map(|number| format!("żółć ${{params.NONE_{number}}}")).collect();
    let text = format!("params:\n  - V: x\nsteps:\n  - id: a\n    run: echo {}\n", mentions.join(" "));
    let folder = folder(&[("dag.yaml", &text)]);
    let report = json(&run(folder.path(), &["check", "--format", "sarif", "dag.yaml"]).stdout);
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 3000);
    let line: Vec<char> = text.lines().nth(4).unwrap().chars().collect();
    for (number, result) in results.iter().enumerate() {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let [from, to] = ["startColumn", "endColumn"].map(|name| region[name].as_u64().unwrap() as usize);
        assert_eq!(line[from - 1..to - 1].iter().collect::<String>(), format!("${{params.NONE_{number}}}"));
    }
}
