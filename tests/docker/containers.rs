//! Commands in containers: shells, exit codes, values, mounts, attached containers.

use crate::lab::{Lab, Theirs, api};

#[test]
fn exit_codes_come_through() {
    let Some(lab) = Lab::new() else { return };
    let dag = "\
container: {image: 'alpine:3.20'}
steps:
  - {id: shared, run: exit 7, continue_on: failed}
  - {id: own, run: exit 8, container: {image: 'alpine:3.20'}, continue_on: failed}
  - {id: list, run: ['echo one', 'exit 9', 'echo never'], container: {image: 'alpine:3.20'}, continue_on: failed}
  - {id: words, action: harness.run, with: {provider: claude, prompt: hi}, continue_on: failed}
";
    let outcome = lab.run(dag);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    for part in [
        "shared: failed (exit 7)",
        "own: failed (exit 8)",
        "list: failed (exit 9)",
        "words: failed (exit 12",
        "`claude` is not in the container's PATH",
    ] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome:#?}");
    }
    assert_eq!(outcome.lines("list"), ["one"]);
    assert!(!outcome.stdout.contains("OCI runtime"), "{outcome:#?}");
}

const TEXTS: &str = "\
params: [P=param]
env: [D=dag-value]
consts: [{c: const}]
PLACE
steps:
  - id: shell
OWN
    env: [E=step-value]
    run: 'echo \"a  b\" | tr a-z A-Z && echo \"$D $E ${params.P} ${consts.c} ${HOME:+home}\" > /tmp/x; cat /tmp/x; echo err >&2'
  - id: script
OWN
    run: |
      for i in 1 2; do
        echo \"line $i\"
      done
      false
      echo 'still here'
  - id: shebang
OWN
    run: |
      #!/usr/bin/awk -f
      BEGIN { print \"awk \" 1+1 }
  - id: list
OWN
    run: [echo first > /tmp/l, cat /tmp/l]
";

#[test]
fn commands_go_through_the_containers_shell() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in [
        ("container: {image: 'alpine:3.20'}", ""),
        ("", "    container: {image: 'alpine:3.20'}"),
        ("", "    container: {image: 'alpine:3.20', shell: [/bin/sh, -u]}"),
    ] {
        let outcome = lab.run(&TEXTS.replace("PLACE", root).replace("OWN", own).replace("/usr/bin/awk", "/bin/awk"));
        assert_eq!(outcome.code, 0, "{root}{own}: {outcome:#?}");
        assert_eq!(outcome.lines("shell"), ["A  B", "dag-value step-value param const home"]);
        assert_eq!(outcome.err_lines("shell"), ["err"]);
        assert_eq!(outcome.lines("script"), ["line 1", "line 2", "still here"]);
        assert_eq!(outcome.lines("shebang"), ["awk 2"]);
        assert_eq!(outcome.lines("list"), ["first"]);
    }
}

#[test]
fn outputs_reach_the_steps_after() {
    let Some(lab) = Lab::new() else { return };
    let dag = "\
PLACE
steps:
  - id: producer
OWN
    output: SAID
    outputs: [{name: version}, {name: notes}]
    run: |
      echo said
      printf 'version=1.2\\nnotes<<END\\na\\nb\\nEND\\n' >> \"$DAGU_OUTPUT_FILE\"
  - id: consumer
    depends: producer
OWN
    run: 'echo \"$SAID ${producer.output} ${steps.producer.outputs.version}\"; echo \"${steps.producer.outputs.notes}\"; echo \"code ${producer.exit_code}\"'
";
    for (root, own) in [
        ("", ""),
        ("container: {image: 'alpine:3.20'}", ""),
        ("", "    container: {image: 'alpine:3.20'}"),
        ("", "    container: {image: 'alpine:3.20', user: '1000:1000'}"),
    ] {
        let outcome = lab.run(&dag.replace("PLACE", root).replace("OWN", own));
        assert_eq!(outcome.code, 0, "{root}{own}: {outcome:#?}");
        assert_eq!(outcome.lines("consumer"), ["said said 1.2", "a", "b", "code 0"]);
    }
}

