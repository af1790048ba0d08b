//! What the parts of scalars are, for editors to colour.

use dagu_schema::tokens::{Token, tokens};
use dagu_schema::{Facts, Span, analyze};

use crate::corpus;

const DAG: &str = r#"description: costs ${NAME}
schedule:
  - "CRON_TZ=Europe/Berlin 0,30 8-18/2 * * mon-fri"
  - start: ["*/5 * * * *", "not a cron"]
params:
  - region: eu
consts:
  - BUCKET: data
env:
  - TARGET: ${params.region}-$USER
  - SHIELDED: "'$USER' stays"
container:
  image: "img:${params.tag:-${consts.BUCKET}}"
  platform: ${PLATFORM}
steps:
  - id: build
    run: |
      # shell ${params.region} and $COMMENT
      echo "${params.region}" '$QUOTED ${params.region}' "it's $HOME" \$ESCAPED
      cat <<'END'
      $LITERAL ${consts.BUCKET}
      END
      cat <<END
      # $READ
      END
      echo ${build.output} ${unknown.output} x#$NOT_A_COMMENT
    outputs: [{name: image}]
  - id: test
    depends: [build, nobody]
    run: echo "${steps.build.outputs.image} ${context.run.id}"
  - id: script
    depends: build
    name: ${steps.build.outputs.image}
    shell: python3
    run: print("${params.region} $ignored")
  - id: ask
    action: http.request
    with:
      url: https://x/${TARGET}/${build.output}/${JSON.a.b}
  - echo $PLAIN # done
  - foreach:
      items: [1]
      steps:
        - id: inner
          run: echo ${foreach.item} "日本${params.region}"
handler_on:
  exit:
    run: echo $EXIT
"#;

fn shown(text: &str, found: &[Token]) -> String {
    let lines = found.iter().map(|token| {
        let readonly = if token.readonly { " (readonly)" } else { "" };
        format!("{:?}{readonly}: {}", token.kind, &text[token.span.range()])
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn references_steps_and_times() {
    let analysis = analyze(DAG, &Facts::default());
    insta::assert_snapshot!(shown(DAG, &tokens(&analysis, Span::new(0, DAG.len()))));
}

#[test]
fn of_documents_aliases_and_folded_text() {
    let text = "steps:\n  - &a\n    id: a\n    run: >-\n      echo ${params.x}\n      $HOME\n  - <<: *a\n    id: b\n    depends: a\n---\nname: two\nsteps:\n  one:\n    run: \"$A\\n${params.y}\"\n  two: {depends: one, run: $B}\n";
    let analysis = analyze(text, &Facts::default());
    insta::assert_snapshot!(shown(text, &tokens(&analysis, Span::new(0, text.len()))));
}

#[test]
fn a_part_has_what_the_whole_has_there() {
    for (name, text) in corpus() {
        let analysis = analyze(&text, &Facts::default());
        let all = tokens(&analysis, Span::new(0, text.len()));
        assert!(all.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{name}");
        assert!(all.iter().all(|token| text.get(token.span.range()).is_some_and(|text| !text.is_empty())), "{name}");
        let mut start = 0;
        for line in text.split_inclusive('\n').filter(|_| text.len() < 100_000) {
            let within = Span::new(start, start + line.trim_end().len());
            let expected: Vec<Token> =
                all.iter().copied().filter(|token| token.span.start <= within.end && within.start <= token.span.end).collect();
            assert_eq!(tokens(&analysis, within), expected, "{name}: {line}");
            start += line.len();
        }
    }
}
