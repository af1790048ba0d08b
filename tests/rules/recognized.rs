//! Which YAML files of a mixed folder are DAGs: small files of other tools, as those document them, and odd DAGs.

use dagu_schema::looks_like_dag;

/// The texts of a file, by name.
fn texts(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.split("=== ").filter_map(|text| text.split_once('\n'))
}

#[test]
fn files_of_other_tools_are_left_alone() {
    let missed: Vec<&str> =
        texts(include_str!("recognized/foreign.txt")).filter(|(_, text)| looks_like_dag(text)).map(|(name, _)| name).collect();
    assert!(missed.is_empty(), "taken for DAGs: {missed:#?}");
}

#[test]
fn no_dag_is_lost() {
    let lost: Vec<&str> =
        texts(include_str!("recognized/dags.txt")).filter(|(_, text)| !looks_like_dag(text)).map(|(name, _)| name).collect();
    assert!(lost.is_empty(), "lost: {lost:#?}");
    let with_returns = |text: &str| text.replace('\n', "\r\n");
    assert!(texts(include_str!("recognized/dags.txt")).all(|(_, text)| looks_like_dag(&with_returns(text))));
    assert!(!texts(include_str!("recognized/foreign.txt")).any(|(_, text)| looks_like_dag(&with_returns(text))));
}

#[test]
fn the_key_is_at_the_margin() {
    for text in [
        "steps:\n",
        "steps: []",
        "steps :\n",
        "name: a\r\nsteps:\r\n",
        "name: a\rsteps:\r",
        "\u{feff}steps:\n",
        "---\nsteps:\n",
        "\"steps\":\n",
        "{\"steps\": []}",
        "stpes:\n  - run: x\n",
        "step:\n- action: x\n",
        "name: a\n steps:\n  - run: x\n",
    ] {
        assert!(looks_like_dag(text), "{text:?} is a DAG");
    }
    for text in [
        "",
        "name: a\n",
        "  steps:\n",
        "jobs:\n  a:\n    steps:\n",
        "steps\n",
        "stepsize: 1\n",
        "# steps:\n",
        "- steps:\n",
        "stpes:\n",
        "jobs:\n  - run: x\n",
        "runs:\n  using: composite\n  steps:\n    - run: x\n",
        "{a: 1}",
    ] {
        assert!(!looks_like_dag(text), "{text:?} is no DAG");
    }
}