#[test]
fn mounts_users_and_folders() {
    let Some(lab) = Lab::new() else { return };
    lab.write("here.txt", "beside the DAG\n");
    std::fs::create_dir(lab.path("sub")).unwrap();
    lab.write("sub/there.txt", "in sub\n");
    let dag = "\
steps:
  - id: beside
    container: {image: 'alpine:3.20', volumes: ['.:/w:ro', './made:/made', '$HOME/sub:/sub'], working_dir: /w, user: '1000'}
    run: 'cat here.txt; cat /sub/there.txt; touch x 2>/dev/null || echo read-only; id -u; pwd'
  - id: moved
    working_dir: sub
    container: {image: 'alpine:3.20', volumes: ['.:/w']}
    run: cat /w/there.txt
  - id: network
    container: {image: 'alpine:3.20', network: none}
    run: ls /sys/class/net
";
    let outcome = lab.run(dag);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.lines("beside"), ["beside the DAG", "in sub", "read-only", "1000", "/w"]);
    assert_eq!(outcome.lines("moved"), ["in sub"]);
    assert_eq!(outcome.lines("network"), ["lo"]);
    assert!(lab.path("made").is_dir());

    let outcome =
        lab.run_with("steps:\n  - id: a\n    run: 'true'\n    container: {image: 'alpine:3.20', volumes: ['$NOWHERE/x:/x']}\n", |_| {});
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert!(outcome.stderr.contains("NOWHERE"), "{outcome:#?}");
}

#[test]
fn attached_containers_are_used_and_left_alone() {
    let Some(lab) = Lab::new() else { return };
    let name = format!("dagu-rs-test-attach-{}", std::process::id());
    let theirs = Theirs::start(&name);
    let dag = format!(
        "\
steps:
  - id: by_name
    container: {name}
    run: ['echo \"$THEIRS\" > /tmp/f', 'cat /tmp/f']
  - id: by_exec
    depends: by_name
    container: {{exec: {name}, user: '1000', working_dir: /etc, env: [OURS=also]}}
    outputs: [{{name: x}}]
    run: 'cat /tmp/f; id -u; pwd; echo $OURS; echo x=1 > $DAGU_OUTPUT_FILE'
  - id: slow
    depends: by_exec
    container: {name}
    timeout_sec: 1
    run: sleep 300
    continue_on: failed
  - id: rest
    depends: slow
    container: {name}
    run: 'ps | grep -c \"[s]leep 300\"; ls /tmp; true'
"
    );
    let outcome = lab.run(&dag);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!(outcome.lines("by_name"), ["yes"]);
    assert_eq!(outcome.lines("by_exec"), ["yes", "1000", "/etc", "also"]);
    assert!(outcome.stderr.contains("slow: failed (exit 124)"), "{outcome:#?}");
    assert_eq!(outcome.lines("rest"), ["0", "f"], "no process and no file of ours is left");
    assert!(theirs.is_running());

    let outcome = lab.run("steps:\n  - {id: a, container: dagu-rs-test-no-such, run: 'true'}\n");
    assert_eq!(outcome.code, 1);
    assert!(outcome.time.as_secs() < 10 && outcome.stderr.contains("there is no container `dagu-rs-test-no-such`"), "{outcome:#?}");
}

#[test]
fn startup_readiness_and_death() {
    let Some(lab) = Lab::new() else { return };
    let dag = |container: &str| format!("container: {container}\nsteps: [{{id: a, run: echo used}}]\n");
    let ready =
        "{image: 'alpine:3.20', startup: command, command: [sh, -c, 'sleep 1; echo now ready; sleep 60'], log_pattern: '^now .*y$'}";
    let outcome = lab.run(&dag(ready));
    assert_eq!((outcome.code, outcome.lines("a")), (0, vec!["used"]), "{outcome:#?}");
    let healthy = "{image: 'alpine:3.20', wait_for: healthy, healthcheck: {test: [CMD-SHELL, 'test -f /tmp/ok || { touch /tmp/ok; exit 1; }'], interval: 1s, retries: 9}}";
    let outcome = lab.run(&dag(healthy));
    assert_eq!((outcome.code, outcome.lines("a")), (0, vec!["used"]), "{outcome:#?}");
    for (container, part) in [
        ("{image: 'alpine:3.20', startup: command, command: [sh, -c, 'echo oh no; exit 3'], log_pattern: never}", "oh no"),
        ("{image: 'alpine:3.20', startup: command, command: [no-such-program]}", "no-such-program"),
        ("{image: 'alpine:3.20', name: 'bad name!'}", "bad name"),
    ] {
        let outcome = lab.run(&dag(container));
        assert_eq!(outcome.code, 2, "{outcome:#?}");
        assert!(outcome.stderr.contains(part), "{part}: {outcome:#?}");
    }
}

