//! `container.volumes`: `source:target[:mode]`.

use std::ops::Range;

use crate::workflow::reference;

/// What the source of a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// A file or folder of the host.
    Bind,
    /// A volume that the daemon keeps under a name.
    Named,
    /// A volume without a name.
    Anonymous,
}

/// A volume entry, split. The kind is that of the source as it stands: a source that begins with
/// a variable may turn out otherwise once expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// What is mounted.
    pub source: String,
    /// Where it appears in the container.
    pub target: String,
    /// Whether the container may only read it.
    pub read_only: bool,
    /// What the source is.
    pub kind: VolumeKind,
    /// The source in the text, in bytes.
    pub source_range: Range<usize>,
    /// The target in the text, in bytes.
    pub target_range: Range<usize>,
    /// The mode in the text, in bytes, when there is a third part.
    pub mode_range: Option<Range<usize>>,
}

/// Why a volume entry cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeFault {
    /// The part at fault, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong and what to write.
    pub message: String,
}

/// A variable in the source, filled from the environment of the process that starts the container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The whole `$NAME` or `${NAME}`, in bytes of the text.
    pub range: Range<usize>,
}

/// Splits a volume entry.
///
/// # Errors
/// When the entry has not two or three parts, its mode is not `ro` or `rw`, or its target is
/// written without a variable and is no absolute path (which the daemon refuses).
pub fn parse(text: &str) -> Result<Volume, VolumeFault> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(':') {
        parts.push(start..at);
        start = at + 1;
    }
    parts.push(start..text.len());
    if parts.len() < 2 {
        let message = format!("volume `{text}` names no container path: write `SOURCE:TARGET` or `SOURCE:TARGET:ro`");
        return Err(VolumeFault { range: 0..text.len(), message });
    }
    if let Some(fourth) = parts.get(3) {
        let message = format!(
            "volume `{text}` has {} parts: it is split at every `:` into source, target and mode, also inside `${{NAME:-default}}`",
            parts.len()
        );
        return Err(VolumeFault { range: fourth.start - 1..text.len(), message });
    }
    let (source_range, target_range, mode_range) = (parts[0].clone(), parts[1].clone(), parts.get(2).cloned());
    let read_only = match mode_range.clone().map(|range| &text[range]) {
        None | Some("" | "rw") => false,
        Some("ro") => true,
        Some(mode) => {
            let message = format!("`{mode}` is no volume mode: the third part is `ro` (read-only) or `rw`");
            return Err(VolumeFault { range: mode_range.unwrap_or_default(), message });
        }
    };
    let target = &text[target_range.clone()];
    if !target.starts_with('/') && !target.contains('$') {
        let message = match target {
            "" => format!("volume `{text}` names no container path behind its colon"),
            _ => format!("the container path `{target}` is not absolute: start it with `/`"),
        };
        return Err(VolumeFault { range: target_range, message });
    }
    let source = text[source_range.clone()].to_owned();
    let (target, kind) = (target.to_owned(), classify(&source));
    Ok(Volume { source, target, read_only, kind, source_range, target_range, mode_range })
}

/// What a source is: a path has a separator or begins with `.` or `~`; anything else is a name.
pub fn classify(source: &str) -> VolumeKind {
    if source.is_empty() {
        VolumeKind::Anonymous
    } else if source.starts_with(['.', '~']) || source.contains(['/', '\\']) {
        VolumeKind::Bind
    } else {
        VolumeKind::Named
    }
}

/// A path without `.`, `..`, doubled slashes and one at the end.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::with_capacity(8);
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let mut out = String::with_capacity(path.len());
    for part in parts {
        if !out.is_empty() || path.starts_with('/') {
            out.push('/');
        }
        out.push_str(part);
    }
    if out.is_empty() && path.starts_with('/') { "/".to_owned() } else { out }
}

/// The part of a path below a folder; empty for the folder itself.
pub fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(folder.trim_end_matches('/'))?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The `$NAME` and `${NAME}` in the source. An escaped one counts: the escape only shields it
/// from the DAG's own values, and the environment of the process is asked afterwards.
pub fn variables(text: &str) -> Vec<Variable> {
    let source = text.split(':').next().unwrap_or_default();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(dollar) = source[at..].find('$').map(|i| at + i) {
        let rest = &source[dollar + 1..];
        let (name, length) = match rest.strip_prefix('{') {
            Some(braced) => {
                let name = reference::leading_name(braced);
                (name, if braced[name.len()..].starts_with('}') { name.len() + 2 } else { 0 })
            }
            None => {
                let name = reference::leading_name(rest);
                (name, name.len())
            }
        };
        at = dollar + 1 + length;
        if !name.is_empty() && length > 0 {
            found.push(Variable { name: name.to_owned(), range: dollar..at });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        for (text, expected) in [
            (".:/workspace", Ok((".", "/workspace", false, VolumeKind::Bind))),
            (".:/workspace:ro", Ok((".", "/workspace", true, VolumeKind::Bind))),
            ("data:/d:rw", Ok(("data", "/d", false, VolumeKind::Named))),
            ("sub/:/d:", Ok(("sub/", "/d", false, VolumeKind::Bind))),
            (":/m", Ok(("", "/m", false, VolumeKind::Anonymous))),
            ("~bob:/m", Ok(("~bob", "/m", false, VolumeKind::Bind))),
            ("${HOME}/.x:${T}", Ok(("${HOME}/.x", "${T}", false, VolumeKind::Bind))),
            ("/only", Err("/only")),
            ("/a:/b:rx", Err("rx")),
            // A Windows path is split too.
            ("C:\\x:/m", Err("/m")),
            ("${HOME:-x}/h:/m", Err("/m")),
            ("a:/b:ro:z", Err(":z")),
            ("/a:rel", Err("rel")),
        ] {
            let got = parse(text);
            match expected {
                Ok((source, target, read_only, kind)) => {
                    let volume = got.unwrap();
                    assert_eq!(
                        (volume.source.as_str(), volume.target.as_str(), volume.read_only, volume.kind),
                        (source, target, read_only, kind)
                    );
                    assert_eq!((&text[volume.source_range], &text[volume.target_range]), (source, target));
                }
                Err(part) => assert_eq!(&text[got.unwrap_err().range], part, "{text}"),
            }
        }
    }

    #[test]
    fn variables_of_the_source() {
        let text = "${HOME}/$A-\\$B/${env.C}/${:$D";
        let found: Vec<_> = variables(text).into_iter().map(|v| (v.name, text[v.range].to_owned())).collect();
        let expected = [("HOME", "${HOME}"), ("A", "$A"), ("B", "$B")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(found, expected);
    }
}
