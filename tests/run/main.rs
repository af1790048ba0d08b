//! `dagu-rs run` without containers: order, values, policies, handlers, what is left behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::process::Command;
use std::time::Instant;

use tempfile::TempDir;

struct Lab(TempDir);

#[derive(Debug)]
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Outcome {
    /// What a step printed on standard output.
    fn said(&self, step: &str) -> String {
        let lines =
            self.stdout.lines().filter_map(|line| line.split_once("| ").filter(|(name, _)| name.trim() == step).map(|(_, rest)| rest));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The state of a step in the summary.
    fn state(&self, step: &str) -> String {
        let rows = self.stderr.lines().skip_while(|line| !line.starts_with("step "));
        let row = rows.filter_map(|line| line.split_once("  ")).find(|(name, _)| name.trim() == step);
        row.and_then(|(_, rest)| rest.trim().split("  ").next()).unwrap_or("no such row").to_owned()
    }
}

impl Lab {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    fn run(&self, dag: &str) -> Outcome {
        self.run_with(dag, |_| {})
    }

    fn run_with(&self, dag: &str, change: impl FnOnce(&mut Command)) -> Outcome {
        self.write("dag.yaml", dag);
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagu-rs"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.0.path());
        command.env("DAGU_RS_HOME", self.0.path().join("state")).current_dir("/").arg("run").arg(self.0.path().join("dag.yaml"));
        change(&mut command);
        let output = command.output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn run_folder(&self) -> std::path::PathBuf {
        std::fs::read_dir(self.0.path().join("state/runs/dag")).unwrap().next().unwrap().unwrap().path()
    }
}

#[test]
fn order_of_graphs_and_chains() {
    let lab = Lab::new();
    let dag = "\
type: TYPE
steps:
  - {id: c, DEPENDS run: echo c >> order}
  - {id: a, run: sleep 0.2; echo a >> order}
  - {id: b, DEPA run: echo b >> order}
";
    let graph = dag.replace("TYPE", "graph").replace("DEPENDS", "depends: [b],").replace("DEPA", "depends: a,");
    assert_eq!(lab.run(&graph).code, 0);
    assert_eq!(lab.read("order"), "a\nb\nc\n");
    lab.write("order", "");
    assert_eq!(lab.run(&dag.replace("TYPE", "chain").replace("DEPENDS", "").replace("DEPA", "")).code, 0);
    assert_eq!(lab.read("order"), "c\na\nb\n");
}

#[test]
fn ready_steps_run_side_by_side_up_to_the_limit() {
    let lab = Lab::new();
    let steps: String = (0..4).map(|i| format!("  - {{id: s{i}, run: 'echo + >> log; sleep 0.3; echo - >> log'}}\n")).collect();
    let most_at_once = |log: &str| {
        log.lines()
            .scan(0, |at_once, line| {
                *at_once += if line == "+" { 1 } else { -1 };
                Some(*at_once)
            })
            .max()
    };
    assert_eq!(lab.run(&format!("steps:\n{steps}")).code, 0);
    assert_eq!(most_at_once(&lab.read("log")), Some(4));
    lab.write("log", "");
    assert_eq!(lab.run(&format!("max_active_steps: 2\nsteps:\n{steps}")).code, 0);
    assert_eq!(most_at_once(&lab.read("log")), Some(2));
}

#[test]
fn the_assumed_order_is_kept_and_said() {
    let lab = Lab::new();
    let dag = "steps:\n  - {id: write, run: 'sleep 0.3; echo x > shared.txt'}\n  - {id: read, run: cat shared.txt}\n";
    let outcome = lab.run(dag);
    assert_eq!((outcome.code, outcome.said("read")), (0, "x".to_owned()), "{outcome:?}");
    assert!(outcome.stderr.contains("note: read waits for write: both use shared.txt"), "{outcome:?}");
    std::fs::remove_file(lab.0.path().join("shared.txt")).unwrap();
    let outcome = lab.run_with(dag, |command| {
        command.arg("--no-infer-depends");
    });
    assert_eq!((outcome.code, outcome.state("read")), (1, "failed".to_owned()), "{outcome:?}");
    assert!(!outcome.stderr.contains("note:"), "{outcome:?}");
}

#[test]
fn failures_and_what_may_follow_them() {
    let lab = Lab::new();
    let outcome = lab.run(
        "\
steps:
  - {id: bad, run: exit 3}
  - {id: after_bad, depends: bad, run: 'true'}
  - {id: after_that, depends: after_bad, run: 'true'}
  - {id: tolerated, run: exit 4, continue_on: failed}
  - {id: after_tolerated, depends: tolerated, run: 'true'}
  - {id: by_code, run: exit 5, continue_on: {exit_code: [5]}}
  - {id: after_code, depends: by_code, run: 'true'}
  - {id: by_output, run: 'echo all fine; exit 6', continue_on: {output: ['re:f.ne'], mark_success: true}}
  - {id: skipped, run: 'true', preconditions: ['false']}
  - {id: after_skipped, depends: skipped, run: 'true'}
  - {id: also_skipped, run: 'true', preconditions: [{condition: '$X', expected: b}], env: [X=a], continue_on: skipped}
  - {id: after_also, depends: also_skipped, run: 'true'}
",
    );
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    for (step, state) in [
        ("bad", "failed"),
        ("after_bad", "not started"),
        ("after_that", "not started"),
        ("tolerated", "failed, ok"),
        ("after_tolerated", "succeeded"),
        ("after_code", "succeeded"),
        ("by_output", "succeeded"),
        ("skipped", "skipped"),
        ("after_skipped", "not started"),
        ("also_skipped", "skipped"),
        ("after_also", "succeeded"),
    ] {
        assert_eq!(outcome.state(step), state, "{step}: {outcome:#?}");
    }
}

#[test]
fn shells_and_scripts() {
    let lab = Lab::new();
    let cases = [
        ("false; echo on", "", 1, ""),
        ("echo one\nfalse\necho on", "", 1, "one"),
        ("false; echo on", "with: {shell: sh}", 0, "on"),
        ("false\necho on", "with: {shell: sh}", 0, "on"),
        ("#!/bin/sh\nfalse\necho on $#", "", 0, "on 0"),
        ("printf '%s\\n' \"a  b\" '${params.P}' $E `echo sub`", "env: [E=step]", 0, "a  b\nparam\nstep\nsub"),
    ];
    for (text, more, code, said) in cases {
        let text = serde_json::to_string(text).unwrap();
        let outcome = lab.run(&format!("params: [P=param]\nsteps:\n  - id: a\n    run: {text}\n    {more}\n"));
        assert_eq!((outcome.code, outcome.said("a").as_str()), (code, said), "{text} {more}: {outcome:#?}");
    }
    let list = lab.run("steps:\n  - {id: a, run: ['cd /; X=1', 'echo $PWD$X', 'exit 3', 'echo never']}\n");
    assert_eq!(list.said("a"), lab.0.path().canonicalize().unwrap().display().to_string());
    let dollar_shell = lab.run_with("steps:\n  - {id: a, run: 'echo $0'}\n", |command| {
        command.env("SHELL", "/bin/bash");
    });
    assert_eq!(dollar_shell.said("a"), "/bin/bash");
}

#[test]
fn values_from_everywhere() {
    let lab = Lab::new();
    lab.write(".env", "D=dotenv\nE=dotenv\n");
    let dag = "\
params: [NAME=default, OTHER=other]
consts: [{C: const}, {CC: '${consts.C}2'}]
env:
  - E: env
  - FROM_OS: ${OUTER}
  - LATER: ${E} ${NAME}
steps:
  - id: json
    output: J
    run: 'echo ''{\"k\":[1,{\"v\":\"x y\"}]}'''
  - id: say
    depends: json
    env: ['LOCAL=${NAME}!']
    run: 'echo \"$NAME $OTHER $D $E $FROM_OS $LATER $LOCAL ${consts.CC} ${J.k[1].v} ${json.output.k[0]} $DAG_NAME ${dag.name}\"; echo \"[$OUTER]\" ''${env.OUTER}'''
";
    let run = |args: &[&str]| {
        lab.run_with(dag, |command| {
            command.env("OUTER", "outer").arg("--").args(args);
        })
    };
    let outcome = run(&["NAME=a=b c"]);
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.said("say"), "a=b c other dotenv dotenv outer env a=b c a=b c! const2 x y 1 dag dag\n[] ${env.OUTER}");
    assert_eq!(run(&["first", "second"]).said("say").split(" dotenv").next(), Some("first second"));
    let unknown = run(&["NAMEE=x"]);
    assert_eq!(unknown.code, 2, "{unknown:#?}");
    assert!(unknown.stderr.contains("no parameter `NAMEE`"), "{unknown:#?}");
    let required = lab.run("params: [{name: P, required: true}, {name: Q, default: q}]\nsteps: [{id: a, run: echo $P$Q}]\n");
    assert_eq!(required.code, 2, "{required:#?}");
    assert!(required.stderr.contains("`P` is required"), "{required:#?}");
}

#[test]
fn retries_and_time() {
    let lab = Lab::new();
    let outcome = lab.run(
        "\
steps:
  - id: third
    run: 'echo x >> tries; test $(wc -l < tries) -ge 3'
    retry_policy: {limit: 3, interval_sec: 0}
  - id: other_code
    run: 'echo x >> once; exit 4'
    retry_policy: {limit: 3, interval_sec: 0, exit_code: [5]}
",
    );
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!((lab.read("tries").lines().count(), lab.read("once").lines().count()), (3, 1));
    assert_eq!(outcome.state("third"), "succeeded");
}

#[test]
fn handlers_follow_the_outcome() {
    let lab = Lab::new();
    let handlers = "\
handler_on:
  init: {run: echo init}
  success: {run: echo success $DAG_RUN_STATUS}
  failure: {run: echo failure $DAG_RUN_STATUS}
  abort: {run: echo abort $DAG_RUN_STATUS}
  exit: {run: echo exit $DAG_RUN_STATUS}
";
    for (more, code, expected) in [
        ("steps: [{id: a, run: 'true'}]", 0, "init|success succeeded|exit succeeded"),
        ("steps: [{id: a, run: 'false'}]", 1, "init|failure failed|exit failed"),
        ("preconditions: ['false']\nsteps: [{id: a, run: touch ran}]", 0, "abort aborted"),
        ("timeout_sec: 1\nsteps: [{id: a, run: sleep 30}]", 124, "init|failure failed|exit failed"),
    ] {
        let outcome = lab.run(&format!("{handlers}{more}\n"));
        assert_eq!(outcome.code, code, "{outcome:#?}");
        let said: Vec<&str> = outcome.stdout.lines().filter_map(|line| Some(line.split_once("| ")?.1)).collect();
        assert_eq!(said.join("|"), expected, "{outcome:#?}");
    }
    assert!(!lab.0.path().join("ran").exists());
    let failed_init = lab.run("handler_on: {init: {run: exit 1}, exit: {run: echo exit}}\nsteps: [{id: a, run: touch ran}]\n");
    assert_eq!((failed_init.code, failed_init.state("a")), (1, "not started".to_owned()), "{failed_init:#?}");
}

#[test]
fn outputs_redirections_and_records() {
    let lab = Lab::new();
    let outcome = lab.run(
        "\
steps:
  - id: a
    stdout: logs/a.txt
    outputs: [{name: n}]
    run: 'echo to both; echo n=1 >> \"$DAGU_OUTPUT_FILE\"'
  - id: b
    depends: a
    outputs: [{name: missing}]
    run: echo ${steps.a.outputs.n}
",
    );
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!((outcome.said("a"), outcome.said("b")), ("to both".to_owned(), "1".to_owned()));
    assert!(outcome.stderr.contains("declares the output `missing`"), "{outcome:#?}");
    assert_eq!(lab.read("logs/a.txt"), "to both\n");
    let record: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(lab.run_folder().join("run.json")).unwrap()).unwrap();
    assert_eq!(
        (&record["status"], &record["steps"][0]["state"], &record["steps"][1]["exit_code"]),
        (&"failed".into(), &"succeeded".into(), &1.into())
    );
    let mut files: Vec<String> =
        std::fs::read_dir(lab.run_folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["a.err", "a.out", "b.err", "b.out", "run.json"]);
}

