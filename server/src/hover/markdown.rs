//! Markdown, and the same for clients that show plain text.

/// Code in a line of Markdown, whatever backticks it holds.
pub(super) fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    match longest {
        0 => format!("`{text}`"),
        longest => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

/// The text without what only Markdown shows: fences, rules, backticks and asterisks for emphasis.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        if is_code {
            out.push_str(line);
        } else if line != "---" {
            out.push_str(&inline(line));
        }
        out.push('\n');
    }
    while out.ends_with('\n') {
        out.pop();
    }
    out.push('\n');
    out
}

/// A line without its marks; what stands in code is kept as it is.
fn inline(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let (before, code) = rest.split_at(at);
        let fence: String = code.chars().take_while(|&c| c == '`').collect();
        let inside = &code[fence.len()..];
        out.push_str(&before.replace("**", ""));
        match inside.find(&fence) {
            Some(end) => {
                let held = &inside[..end];
                out.push_str(held.strip_prefix(' ').and_then(|held| held.strip_suffix(' ')).filter(|_| fence.len() > 1).unwrap_or(held));
                rest = &inside[end + fence.len()..];
            }
            None => {
                out.push_str(&fence);
                rest = inside;
            }
        }
    }
    out.push_str(&rest.replace("**", ""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text() {
        let text = "**step `a`**\n\n- Image: `x**y`\n- `` a`b ``\n\n---\n\n```yaml\nkey: `v`\n```\n";
        assert_eq!(plain(text), "step a\n\n- Image: x**y\n- a`b\n\n\n\nkey: `v`\n");
        assert_eq!(code("a`b``c\nd"), "``` a`b``c d ```");
    }
}
