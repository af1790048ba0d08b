//! Cron expressions as the engine's parser (robfig/cron v3, five fields, no descriptors) reads them.

use std::ops::Range;

use super::fault::{Fault, trimmed, words};
use super::timezone;

/// A field of a cron expression.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) least: u32,
    pub(super) most: u32,
    /// Names for values, in lower case, from the least value on.
    pub(super) names: &'static [&'static str],
}

pub(super) const FIELDS: [Field; 5] = [
    Field { name: "minute", least: 0, most: 59, names: &[] },
    Field { name: "hour", least: 0, most: 23, names: &[] },
    Field { name: "day of month", least: 1, most: 31, names: &[] },
    Field {
        name: "month",
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { name: "day of week", least: 0, most: 6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// A `*/n` that does not divide its hour or day, so that one pause is shorter than the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uneven {
    /// The field, in bytes of the text.
    pub range: Range<usize>,
    /// The step.
    pub step: u32,
    /// How many values the field has: 60 minutes or 24 hours.
    pub cycle: u32,
}

/// What is wrong with an expression: every field that cannot be read.
pub fn faults(text: &str) -> Vec<Fault> {
    let (zone, start) = zone(text);
    let mut found = Vec::new();
    if let Some((range, name)) = zone {
        if start == text.len() {
            let message = "after the time zone there is no cron expression: the engine crashes on it";
            return vec![Fault::new(range, message).help("write the five fields after the zone: `CRON_TZ=Europe/Berlin 0 8 * * *`")];
        }
        if !timezone::is_known(name) {
            let message = format!("`{name}` is no time zone that the engine knows");
            found.push(
                Fault::new(range, message).help("zones are named as in `Europe/Berlin`, `America/New_York` or `UTC`; letter case counts"),
            );
        }
    }
    let body = &text[start..];
    let whole = shifted(trimmed(body), start);
    if body.trim_start().starts_with('@') {
        let message = "the engine takes no descriptors such as `@daily` or `@every`, only the five fields of a cron expression";
        found.push(Fault::new(whole, message).help(five_fields(body.trim())));
        return found;
    }
    let fields = words(body);
    if fields.len() != FIELDS.len() {
        let (range, message) = match fields.get(5) {
            Some((extra, _)) if fields.len() > 5 => (
                shifted(extra.start..trimmed(body).end, start),
                format!("a cron expression has exactly five fields, but this has {}", fields.len()),
            ),
            _ => (whole, format!("a cron expression has exactly five fields, but this has {}", fields.len())),
        };
        let help = if fields.len() == 6 {
            "the fields are minute, hour, day of month, month and day of week; there is none for seconds or years"
        } else {
            "the fields are minute, hour, day of month, month and day of week"
        };
        found.push(Fault::new(range, message).help(help));
        return found;
    }
    for (field, (range, written)) in FIELDS.iter().zip(fields) {
        found.extend(items(written, range.start + start).filter_map(|(at, item)| field.fault(item, at)));
    }
    found
}

/// Steps of minutes and hours that do not come at even times.
pub fn uneven(text: &str) -> Vec<Uneven> {
    let (_, start) = zone(text);
    let fields = words(&text[start..]);
    if fields.len() != FIELDS.len() {
        return Vec::new();
    }
    let steps = fields.into_iter().zip([(60, None), (24, Some(5))]);
    steps
        .filter_map(|((range, written), (cycle, silent))| {
            let step: u32 = written.strip_prefix("*/")?.parse().ok()?;
            let is_uneven = step > 0 && cycle % step != 0 && silent != Some(step);
            is_uneven.then_some(Uneven { range: shifted(range, start), step, cycle })
        })
        .collect()
}

/// The time zone with its place, and the byte at which the expression starts.
pub(crate) fn zone(text: &str) -> (Option<(Range<usize>, &str)>, usize) {
    let lead = text.len() - text.trim_start().len();
    let Some(prefix) = ["CRON_TZ=", "TZ="].into_iter().find(|prefix| text[lead..].starts_with(prefix)) else { return (None, 0) };
    let start = lead + prefix.len();
    let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
    let rest = text[end..].find(|c: char| !c.is_whitespace()).map_or(text.len(), |blanks| end + blanks);
    (Some((if start == end { lead..end } else { start..end }, &text[start..end])), rest)
}

/// The items of a list, with the byte at which each starts; empty ones count for nothing.
pub(super) fn items(field: &str, start: usize) -> impl Iterator<Item = (usize, &str)> {
    let mut at = start;
    field
        .split(',')
        .map(move |item| {
            let from = at;
            at += item.len() + 1;
            (from, item)
        })
        .filter(|(_, item)| !item.is_empty())
}

impl Field {
    /// What is wrong with one item: `*`, `5`, `1-5`, `*/10`, `MON-FRI/2`.
    fn fault(&self, item: &str, at: usize) -> Option<Fault> {
        let whole = at..at + item.len();
        let mut parts = item.split('/');
        let (range, step) = (parts.next().unwrap_or_default(), parts.next());
        if parts.next().is_some() {
            return Some(Fault::new(whole, format!("`{item}` has more than one `/`")));
        }
        let fault = self.range_fault(range, at, step.is_some());
        if fault.is_some() {
            return fault;
        }
        let step = step?;
        let place = at + range.len() + 1..at + item.len();
        match number(step) {
            None if step.is_empty() => Some(Fault::new(whole, format!("after the `/` of `{item}` there is no number"))),
            None => Some(Fault::new(place, format!("the step `{step}` is no number"))),
            Some(0) => Some(Fault::new(place, "a step of 0 never moves on: it must be at least 1")),
            Some(_) => None,
        }
    }

    fn range_fault(&self, range: &str, at: usize, has_step: bool) -> Option<Fault> {
        let mut bounds = range.split('-');
        let (low, high) = (bounds.next().unwrap_or_default(), bounds.next());
        if matches!(low, "*" | "?") {
            return bounds.next().map(|_| Fault::new(at..at + range.len(), format!("`{range}` has more than one `-`")));
        }
        if low.is_empty() {
            let message = if has_step {
                format!("before the `/` there is no value for the {}", self.name)
            } else {
                format!("`{range}` starts with `-`: values are not negative")
            };
            return Some(Fault::new(at..at + range.len().max(1), message).help("write `*/5` for every fifth"));
        }
        let low_place = at..at + low.len();
        let first = match self.value(low, low_place.clone()) {
            Ok(value) => value,
            Err(fault) => return Some(*fault),
        };
        let Some(high) = high else { return self.bounds(first, low, low_place) };
        let high_place = low_place.end + 1..low_place.end + 1 + high.len();
        if bounds.next().is_some() {
            return Some(Fault::new(at..at + range.len(), format!("`{range}` has more than one `-`")));
        }
        if high.is_empty() {
            return Some(Fault::new(at..at + range.len(), format!("the range `{range}` has no end")));
        }
        let last = match self.value(high, high_place.clone()) {
            Ok(value) => value,
            Err(fault) => return Some(*fault),
        };
        let outside = self.bounds(first, low, low_place).or_else(|| self.bounds(last, high, high_place));
        outside.or_else(|| {
            (first > last).then(|| {
                let message = format!("the range `{range}` runs backwards: {first} is after {last}");
                Fault::new(at..at + range.len(), message).help("split a range that goes over the end in two: `22-23,0-2`")
            })
        })
    }

    fn value(&self, text: &str, place: Range<usize>) -> Result<u32, Box<Fault>> {
        let name = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let named = name.and_then(|index| u32::try_from(index).ok()).map(|index| index + self.least);
        named.or_else(|| number(text)).ok_or_else(|| {
            let known = match self.names {
                [first, .., last] => format!(" or a name from `{first}` to `{last}`"),
                _ => String::new(),
            };
            Box::new(Fault::new(
                place,
                format!("`{text}` is no {}: it must be a number from {} to {}{known}", self.name, self.least, self.most),
            ))
        })
    }

    fn bounds(&self, value: u32, text: &str, place: Range<usize>) -> Option<Fault> {
        if (self.least..=self.most).contains(&value) {
            return None;
        }
        let fault = Fault::new(place, format!("`{text}` is no {}: it must be from {} to {}", self.name, self.least, self.most));
        Some(if self.most == 6 && value == 7 { fault.help("Sunday is 0") } else { fault })
    }
}

/// A number as Go's `Atoi` reads it, without a minus. What is too large counts as no number.
fn number(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What fits Go's 64 bits but not ours is out of range either way.
    digits.parse::<i64>().ok().map(|value| u32::try_from(value).unwrap_or(u32::MAX))
}

fn five_fields(descriptor: &str) -> &'static str {
    match descriptor {
        "@hourly" => "write `0 * * * *`",
        "@daily" | "@midnight" => "write `0 0 * * *`",
        "@weekly" => "write `0 0 * * 0`",
        "@monthly" => "write `0 0 1 * *`",
        "@yearly" | "@annually" => "write `0 0 1 1 *`",
        _ => "the fields are minute, hour, day of month, month and day of week",
    }
}

fn shifted(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}