#[test]
fn harness_on_the_host() {
    let lab = Lab::new();
    let outcome = lab.run(
        "\
harnesses:
  echoing: {binary: sh, prefix_args: [-c, 'cat; printf \"[%s]\" \"$@\"; echo', x], prompt_mode: stdin}
  arguments: {binary: sh, prefix_args: [-c, 'printf \"[%s]\" \"$@\"; echo', x], prompt_mode: flag, prompt_flag: --ask, prompt_position: after_flags, flag_style: single_dash}
steps:
  - {id: piped, action: harness.run, with: {provider: echoing, prompt: \"it's $PWD\", stdin: more, n: '1.10'}}
  - {id: flagged, action: harness.run, with: {provider: arguments, prompt: ask, flag_a: true}}
  - {id: absent, action: harness.run, with: {provider: claude, prompt: ask}, env: [PATH=/nowhere]}
",
    );
    assert_eq!(outcome.code, 1, "{outcome:#?}");
    assert_eq!(outcome.said("piped"), "it's $PWD\n\nmore[--n][1.1]");
    assert_eq!(outcome.said("flagged"), "[-flag_a][--ask][ask]");
    assert!(outcome.stderr.contains("absent: failed (exit 127): `claude` is not there"), "{outcome:#?}");
}

#[test]
fn much_output_whole_lines_and_little_memory() {
    let lab = Lab::new();
    let started = Instant::now();
    let outcome = lab.run_with("steps:\n  - {id: a, run: 'yes 0123456789abcdef | head -c 200000000 | tr -d \"\\n\"; echo; echo end'}\n  - {id: b, run: 'printf \"\\377\\376 partial\"'}\n", |command| {
        // The address space of the whole process; a run takes some 100 MB of it at rest, of which little is used.
        let program = command.get_program().to_owned();
        let args: Vec<_> = command.get_args().map(|arg| arg.to_owned()).collect();
        let vars: Vec<_> = command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        *command = Command::new("sh");
        command.env_clear().envs(vars).args(["-c", "ulimit -d 120000; exec \"$@\" | tail -c 1000", "sh"]).arg(program).args(args);
    });
    assert!(outcome.stdout.contains("a | end\n") && outcome.stderr.contains("run succeeded"), "{}", outcome.stderr);
    assert_eq!(std::fs::metadata(lab.run_folder().join("a.out")).unwrap().len(), 188_235_295 + 5);
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn the_dags_own_folder_and_working_dirs() {
    let lab = Lab::new();
    let outcome = lab.run("working_dir: made/here\nsteps:\n  - {id: a, run: pwd}\n  - {id: b, working_dir: deeper, run: pwd}\n");
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    let base = lab.0.path().canonicalize().unwrap().join("made/here");
    assert_eq!((outcome.said("a"), outcome.said("b")), (base.display().to_string(), base.join("deeper").display().to_string()));
}

#[test]
fn what_cannot_begin() {
    let lab = Lab::new();
    for (dag, parts) in [
        ("steps:\n  - {id: a, run: touch ran, depends: b}\n  - {id: b, run: touch ran, depends: a}\n", &["cycle"][..]),
        ("steps: [{id: a, run: touch ran, repeat_policy: {repeat: true, interval_sec: 1}}]\n", &["line 1", "`repeat_policy`"]),
        ("params: [{name: P, eval: 'date'}]\nsteps: [{id: a, run: touch ran}]\n", &["`eval` of the parameter `P`"]),
        ("secrets: [{name: S, provider: env, key: NOT_SET}]\nsteps: [{id: a, run: touch ran}]\n", &["secret `S`", "NOT_SET"]),
        ("secrets: [{name: S, provider: file, key: no/such}]\nsteps: [{id: a, run: touch ran}]\n", &["secret `S`", "no/such"]),
        ("secrets: [{name: S, provider: vault, key: x}]\nsteps: [{id: a, run: touch ran}]\n", &["`vault`"]),
        ("", &[]),
    ] {
        let outcome = lab.run(dag);
        assert_eq!(outcome.code, 2, "{dag}: {outcome:#?}");
        assert!(!lab.0.path().join("ran").exists());
        for part in parts {
            assert!(outcome.stderr.contains(part), "{part}: {outcome:#?}");
        }
    }
    let outcome = lab.run_with("steps: [{id: a, run: 'true'}]\n", |command| {
        command.env_remove("HOME").env_remove("DAGU_RS_HOME");
    });
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("DAGU_RS_HOME"), "{outcome:#?}");
}

#[test]
fn what_the_base_configuration_gives() {
    let lab = Lab::new();
    std::fs::create_dir(lab.0.path().join(".dagu")).unwrap();
    lab.write(
        ".dagu/base.yaml",
        "\
env: [A=base, B=base, \"C=${A}-c\"]
params: [{P: base}, {Q: base}]
consts: [{K: base}, {L: base}]
dotenv: shared.env
shell: bash -u
secrets: [{name: S, provider: env, key: NOT_SET}]
handler_on:
  exit: {run: \"echo bye $A\"}
  success: {run: echo not this}
actions:
  greet.all: {input_schema: {type: object}, template: {run: echo}}
",
    );
    lab.write("shared.env", "X=shared\nY=shared\n");
    lab.write("own.env", "Y=own\n");
    let outcome = lab.run(
        "\
env: [A=dag, \"D=$C-$A\"]
params: [{P: dag}]
consts: [{K: dag}]
dotenv: own.env
shell: sh -e
secrets: [{name: T, provider: env, key: HOME}]
handler_on:
  success: {run: echo well}
  exit: null
steps:
  - {id: a, run: 'echo $A $B $C $D ${params.P} ${params.Q} ${consts.K} ${consts.L} $X $Y $0 $-'}
",
    );
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.said("a"), "dag base base-c base-c-dag dag base dag base shared own sh ue");
    assert_eq!((outcome.said("onExit"), outcome.said("onSuccess")), ("bye dag".to_owned(), "well".to_owned()));

    let without = lab.run_with("steps: [{id: a, run: 'echo [$B]'}]\n", |command| {
        command.args(["--base-config", ""]);
    });
    assert_eq!((without.code, without.said("a").as_str()), (0, "[]"));

    lab.write(".dagu/base.yaml", "env: [A=1]\nssh: {user: me, host: box}\n");
    let refused = lab.run("steps: [{id: a, run: 'true'}]\n");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains(".dagu/base.yaml:2: this runner does not do `ssh` yet"), "{refused:#?}");
    lab.write(".dagu/base.yaml", "bogus: 1\n");
    let refused = lab.run("steps: [{id: a, run: 'true'}]\n");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("base-configuration-invalid"), "{refused:#?}");
}

