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
        dag: "working_dir: sub\ncontainer: {image: 'alpine:3.20', shell: [/bin/sh], working_dir: /w, volumes: ['.:/w']}\nsteps:\n  - {id: a, run: 'sleep 2; echo made > made.txt'}\n  - {id: b, run: 'cat made.txt'}\n",
        contract: (true, "", "made"),
        engine: (false, "", ""),
    },
    Case {
        what: "the code that decides about a retry",
        dag: "working_dir: sub\ncontainer: {image: 'alpine:3.20', shell: [/bin/sh], working_dir: /w, volumes: ['.:/w']}\nsteps:\n  - {id: a, run: 'echo try; exit 7', retry_policy: {limit: 1, interval_sec: 0, exit_code: [7]}, continue_on: failed}\n  - {id: b, container: {image: 'alpine:3.20', shell: /bin/sh}, run: 'echo try; exit 7', retry_policy: {limit: 1, interval_sec: 0, exit_code: [7]}, continue_on: failed}\n",
        contract: (false, "try\ntry", "try\ntry"),
        engine: (false, "try", "try\ntry"),
    },
    Case {
        what: "docker.run: no shell, names replaced, those of the DAG and of the step",
        dag: "env: [A: one]\nsteps:\n  - {id: a, env: [B: two], action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: 'echo \"x  y\" $A ${env.B} $NO > /f'}}\n  - {id: b, action: container.run, with: {image: 'alpine:3.20', auto_remove: true, command: [echo 1, 'echo 2 | 3']}}\n",
        contract: (true, "x  y one two $NO > /f", "1\n2 | 3"),
        engine: (true, "x  y one two $NO > /f", "1\n2 | 3"),
    },
    Case {
        what: "docker.run: shell, folder, mounts",
        dag: "working_dir: sub\nsteps:\n  - {id: a, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, shell: [/bin/sh], working_dir: /w, volumes: ['.:/w', './../sub:/v:ro'], command: 'ls \"/v\" && pwd; touch /v/x 2>/dev/null || echo \"a   b\"'}}\n  - {id: b, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, shell: [/bin/sh], command: ['echo \"a   b\"', pwd], working_dir: /etc, container: {workingdir: /tmp}}}\n",
        contract: (true, "file\n/w\na   b", "a   b\n/tmp"),
        engine: (true, "file\n/w\na   b", "a b\n/tmp"),
    },
    Case {
        what: "docker.run: settings of Docker's own, in any letter case",
        dag: "env: [A: one]\nsteps:\n  - {id: a, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: \"-c 'id -u; pwd; env | grep ^[KLM]= | sort; ls /sys/class/net'\", container: {user: '1000', Entrypoint: [/bin/sh], ENV: ['K=$A', 'L=${HOST_DAGENV}', 'M']}, host: {networkMode: none}}}\n  - {id: b, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, container: {cmd: [echo, cmd], Image: nothing}, shell: [/bin/sh]}}\n",
        contract: (true, "1000\n/\nK=one\nL=${HOST_DAGENV}\nlo", "cmd"),
        engine: (true, "1000\n/\nK=one\nL=${HOST_DAGENV}\nlo", "cmd"),
    },
    Case {
        what: "docker.run: in a running container",
        dag: "steps:\n  - {id: a, action: docker.run, with: {container_name: CONTAINER, command: \"sh -c 'id -u; pwd; env | grep ^[KLT] | sort'\", container: {Env: [K=1], User: '1'}, exec: {env: [L=2], User: '1000', WorkingDir: /etc}}}\n  - {id: b, action: docker.run, with: {container_name: CONTAINER, shell: [/bin/sh], command: 'echo hi there && echo x'}}\n",
        contract: (true, "1000\n/etc\nK=1\nL=2\nTHEIRS=yes", "hi there\nx"),
        engine: (true, "1000\n/etc\nK=1\nL=2\nTHEIRS=yes", "\nx"),
    },
    Case {
        what: "docker.run: a container of the step's own takes its place",
        dag: "steps:\n  - {id: a, container: {image: 'alpine:3.20'}, action: docker.run, with: {image: nothing, command: echo own}}\n",
        contract: (true, "own", ""),
        engine: (true, "own", ""),
    },
    Case {
        what: "docker.run: its exit code",
        dag: "steps:\n  - {id: a, action: docker.run, with: {image: 'alpine:3.20', auto_remove: true, command: \"sh -c 'echo out; exit 3'\"}}\n",
        contract: (false, "out", ""),
        engine: (false, "out", ""),
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
fn docker_run_is_removed_unless_it_is_to_stay_and_refused_where_it_would_be_another_container() {
    let Some(lab) = Lab::new() else { return };
    let run = |with: &str, flag: &str| {
        let dag = format!("steps:\n  - {{id: a, action: docker.run, with: {{image: 'alpine:3.20', command: echo x, {with}}}}}\n");
        let mut command = lab.command(&dag);
        let outcome = crate::lab::spawn(command.args((!flag.is_empty()).then_some(flag))).wait();
        let left = lab.containers();
        left.iter().for_each(|id| drop(crate::lab::api("DELETE", &format!("/containers/{id}?force=1"), "")));
        (outcome, left.len())
    };
    for (with, flag, left) in [
        ("", "", 0),
        ("", "--engine-semantics", 1),
        ("auto_remove: true", "--engine-semantics", 0),
        ("auto_remove: false", "", 1),
        ("auto_remove: false, host: {AutoRemove: true}", "", 0),
    ] {
        let (outcome, found) = run(with, flag);
        assert_eq!((outcome.code, found), (0, left), "{with} {flag}: {outcome:#?}");
    }
    for (with, part) in [
        ("host: {Privileged: true}", "`host.Privileged` of `docker.run` in step `a`"),
        ("container: {Hostname: x}", "`container.Hostname` of `docker.run` in step `a`"),
        ("network: {EndpointsConfig: {}}", "`network.EndpointsConfig` of `docker.run` in step `a`"),
        ("container_name: yy, exec: {User: x}", "`exec.User` of `docker.run` in step `a`"),
    ] {
        let (outcome, _) = run(with, "");
        assert!(outcome.code == 2 && outcome.stderr.contains(part), "{with}: {outcome:#?}");
    }
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
