//! Each fix that is offered by itself: the text after it is as good as before.

use dagu_schema::fix::{edited, no_new_error};
use dagu_schema::suppress::ignore_here;
use dagu_schema::{Facts, Safety, analyze};

use crate::corpus;

#[test]
fn a_fix_by_itself_brings_no_error() {
    let mut worse = Vec::new();
    let mut count = 0;
    for (name, text) in corpus().into_iter().filter(|(_, text)| text.len() < 20_000) {
        let before = analyze(&text, &Facts::default()).suppress();
        for found in &before.diagnostics {
            for fix in &found.fixes {
                let after = analyze(&edited(&text, &fix.edits), &Facts::default()).suppress();
                count += 1;
                if !no_new_error(&before, &after, |_| false) {
                    let safety = if fix.safety == Safety::Safe { "safe" } else { "unsafe" };
                    worse.push(format!("{} ({safety}) {}: {}", name.rsplit('/').next().unwrap_or(&name), found.rule, fix.title));
                }
            }
            let Some(comment) = ignore_here(&before.tree, found, "") else { continue };
            let after = analyze(&edited(&text, &comment.edits), &Facts::default()).suppress();
            assert!(no_new_error(&before, &after, |_| false), "{name}: {}", comment.title);
        }
    }
    assert!(count > 100, "only {count} fixes");
    // What a key with its right name brings to light, and what an action that there is still lacks.
    insta::assert_snapshot!(worse.join("\n"));
}