/// As the engine was measured to merge them.
#[test]
fn what_the_base_configuration_of_a_workspace_gives() {
    let lab = Lab::new();
    std::fs::create_dir_all(lab.0.path().join(".dagu/dags/workspaces/team")).unwrap();
    lab.write(
        ".dagu/base.yaml",
        "env: [A=global, B=global]\ndotenv: g.env\nconsts: [{K: g}, {L: g}]\nshell: bash -u\nhandler_on: {exit: {run: echo global}}\n",
    );
    lab.write(
        ".dagu/dags/workspaces/team/base.yaml",
        "env: [B=team, C=team]\ndotenv: t.env\nconsts: [{K: t}]\nshell: sh -e\nhandler_on: {success: {run: echo team}}\n",
    );
    lab.write("g.env", "X=g\n");
    lab.write("t.env", "Y=t\n");
    let outcome = lab.run("labels: [workspace=team]\nsteps: [{id: a, run: 'echo $A $B $C [$X] $Y ${consts.K} $0 $-'}]\n");
    assert_eq!(outcome.code, 0, "{outcome:#?}");
    assert_eq!(outcome.said("a"), "global team team [] t t sh e");
    assert_eq!((outcome.said("onExit"), outcome.said("onSuccess")), ("global".to_owned(), "team".to_owned()));
}

