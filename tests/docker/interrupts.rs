//! Time limits and Ctrl-C: processes end, handlers run, no container is left.

use std::time::Duration;

use crate::lab::{Lab, spawn, wait_until};

const PLACES: [(&str, &str); 4] = [
    ("", ""),
    ("container: {image: 'alpine:3.20', volumes: ['.:/w'], working_dir: /w}", ""),
    ("", "container: {image: 'alpine:3.20', volumes: ['.:/w'], working_dir: /w}, "),
    ("", "container: {image: 'alpine:3.20', volumes: ['.:/w'], working_dir: /w, startup: keepalive}, "),
];

#[test]
fn a_steps_time_limit() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in PLACES {
        let dag = format!(
            "max_clean_up_time_sec: 1\n{root}\nsteps:\n  - {{id: slow, {own}timeout_sec: 1, run: 'echo begun; sleep 120'}}\n  - {{id: other, {own}run: 'sleep 2; echo alive'}}\n  - {{id: after, depends: slow, run: 'true'}}\n"
        );
        let outcome = lab.run(&dag);
        assert_eq!(outcome.code, 1, "{outcome:#?}");
        assert!(outcome.stderr.contains("slow: failed (exit 124): timed out after 1 s"), "{outcome:#?}");
        assert_eq!(outcome.lines("slow"), ["begun"]);
        assert_eq!(outcome.lines("other"), ["alive"], "the other step lives on: {outcome:#?}");
        assert!(outcome.stderr.contains("after  not started"), "{outcome:#?}");
        assert!(outcome.time < Duration::from_secs(20), "{outcome:#?}");
    }
}

#[test]
fn the_dags_time_limit() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in PLACES {
        let dag = format!(
            "timeout_sec: 2\nmax_clean_up_time_sec: 1\n{root}\nhandler_on:\n  failure: {{{own}run: echo handled}}\nsteps:\n  - {{id: slow, {own}run: sleep 120}}\n"
        );
        let outcome = lab.run(&dag);
        assert_eq!(outcome.code, 124, "{outcome:#?}");
        assert!(outcome.stdout.contains("handled"), "{outcome:#?}");
        assert!(outcome.time < Duration::from_secs(20), "{outcome:#?}");
    }
}

#[test]
fn ctrl_c_once_and_twice() {
    let Some(lab) = Lab::new() else { return };
    for (root, own) in PLACES {
        for (times, signal) in [(1, "INT"), (2, "INT"), (1, "TERM")] {
            let _ = std::fs::remove_file(lab.path("begun"));
            let dag = format!(
                "max_clean_up_time_sec: 2\n{root}\nhandler_on:\n  abort: {{{own}run: echo aborted}}\n  exit: {{{own}run: echo exited}}\nsteps:\n  - {{id: slow, {own}run: 'trap \"\" TERM; touch begun; while :; do sleep 1; done'}}\n  - {{id: after, depends: slow, run: touch after}}\n"
            );
            let running = spawn(&mut lab.command(&dag));
            wait_until("the step begins", || lab.path("begun").exists());
            for time in 0..times {
                if time > 0 {
                    std::thread::sleep(Duration::from_millis(300));
                }
                running.signal(signal);
            }
            let outcome = lab.outcome(running);
            assert_eq!(outcome.code, 130, "{root}{own} {times} x {signal}: {outcome:#?}");
            assert!(!lab.path("after").exists());
            let handled = outcome.stdout.contains("aborted") && outcome.stdout.contains("exited");
            assert_eq!(handled, times == 1, "{root}{own} {times} x {signal}: {outcome:#?}");
            assert!(outcome.time < Duration::from_secs(30), "{outcome:#?}");
        }
    }
}

#[test]
fn no_host_process_is_left() {
    let Some(lab) = Lab::new() else { return };
    for times in [1, 2] {
        let _ = std::fs::remove_file(lab.path("pid"));
        let dag = "max_clean_up_time_sec: 1\nsteps:\n  - {id: slow, run: 'sh -c \"trap : TERM; echo \\$\\$ > pid; while :; do sleep 1; done\"'}\n";
        let running = spawn(&mut lab.command(dag));
        wait_until("the process begins", || std::fs::read_to_string(lab.path("pid")).is_ok_and(|pid| pid.ends_with('\n')));
        (0..times).for_each(|_| {
            running.signal("INT");
            std::thread::sleep(Duration::from_millis(200));
        });
        assert_eq!(lab.outcome(running).code, 130);
        let pid = lab.read("pid");
        wait_until("the process is gone", || !std::path::Path::new("/proc").join(pid.trim()).exists());
    }
}
