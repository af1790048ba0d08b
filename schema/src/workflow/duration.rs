//! Durations as Go reads them: `300ms`, `-1.5h`, `2h45m`.

/// Nanoseconds of a Go duration. `None` for what `time.ParseDuration` rejects: a number without
/// a unit, an unknown unit, more than 292 years.
pub fn nanoseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = &rest[..digits];
        if !number.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let value: f64 = number.parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = unit(rest)?;
        total += value * unit;
        rest = &rest[length..];
    }
    let total = if negative { -total } else { total };
    // 2^63 is the first f64 beyond the range, so the comparison is exact.
    (total.abs() < 9_223_372_036_854_775_808.0).then_some(total as i64)
}

/// Nanoseconds and length in bytes of the unit a text starts with.
fn unit(text: &str) -> Option<(f64, usize)> {
    const UNITS: [(&str, f64); 8] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
    UNITS.iter().find(|(name, _)| text.starts_with(name)).map(|&(name, factor)| (factor, name.len()))
}

/// A length of time in words: `1 hour 30 minutes`. What is shorter than a second stays a fraction of it.
pub fn words(nanoseconds: i64) -> String {
    const UNITS: [(&str, u64); 4] = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let sign = if nanoseconds < 0 { "minus " } else { "" };
    let whole = nanoseconds.unsigned_abs();
    let (mut seconds, rest) = (whole / 1_000_000_000, whole % 1_000_000_000);
    let mut parts = Vec::new();
    for (unit, size) in UNITS {
        let count = seconds / size;
        seconds %= size;
        if count > 0 {
            parts.push(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
        }
    }
    match rest {
        0 => {}
        rest if rest % 1_000_000 == 0 => parts.push(format!("{} ms", rest / 1_000_000)),
        rest if rest % 1000 == 0 => parts.push(format!("{} µs", rest / 1000)),
        rest => parts.push(format!("{rest} ns")),
    }
    if parts.is_empty() { "no time at all".to_owned() } else { format!("{sign}{}", parts.join(" ")) }
}