/// What `creds` counts as a credential is masked wherever it comes from, a key in PEM also line by line.
#[test]
fn credentials_of_every_source_are_masked() {
    let lab = Lab::new();
    let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQE\n-----END PRIVATE KEY-----\n";
    lab.write("key.pem", key);
    lab.write(".env", "DOT_TOKEN=dot-canary\nDOT_MODE=dot-mode\n");
    let dag = "\
env:
  - ROOT_TOKEN: ${HOST_TOKEN}
  - HEADER: x-${HOST_PASSWORD}
  - MODE: root-mode
secrets: [{name: PEM, provider: file, key: key.pem}]
steps:
  - {id: make, run: echo made-canary, output: MADE_TOKEN}
  - id: print
    depends: make
    env: ['STEP_TOKEN=step-${MODE}', 'UNSET_TOKEN=${NOWHERE_TOKEN}']
    run: |
      echo \"$ROOT_TOKEN\" \"$HEADER\" \"$MODE\" \"$DOT_TOKEN\" \"$DOT_MODE\" \"$MADE_TOKEN\" \"$STEP_TOKEN\"
      printenv UNSET_TOKEN
      for c in h o s t - ; do printf %s $c; sleep 0.02; done; echo canary
      echo \"$PEM\" | sed 's/^/> /'
";
    let outcome = lab.run_with(dag, |command| {
        command.env("HOST_TOKEN", "host-canary").env("HOST_PASSWORD", "pass-canary");
    });
    let masked = "*******";
    let said = format!(
        "{masked} {masked} root-mode {masked} dot-mode {masked} step-root-mode\n${{NOWHERE_TOKEN}}\n{masked}\n> {masked}\n> {masked}\n> {masked}"
    );
    assert_eq!((outcome.code, outcome.said("print")), (0, said), "{outcome:?}");
    let log = std::fs::read_to_string(lab.run_folder().join("print.out")).unwrap();
    assert!(!log.contains("canary") && !log.contains("MIIE"), "{log}");
}

