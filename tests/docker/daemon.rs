//! A daemon, an image, a program that is not there.

use crate::lab::Lab;

const ONE: &str = "container: {image: IMAGE, pull_policy: POLICY}\nsteps: [{id: a, run: echo hi}]\n";

#[test]
fn no_daemon() {
    let Some(lab) = Lab::new() else { return };
    let socket = format!("unix://{}", lab.path("none.sock").display());
    let dag = ONE.replace("IMAGE", "'alpine:3.20'").replace("POLICY", "missing");
    for (variables, parts) in [
        (vec![("DOCKER_HOST", socket.as_str())], vec![socket.as_str(), "DOCKER_HOST"]),
        (vec![("DAGU_CONTAINER_RUNTIME", "podman"), ("DAGU_PODMAN_HOST", socket.as_str())], vec![socket.as_str(), "Podman"]),
        (vec![("DAGU_CONTAINER_RUNTIME", "bogus")], vec!["DAGU_CONTAINER_RUNTIME", "bogus"]),
    ] {
        let outcome = lab.run_with(&dag, |command| {
            command.envs(variables);
        });
        assert_eq!(outcome.code, 2, "{outcome:#?}");
        assert!(outcome.time.as_secs() < 10, "{outcome:#?}");
        for part in parts {
            assert!(outcome.stderr.contains(part), "{part}: {outcome:#?}");
        }
        assert!(!outcome.stderr.contains("panicked"), "{outcome:#?}");
    }
}

#[test]
fn the_dag_does_not_choose_the_daemon() {
    let Some(lab) = Lab::new() else { return };
    let dag = format!(
        "env: [DAGU_CONTAINER_RUNTIME=podman, 'DOCKER_HOST=unix:///nowhere']\n{}",
        ONE.replace("IMAGE", "'alpine:3.20'").replace("POLICY", "missing")
    );
    assert_eq!(lab.run(&dag).lines("a"), ["hi"]);
}

#[test]
fn no_image() {
    let Some(lab) = Lab::new() else { return };
    let image = "dagu-rs.invalid/no-such-image:1";
    let never = lab.run(&ONE.replace("IMAGE", image).replace("POLICY", "never"));
    assert_eq!(never.code, 2, "{never:#?}");
    for part in [image, "pull_policy: never", "docker build"] {
        assert!(never.stderr.contains(part), "{part}: {never:#?}");
    }
    let missing = lab.run(&ONE.replace("IMAGE", image).replace("POLICY", "missing"));
    assert_eq!(missing.code, 2, "{missing:#?}");
    assert!(missing.stderr.contains(image), "{missing:#?}");
    let own = "steps: [{id: a, run: echo hi, container: {image: IMAGE, pull_policy: POLICY}}]\n".replace("IMAGE", image);
    assert_eq!(lab.run(&own.replace("POLICY", "never")).code, 2);
    assert_eq!(lab.run(&own.replace("POLICY", "missing")).code, 1);
    let local = ONE.replace("IMAGE", "'dagu-claude-runner:local'").replace("POLICY", "fallback");
    let fallback = lab.run(&local);
    assert_eq!((fallback.code, fallback.lines("a")), (0, vec!["hi"]), "{fallback:#?}");
}

#[test]
fn what_this_runner_cannot_do_is_refused_before_anything_runs() {
    let Some(lab) = Lab::new() else { return };
    let outcome = lab.run(
        "steps:\n  - {id: a, run: touch ran}\n  - id: b\n    action: http.request\n    with: {method: GET, url: 'http://127.0.0.1:1'}\n",
    );
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("line 4") && outcome.stderr.contains("http.request"), "{outcome:#?}");
    assert!(!lab.path("ran").exists());
    let outcome = lab.run("steps:\n  - {id: a, run: 'true', depends: nobody}\n");
    assert_eq!(outcome.code, 2, "{outcome:#?}");
    assert!(outcome.stderr.contains("nobody") && outcome.stderr.contains("nothing was run"), "{outcome:#?}");
}
