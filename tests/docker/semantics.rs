//! Where the engine departs from its pages: `dagu-rs run` keeps them, with `--engine-semantics` it does
//! as the engine, and the engine does so too, where `DAGU_BIN` names one.

use crate::lab::{Lab, Theirs};
use crate::matrix::By;

/// A DAG whose steps `a` and `b` print something.
struct Case {
    what: &'static str,
    dag: &'static str,
    /// Whether the run succeeds, what `a` and what `b` print.
    contract: (bool, &'static str, &'static str),
    engine: (bool, &'static str, &'static str),
}

const CASES: &[Case] = &[
    Case {
        what: "without a shell, text is split into arguments",
        dag: "container: {image: 'alpine:3.20'}\nsteps:\n  - {id: a, run: 'echo \"x  y\" > /dev/null && echo z'}\n  - {id: b, container: {image: 'alpine:3.20'}, run: 'echo one | cat'}\n",
        contract: (true, "z", "one"),
        engine: (true, "x  y > /dev/null && echo z", "one | cat"),
    },
    Case {
        what: "with a shell the quotes are lost in a shared container, and not in one for one command",
        dag: "container: {image: 'alpine:3.20', shell: /bin/sh}\nsteps:\n  - {id: a, run: 'echo \"x   y\"'}\n  - {id: b, container: {image: 'alpine:3.20', shell: /bin/sh}, run: 'echo \"x   y\"'}\n",
        contract: (true, "x   y", "x   y"),
        engine: (true, "x y", "x   y"),
    },
    Case {
        what: "in an existing container the shell reads the text twice",
        dag: "steps:\n  - {id: a, container: {exec: CONTAINER, shell: /bin/sh}, run: 'echo hi there && echo x'}\n  - {id: b, container: CONTAINER, run: 'echo hi there'}\n",
        contract: (true, "hi there\nx", "hi there"),
        engine: (true, "\nx", "hi there"),
    },
    Case {
        what: "in an existing container the shell reads a harness's arguments again",
        dag: "harnesses: {sh: {binary: echo}}\nsteps:\n  - {id: a, container: {exec: CONTAINER, shell: /bin/sh}, action: harness.run, with: {provider: sh, prompt: 'x   y'}}\n  - {id: b, container: CONTAINER, action: harness.run, with: {provider: sh, prompt: 'x   y'}}\n",
        contract: (true, "x   y", "x   y"),
        engine: (true, "x y", "x   y"),
    },
    Case {
        what: "a list of commands in an existing container",
        dag: "steps:\n  - {id: a, container: CONTAINER, run: [echo x, echo y]}\n",
        contract: (true, "x\ny", ""),
        engine: (false, "", ""),
    },
    Case {
        what: "names are replaced in the text; others are left to the shell, if there is one",
        dag: "env: [A: one]\ncontainer: {image: 'alpine:3.20', shell: /bin/sh}\nsteps:\n  - {id: a, env: [B: two], run: 'echo $A $B $HOME $NOTHING.'}\n  - {id: b, env: [B: two], container: {image: 'alpine:3.20'}, run: 'echo $A $B $HOME'}\n",
        contract: (true, "one two /root .", "one two /root"),
        engine: (true, "one two /root .", "one two $HOME"),
    },
    Case {
        what: "the folder of the DAG file, or a scratch folder",
        dag: "container: {image: 'alpine:3.20', volumes: ['.:/w']}\nsteps:\n  - {id: a, run: ls /w}\n  - {id: b, type: command, command: ls}\n",
        contract: (true, "dag.yaml\nother.txt\nsub", "dag.yaml\nother.txt\nsub"),
        engine: (true, "", ""),
    },
    Case {
        what: "with working_dir it is that folder in both",
        dag: "working_dir: sub\ncontainer: {image: 'alpine:3.20', volumes: ['.:/w']}\nsteps:\n  - {id: a, run: ls /w}\n  - {id: b, type: command, command: ls}\n",
        contract: (true, "file", "file"),
        engine: (true, "file", "file"),
    },
    Case {
        what: "a name of the caller's environment",
        dag: "steps:\n  - {id: a, container: {image: 'alpine:3.20', env: ['K=${HOST_DAGENV}', 'L=${K}-${env.HOST_DAGENV}']}, run: \"sh -c 'env | grep ^[KL]= | sort'\"}\n",
        contract: (true, "K=canary-dagenv\nL=canary-dagenv-canary-dagenv", ""),
        engine: (true, "K=${HOST_DAGENV}\nL=${HOST_DAGENV}-${env.HOST_DAGENV}", ""),
    },
    Case {
        what: "a step's env in the root container",
        dag: "container: {image: 'alpine:3.20'}\nsteps:\n  - {id: a, env: [K: one], run: \"sh -c 'env | grep ^K='\"}\n",
        contract: (true, "K=one", ""),
        engine: (false, "", ""),
    },
    Case {
        what: "the root container's env on the host",
        dag: "container: {image: 'alpine:3.20', env: [K=one]}\nsteps:\n  - {id: a, type: command, command: 'echo ${K:-none}'}\n  - {id: b, type: command, command: \"echo '${env.K}.'\"}\n  - {id: c, run: echo}\n",
        contract: (true, "none", "${env.K}."),
        engine: (true, "one", "one."),
    },
    Case {
        what: "the file for outputs in a container",
        dag: "steps:\n  - {id: a, container: {image: 'alpine:3.20', shell: /bin/sh}, outputs: [{name: x}], run: 'echo x=1 >> \"$DAGU_OUTPUT_FILE\"'}\n  - {id: b, depends: a, run: 'echo ${steps.a.outputs.x}'}\n",
        contract: (true, "", "1"),
        engine: (false, "", ""),
    },
    Case {
        what: "declared outputs of a command that writes none",
        dag: "steps:\n  - {id: a, container: {image: 'alpine:3.20'}, outputs: [{name: x}], run: echo x}\n",
        contract: (false, "x", ""),
        engine: (false, "x", ""),
    },
    Case {
        what: "the order of files",
        dag: "working_dir: sub\ncontainer: {image: 'alpine:3.20', shell: /bin/sh, working_dir: /w, volumes: ['.:/w']}\nsteps:\n  - {id: a, run: 'sleep 2; echo made > made.txt'}\n  - {id: b, run: 'cat made.txt'}\n",
        contract: (true, "", "made"),
        engine: (false, "", ""),
    },
    Case {
        what: "the code that decides about a retry",
        dag: "working_dir: sub\ncontainer: {image: 'alpine:3.20', shell: /bin/sh, working_dir: /w, volumes: ['.:/w']}\nsteps:\n  - {id: a, run: 'echo try; exit 7', retry_policy: {limit: 1, interval_sec: 0, exit_code: [7]}, continue_on: failed}\n  - {id: b, container: {image: 'alpine:3.20', shell: /bin/sh}, run: 'echo try; exit 7', retry_policy: {limit: 1, interval_sec: 0, exit_code: [7]}, continue_on: failed}\n",
        contract: (false, "try\ntry", "try\ntry"),
        engine: (false, "try", "try\ntry"),
    },
    Case {
        what: "both alike: a list, a default of the shell, redirects on the host",
        dag: "container: {image: 'alpine:3.20'}\nsteps:\n  - {id: a, run: [echo x, echo y]}\n  - {id: b, type: command, command: 'echo one | tr o O'}\n",
        contract: (true, "x\ny", "One"),
        engine: (true, "x\ny", "One"),
    },
];