/// What a reference stands in that nobody filled in is a text of the file, however it gets to the step.
#[test]
fn what_is_not_filled_in_is_not_masked() {
    let lab = Lab::new();
    lab.write(".env", "DOT_TOKEN='${NOWHERE_TOKEN} there'\nMADE_URL=http://u:${PART_TOKEN}@h\nPART_TOKEN=late-canary\n");
    let dag = "\
params: [AUTH: 'Bearer ${CI_TOKEN}', OTHER_TOKEN: '${CI_TOKEN}']
env: [HEADER: '${AUTH}', NEXT_TOKEN: 'x ${OTHER_TOKEN}', UNSET: 'y ${CI_TOKEN}', AGAIN: '${UNSET}', SHIELDED: 'z \\${SEC}']
secrets: [{name: SEC, provider: env, key: HOST_TOKEN}]
steps:
  - id: print
    env: [STEP: '${HEADER}', STEP_AGAIN: '${AGAIN}']
    run: printenv HEADER NEXT_TOKEN UNSET AGAIN SHIELDED STEP STEP_AGAIN MADE_URL SEC
";
    let outcome = lab.run_with(dag, |command| {
        command.env("HOST_TOKEN", "host-canary").env_remove("CI_TOKEN");
    });
    let said = "Bearer ${CI_TOKEN}\nx ${CI_TOKEN}\ny ${CI_TOKEN}\ny ${CI_TOKEN}\nz ${SEC}\nBearer ${CI_TOKEN}\ny ${CI_TOKEN}\nhttp://u:@h\n*******";
    assert_eq!((outcome.code, outcome.said("print").as_str()), (0, said), "{outcome:?}");
}

