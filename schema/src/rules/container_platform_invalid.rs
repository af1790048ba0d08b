use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Severity, Fix, Safety};
use crate::suggest::nearest;

pub(super) static RULE: Rule = Rule {
    name: "container-platform-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    refused: false,
    summary: "`platform` is not `os/architecture` or `os/architecture/variant`.",
    why: "The platform is sent to the daemon with every pull and every new container. One that cannot be read fails each run.",
    grounds: "Engine, at run time: `failed to parse platform`; a lone word must be an operating system or an architecture that containerd knows.",
    bad: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 platform: linuxx\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    good: "container:\n\
        \x20 image: alpine:3.20\n\
        \x20 platform: linux/amd64\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: echo hello\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Steps(check)),
};

const SYSTEMS: &[&str] = &[
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd", "openbsd", "plan9",
    "solaris", "windows", "zos", "macos",
];
const ARCHITECTURES: &[&str] = &[
    "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips", "mipsle", "mips64", "mips64le",
    "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64", "wasm", "i386", "x86_64", "x86-64",
    "aarch64", "armhf", "armel",
];

fn check(context: &Context<'_>, sink: &mut Sink) {
    for owned in context.containers() {
        let (Some(platform), Some(entry)) = (&owned.container.platform, owned.container.entry("platform")) else { continue };
        if owned.container.attach().is_none() && !platform.is_empty() && !platform.contains('$') && !is_platform(platform) {
            let finding = sink.finding(
                entry.value.span,
                format!("`{platform}` is no platform: write `os/architecture`, such as `linux/amd64`; every run fails"),
            );
            let parts: Vec<&str> = platform.split('/').collect();
            let system = nearest(parts[0], SYSTEMS.iter().copied()).unwrap_or(parts[0]);
            let architecture = parts.get(1).map(|part| nearest(part, ARCHITECTURES.iter().copied()).unwrap_or(part));
            let mended = architecture.map_or_else(|| system.to_owned(), |architecture| format!("{system}/{architecture}"));
            let mended = if parts.len() > 2 { format!("{mended}/{}", parts[2]) } else { mended };
            sink.push(if is_platform(&mended) {
                finding.fix(Fix::replace(format!("Write `{mended}`"), Safety::Safe, entry.value.span, mended))
            } else {
                finding
            });
        }
    }
}

/// Whether containerd's parser accepts it: one to three parts of letters, digits, `_` and `-`; a
/// lone part must be a known system or architecture.
fn is_platform(platform: &str) -> bool {
    let parts: Vec<&str> = platform.split('/').collect();
    let well_formed = |part: &&str| {
        let part = part.split_once('(').map_or(*part, |(system, _)| system);
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    let known = |part: &str, list: &[&str]| list.contains(&part.to_lowercase().as_str());
    match parts.as_slice() {
        [one] => well_formed(one) && (known(one, SYSTEMS) || known(one, ARCHITECTURES)),
        [_, _] | [_, _, _] => parts.iter().all(well_formed),
        _ => false,
    }
}
