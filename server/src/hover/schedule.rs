//! A cron expression: in words, and when it comes round next.

use dagu_schema::Spanned;
use dagu_schema::workflow::cron_times::{Cron, Day};
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

use super::View;

/// How many of the next times are said.
const NEXT: usize = 5;

/// Years after which the engine looks no further.
const YEARS: i16 = 5;

/// The expression at the place.
pub(super) fn at(view: &View<'_>) -> Option<Spanned<String>> {
    if view.owner.step.is_some() || view.owner.keys.first() != Some(&"schedule") || matches!(view.key(), "at" | "profile" | "kind") {
        return None;
    }
    let node = view.spot.scalar()?;
    let cron = Cron::read(node.text()?)?;
    let what = match view.owner.keys.get(1).copied() {
        Some("stop") => "Stops",
        Some("restart") => "Restarts",
        _ => "Starts",
    };
    let zone = match &cron.zone {
        Some(name) => TimeZone::get(name).ok(),
        None => Some(TimeZone::system()),
    };
    let mut text = format!("**{what}** {}", cron.words());
    match (&cron.zone, zone.as_ref().and_then(TimeZone::iana_name)) {
        (Some(name), _) => text.push_str(&format!(", in the time zone `{name}`")),
        (None, Some(name)) => text.push_str(&format!(", in the scheduler's time zone (on this machine `{name}`)")),
        (None, None) => text.push_str(", in the scheduler's time zone"),
    }
    text.push_str(".\n");
    if let Some(zone) = zone {
        let next = next(&cron, &zone, view.now, NEXT);
        text.push_str(if next.is_empty() { "\nIt never comes round.\n" } else { "\nNext:\n\n" });
        for time in next {
            let time = time.to_zoned_datetime(zone.clone());
            text.push_str(&format!("- {}\n", time.strftime("%a %Y-%m-%d %H:%M %:z")));
        }
    }
    Some(Spanned::new(text, node.span))
}

/// The next times after now. As the engine's scheduler has it, a time that the clock leaps over is left out,
/// and one that it comes by twice counts twice.
fn next(cron: &Cron, zone: &TimeZone, now: Timestamp, count: usize) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let first = zone.to_datetime(now).date();
    let mut day = first;
    while found.len() < count && day.year() - first.year() <= YEARS {
        if cron.is_on(of(day)) {
            let times = cron.times().filter_map(|(hour, minute)| Some(day.at(hour.try_into().ok()?, minute.try_into().ok()?, 0, 0)));
            let mut today: Vec<Timestamp> = times
                .flat_map(|time| match zone.to_ambiguous_timestamp(time).offset() {
                    AmbiguousOffset::Unambiguous { offset } => vec![offset.to_timestamp(time)],
                    AmbiguousOffset::Gap { .. } => Vec::new(),
                    AmbiguousOffset::Fold { before, after } => vec![before.to_timestamp(time), after.to_timestamp(time)],
                })
                .filter_map(Result::ok)
                .filter(|time| *time > now)
                .collect();
            today.sort();
            found.extend(today);
        }
        let Ok(tomorrow) = day.checked_add(1.day()) else { break };
        day = tomorrow;
    }
    found.truncate(count);
    found
}

fn of(day: Date) -> Day {
    let number = |number: i8| u32::try_from(number).unwrap_or_default();
    Day { month: number(day.month()), day: number(day.day()), weekday: number(day.weekday().to_sunday_zero_offset()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `None` on a machine without the time zone.
    fn next_of(text: &str, now: &str) -> Option<Vec<String>> {
        let cron = Cron::read(text).unwrap();
        let zone = TimeZone::get(cron.zone.as_deref().unwrap_or("UTC")).ok()?;
        Some(next(&cron, &zone, now.parse().unwrap(), 4).iter().map(ToString::to_string).collect())
    }

    /// The engine's library has such cases in its own tests: a leap of the clock leaves a time out, and the hour
    /// that comes twice counts twice.
    #[test]
    fn next_times() {
        for (text, now, expected) in [
            ("0 8 * * 1-5", "2026-11-13T07:59:59Z", ["2026-11-13T08:00:00Z", "2026-11-16T08:00:00Z"]),
            ("0 8 * * 1-5", "2026-11-13T08:00:00Z", ["2026-11-16T08:00:00Z", "2026-11-17T08:00:00Z"]),
            ("*/20 23 31 12 *", "2026-11-13T08:00:00Z", ["2026-12-31T23:00:00Z", "2026-12-31T23:20:00Z"]),
            ("0 0 29 2 *", "2026-11-13T08:00:00Z", ["2028-02-29T00:00:00Z", ""]),
            ("0 0 30 2 *", "2026-11-13T08:00:00Z", ["", ""]),
            ("TZ=America/New_York 30 2 * * *", "2012-03-11T05:00:00Z", ["2012-03-12T06:30:00Z", "2012-03-13T06:30:00Z"]),
            ("CRON_TZ=America/New_York 0 1 * * *", "2012-11-04T04:00:00Z", ["2012-11-04T05:00:00Z", "2012-11-04T06:00:00Z"]),
            ("CRON_TZ=Asia/Kolkata 0 9 * * *", "2026-11-13T00:00:00Z", ["2026-11-13T03:30:00Z", "2026-11-14T03:30:00Z"]),
        ] {
            let Some(found) = next_of(text, now) else { continue };
            let found = [0, 1].map(|at| found.get(at).map_or("", String::as_str));
            assert_eq!(found, expected, "{text} after {now}");
        }
    }
}