/// Messages of the run itself hold no values, also what keeps it from beginning.
#[test]
fn messages_are_masked_and_harmless() {
    let lab = Lab::new();
    let secret = "secrets: [{name: DB, provider: env, key: HOST_DB}]\n";
    let run = |dag: &str| {
        lab.run_with(dag, |command| {
            command.env("HOST_DB", "val-canary").env("A_TOKEN", "tok-canary");
        })
    };
    let outcome = run(&format!("{secret}steps:\n  - {{id: a, stdout: '/dev/null/${{DB}}/log', run: echo}}\n"));
    assert!(outcome.code == 1 && outcome.stderr.contains("*******"), "{outcome:?}");
    let record = std::fs::read_to_string(lab.run_folder().join("run.json")).unwrap();
    assert!(record.contains("*******") && !record.contains("val-canary") && !outcome.stderr.contains("val-canary"), "{record}{outcome:?}");
    let outcome = run("secrets: [{name: DB, provider: file, key: /nosuch/tok-canary}]\nsteps:\n  - run: echo\n");
    assert!(outcome.code == 2 && outcome.stderr.contains("/nosuch/*******"), "{outcome:?}");
    let outcome = run("steps:\n  - {name: \"evil\\e[2Khidden\", run: echo}\n");
    assert!(outcome.code == 0 && outcome.stderr.contains("evil\\u{1b}[2Khidden: started"), "{outcome:?}");
    assert!(!outcome.stderr.contains('\u{1b}') && !outcome.stdout.contains('\u{1b}'), "{outcome:?}");
}