#[test]
fn parallel_steps_share_a_container_without_mixing() {
    let Some(lab) = Lab::new() else { return };
    let steps: String = (0..20).map(|i| format!("  - {{id: s{i}, run: 'for n in 1 2 3 4 5; do echo s{i}-$n; done'}}\n")).collect();
    let outcome = lab.run(&format!("container: {{image: 'alpine:3.20'}}\nsteps:\n{steps}"));
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    for i in 0..20 {
        assert_eq!(outcome.lines(&format!("s{i}")), (1..=5).map(|n| format!("s{i}-{n}")).collect::<Vec<_>>());
    }
}

#[test]
fn containers_that_are_to_be_kept_are_kept() {
    let Some(lab) = Lab::new() else { return };
    let names = ["root", "own"].map(|which| format!("dagu-rs-test-kept-{which}-{}", std::process::id()));
    let dag = format!(
        "container: {{image: 'alpine:3.20', keep_container: true, name: {}}}\nsteps:\n  - {{id: a, run: echo a}}\n  - {{id: b, run: echo b, container: {{image: 'alpine:3.20', keep_container: true, name: {}}}}}\n",
        names[0], names[1]
    );
    let outcome = crate::lab::spawn(&mut lab.command(&dag)).wait();
    let kept = names.clone().map(|name| api("GET", &format!("/containers/{name}/json"), "").unwrap().1.contains("\"Status\":\"exited\""));
    let again = crate::lab::spawn(&mut lab.command(&dag)).wait();
    for name in &names {
        let _ = api("DELETE", &format!("/containers/{name}?force=1"), "");
    }
    assert_eq!((outcome.code, kept), (0, [true, true]), "{outcome:#?}");
    assert_eq!(again.code, 2, "{again:#?}");
    assert!(again.stderr.contains(&format!("a container named `{}` is there already", names[0])), "{again:#?}");
    assert_eq!(lab.containers(), Vec::<String>::new());
}

#[test]
fn a_container_removed_by_someone_else() {
    let Some(lab) = Lab::new() else { return };
    let dag = "container: {image: 'alpine:3.20'}\nsteps:\n  - {id: a, run: sleep 60}\n  - {id: b, run: sleep 60, container: {image: 'alpine:3.20'}}\n";
    let running = crate::lab::spawn(&mut lab.command(dag));
    crate::lab::wait_until("both containers run", || {
        let ids = lab.containers();
        ids.len() == 2 && ids.iter().all(|id| api("GET", &format!("/containers/{id}/json"), "").unwrap().1.contains("\"Running\":true"))
    });
    // The step in the shared container must have begun.
    std::thread::sleep(std::time::Duration::from_millis(500));
    lab.containers().iter().for_each(|id| drop(api("DELETE", &format!("/containers/{id}?force=1"), "")));
    let outcome = lab.outcome(running);
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!(outcome.stderr.matches("by someone else").count(), 2, "{outcome:#?}");
    assert!(outcome.time.as_secs() < 30);
}

#[test]
fn a_port_that_is_there_twice_is_published_once() {
    let Some(lab) = Lab::new() else { return };
    let dag = "steps:\n  - {id: a, container: {image: 'alpine:3.20', ports: ['18097:80', ' 18097:80/tcp', 81, 81]}, run: echo a}\n";
    assert_eq!(lab.run(dag).lines("a"), ["a"]);
}
