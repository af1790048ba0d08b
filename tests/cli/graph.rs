//! The graph in its forms.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::folder;
use super::{Outcome, dagu_rs, outcome};

fn graph(folder: &Path, format: &str, args: &[&str]) -> Outcome {
    let mut command = dagu_rs();
    command.env_clear().env("DAGU_HOME", "/nonexistent").env("HOME", "/home/me");
    outcome(command.current_dir(folder).args(["graph", "dag.yaml", "--format", format]).args(args))
}

const CONTAINERS: &str = "\
env: [{API_TOKEN: '${HOST_TOKEN}'}]
container:
  image: alpine:3.20
  env: ['API_TOKEN=${API_TOKEN}']
steps:
  - {id: fetch, run: curl -o data.json https://example.com}
  - {id: check, run: jq . data.json}
  - {id: build, depends: [check], container: {image: 'rust:1'}, run: cargo build}
  - {id: review, depends: [build], action: harness.run, with: {provider: claude, prompt: Look}}
  - {id: ship, depends: [build, review], container: {exec: box}, run: ./ship}
  - {id: tell, depends: [ship], container: {exec: box}, run: ./tell}
handler_on:
  failure: {type: command, command: echo failed}
";

const FOREACH: &str = "\
type: graph
steps:
  - id: list
    run: ls
  - id: each
    depends: list
    foreach:
      items: [1, 2]
      steps:
        - {id: one, run: echo 1}
        - {id: two, depends: one, run: echo 2, container: {image: busybox}}
        - id: deeper
          foreach:
            items: [1]
            steps: [{id: inside, run: echo}]
  - id: last
    depends: each
    run: echo
---
name: second
steps:
  - id: only
    run: echo
";

/// Texts that mean something to one form or another.
const ODD: &str = r#"
steps:
  - {name: 'end', run: 'echo "quoted" | grep \\N && <b>x</b> &amp; #quot; `y`'}
  - {name: '1. - list: style a:#b; %%{init}%%', run: 'é 漢字 [x](y) {z}', depends: end}
  - {name: 'A --> B; subgraph', container: {image: 'a"b\c&lt;<d>'}, run: "x\ty"}
"#;

const CYCLE: &str = "\
steps:
  - {id: a, depends: [c], run: echo}
  - {id: b, depends: [a], run: echo}
  - {id: c, depends: [b, c], run: echo}
  - {id: d, depends: [c], run: echo}
";

#[test]
fn forms() {
    for (name, dag) in [("containers", CONTAINERS), ("foreach", FOREACH), ("odd", ODD), ("cycle", CYCLE)] {
        let folder = folder(&[("dag.yaml", dag)]);
        for format in ["mermaid", "dot", "svg", "json"] {
            let found = graph(folder.path(), format, &[]);
            assert_eq!(found.code, 0, "{name} {format}: {}", found.stderr);
            insta::assert_snapshot!(format!("{name}_{format}"), found.stdout);
        }
    }
}

#[test]
fn credentials_can_be_left_out() {
    let folder = folder(&[("dag.yaml", CONTAINERS)]);
    for format in ["mermaid", "dot", "svg", "json"] {
        assert!(graph(folder.path(), format, &[]).stdout.contains("TOKEN"), "{format}");
        assert!(!graph(folder.path(), format, &["--no-credentials"]).stdout.contains("TOKEN"), "{format}");
    }
}

/// What a quoted label may hold, whatever reads it; and clusters are closed.
#[test]
fn mermaid_keeps_to_plain_syntax() {
    for dag in [CONTAINERS, FOREACH, ODD, CYCLE] {
        let folder = folder(&[("dag.yaml", dag)]);
        let text = graph(folder.path(), "mermaid", &[]).stdout;
        let mut depth = 0;
        for line in text.lines().skip(1).map(str::trim) {
            let mut parts = line.split('"');
            let (head, label, tail) = (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
            assert!(parts.next().is_none(), "{line}");
            let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || " -.>|([])".contains(c));
            assert!(is_plain(head) && is_plain(tail), "{line}");
            let codes = label.unwrap_or_default().replace("<br/>", "");
            assert!(!codes.contains(['<', '>', '`', '\\', '{', '}', '&', '%', '$', '*']), "{line}");
            for (at, _) in codes.match_indices('#') {
                let code: String = codes[at + 1..].chars().take_while(char::is_ascii_digit).collect();
                assert!(!code.is_empty() && codes[at + 1 + code.len()..].starts_with(';'), "{line}");
            }
            depth += i32::from(line.starts_with("subgraph ")) - i32::from(line == "end");
        }
        assert_eq!(depth, 0, "{text}");
    }
}

/// The parts of a picture that a browser would refuse: the tags close each other, and no bare `&`
/// or control character is left.
fn well_formed(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!text.contains('>') && !text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        for (at, _) in text.match_indices('&') {
            assert!(["&amp;", "&lt;", "&gt;", "&quot;"].iter().any(|entity| text[at..].starts_with(entity)), "{text}");
        }
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
}

/// A rectangle of a picture: x, y, width, height.
fn rectangles(svg: &str, class: &str) -> Vec<[f64; 4]> {
    let tag = format!("<rect class=\"{class}\"");
    let tags = svg.match_indices(&tag).map(|(at, _)| &svg[at..at + svg[at..].find('>').unwrap()]);
    let number = |tag: &str, name: &str| {
        let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
        tag[start..].split('"').next().unwrap().parse().unwrap()
    };
    tags.map(|tag| ["x", "y", "width", "height"].map(|name| number(tag, name))).collect()
}

#[test]
fn pictures_are_well_formed_and_nothing_overlaps() {
    let mut thirty = String::from("env: [{A_TOKEN: '${X}'}, {B_TOKEN: '${Y}'}]\ncontainer: {image: alpine}\nsteps:\n");
    for step in 0..30 {
        let depends = if step < 3 { String::new() } else { format!("depends: [s{}, s{}], ", step - 3, step / 2) };
        let place = ["", "container: {image: busybox}, ", "type: command, "][step % 3];
        let what = if step % 3 == 2 { "command" } else { "run" };
        let _ = writeln!(thirty, "  - {{id: s{step}, {depends}{place}{what}: echo {step}}}");
    }
    for dag in [CONTAINERS, FOREACH, ODD, CYCLE, &thirty] {
        let folder = folder(&[("dag.yaml", dag)]);
        let svg = graph(folder.path(), "svg", &[]).stdout;
        well_formed(&svg);
        let nodes = rectangles(&svg, "n");
        assert!(!nodes.is_empty());
        for (at, a) in nodes.iter().enumerate() {
            for b in &nodes[at + 1..] {
                let apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
                assert!(apart, "{a:?} {b:?}");
            }
        }
        // A step is within the box of a container, or beside it.
        for frame in ["r", "o", "t", "g"].iter().flat_map(|class| rectangles(&svg, class)) {
            for node in &nodes {
                let (right, bottom) = (frame[0] + frame[2], frame[1] + frame[3]);
                let within = node[0] >= frame[0] && node[1] >= frame[1] && node[0] + node[2] <= right && node[1] + node[3] <= bottom;
                let beside = node[0] >= right || node[0] + node[2] <= frame[0] || node[1] >= bottom || node[1] + node[3] <= frame[1];
                assert!(within || beside, "{frame:?} {node:?}");
            }
        }
    }
}

#[test]
fn large_ones_take_their_time_and_no_more() {
    let mut chain = String::from("type: graph\nenv: [{A_TOKEN: '${X}'}]\nsteps:\n");
    let mut fan = chain.clone();
    for step in 0..10_000 {
        let before = if step == 0 { String::new() } else { format!("depends: s{}, ", step - 1) };
        let _ = writeln!(chain, "  - {{id: s{step}, {before}run: echo}}");
        let first = if step == 0 { "" } else { "depends: s0, " };
        let _ = writeln!(fan, "  - {{id: s{step}, {first}container: {{image: alpine}}, run: echo}}");
    }
    for dag in [chain, fan] {
        let folder = folder(&[("dag.yaml", &dag)]);
        for format in ["mermaid", "dot", "svg", "json"] {
            let started = Instant::now();
            let found = graph(folder.path(), format, &[]);
            assert_eq!(found.code, 0);
            assert!(started.elapsed() < Duration::from_secs(60), "{format}: {:?}", started.elapsed());
            let said = match format {
                "svg" => "leaves out 9000 steps",
                "mermaid" => "maxEdges",
                _ => "",
            };
            assert!(found.stderr.contains(said), "{format}: {}", found.stderr);
        }
    }
}

#[test]
fn an_order_that_is_assumed_is_dashed() {
    let folder = folder(&[("dag.yaml", "steps:\n  - {id: a, run: 'date > x.txt'}\n  - {id: b, run: cat x.txt}\n")]);
    for (format, dashed) in [
        ("mermaid", "n0 -.->|assumed| n1"),
        ("dot", "n0 -> n1 [style=dashed, label=\"assumed\"];"),
        ("svg", "<path class=\"e s\""),
        ("json", "\"kind\": \"assumed\""),
    ] {
        let found = graph(folder.path(), format, &[]);
        assert!(found.stdout.contains(dashed), "{format}: {}", found.stdout);
    }
}