/// What each step did with the same `defaults` was measured on the engine.
#[test]
fn defaults_are_taken_over() {
    let lab = Lab::new();
    let found = lab.run(
        "\
env: {A: dag}
defaults:
  env: {A: default, B: '${A}', C: '${S}'}
  preconditions: [{condition: 'echo checked >> conditions'}]
  timeout_sec: 1
  retry_policy: {limit: 1, interval_sec: 0}
  continue_on: {failure: true}
steps:
  - {id: a, env: {S: own}, run: echo $A $B $C $S}
  - {id: b, env: {A: own}, run: echo $A $B}
  - {id: long, timeout_sec: null, run: sleep 1.5; echo ended}
  - {id: fails, run: echo x; exit 1}
  - {id: fails_once, retry_policy: {limit: 0, interval_sec: 0}, run: echo x; exit 1}
  - {id: after, depends: fails, preconditions: ['test -f conditions'], run: echo after}
handler_on:
  exit: {run: echo $A}
",
    );
    assert_eq!((found.said("a"), found.said("b")), ("default default ${S} own".to_owned(), "own default".to_owned()), "{found:#?}");
    assert_eq!((found.said("long"), found.said("after"), found.said("onExit")), ("ended".into(), "after".into(), "default".into()));
    assert_eq!((found.said("fails"), found.said("fails_once")), ("x\nx".to_owned(), "x".to_owned()), "{found:#?}");
    assert_eq!(lab.read("conditions").lines().count(), 7);
    let found = lab.run("defaults: {preconditions: ['false']}\nsteps: [{id: a, run: echo ran}]\n");
    assert_eq!((found.said("a"), found.state("a")), (String::new(), "skipped".to_owned()), "{found:#?}");
    let found = lab.run("defaults: {timeout_sec: 1}\nsteps: [{id: a, run: sleep 5}]\n");
    assert_eq!(found.code, 1, "{found:#?}");
}