fn check(by: By) {
    let mut wrong = Vec::new();
    for case in CASES {
        let Some(lab) = Lab::new() else { return };
        lab.write("other.txt", "");
        std::fs::create_dir(lab.path("sub")).expect("the folder can be made");
        lab.write("sub/file", "");
        let there = Theirs::start(&format!("dagu-rs-test-semantics-{}-{by:?}", std::process::id()));
        let Some((succeeds, printed)) = by.run(&lab, &case.dag.replace("CONTAINER", &there.0)) else { return };
        let of = |step: &str| {
            let text = printed.get(step).map_or("", |text| text.trim_end());
            let own = |line: &&str| !matches!(*line, "dagu" | "state");
            text.lines().filter(own).collect::<Vec<_>>().join("\n")
        };
        let expected = if let By::Contract = by { case.contract } else { case.engine };
        let got = (succeeds, of("a"), of("b"));
        if (got.0, got.1.as_str(), got.2.as_str()) != expected {
            wrong.push(format!("{}: {got:?} and not {expected:?}", case.what));
        }
    }
    assert!(wrong.is_empty(), "{by:?}:\n{}", wrong.join("\n"));
}

#[test]
fn run_keeps_what_the_pages_promise() {
    check(By::Contract);
}

#[test]
fn run_with_the_engines_semantics_departs_from_it() {
    check(By::EngineSemantics);
}

#[test]
fn the_engine_departs_from_it() {
    check(By::Engine);
}

#[test]
fn what_the_engine_does_not_load_is_not_run_with_its_semantics() {
    let Some(lab) = Lab::new() else { return };
    let dag = "container: {image: 'alpine:3.20'}\nsteps:\n  - id: a\n    run: |\n      echo x\n      echo y\n";
    assert_eq!(lab.run(dag).code, 0);
    let outcome = lab.run_with(dag, |command| {
        command.arg("--engine-semantics");
    });
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("container-multiline-run"), "{outcome:#?}");
}
