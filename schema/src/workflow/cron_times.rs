//! When a cron expression comes round: in words, and by the calendar.
//!
//! As the engine's parser reads it (robfig/cron v3): where both the day of the month and the day of the week
//! are limited, one of them is enough; a `*` or `?`, also with a step of 1, limits nothing.

use super::cron::{self, FIELDS, Field};
use super::fault::words;

/// A cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// The time zone that stands before it.
    pub zone: Option<String>,
    minutes: Values,
    hours: Values,
    days: Values,
    months: Values,
    weekdays: Values,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The month, from 1.
    pub month: u32,
    /// The day of the month, from 1.
    pub day: u32,
    /// The day of the week; Sunday is 0.
    pub weekday: u32,
}

/// The values of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Values {
    bits: u64,
    /// Whether it is a `*`: nothing is limited.
    any: bool,
    /// The step of a `*/n`.
    step: Option<u32>,
    most: u32,
}

impl Values {
    /// Reads a field that has no fault.
    fn read(field: &Field, written: &str) -> Option<Self> {
        let mut values = Self { bits: 0, any: false, step: None, most: field.most };
        let mut count = 0;
        for (_, item) in cron::items(written, 0) {
            count += 1;
            let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
            let step: u32 = step.map_or(Some(1), |step| step.trim_start_matches('+').parse().ok())?;
            let value = |text: &str| {
                let named = field.names.iter().position(|name| name.eq_ignore_ascii_case(text));
                let named = named.and_then(|index| u32::try_from(index).ok()).map(|index| index + field.least);
                named.or_else(|| text.trim_start_matches('+').parse().ok())
            };
            let (low, high) = match range.split_once('-') {
                _ if matches!(range, "*" | "?") => {
                    values.any |= step == 1;
                    values.step = Some(step).filter(|step| *step > 1);
                    (field.least, field.most)
                }
                Some((low, high)) => (value(low)?, value(high)?),
                // With a step, a lone value is where the range begins.
                None if item.contains('/') => (value(range)?, field.most),
                None => (value(range)?, value(range)?),
            };
            if low < field.least || high > field.most || step == 0 {
                return None;
            }
            let reached = (low..=high).step_by(usize::try_from(step).ok()?);
            values.bits |= reached.fold(0, |bits, value| bits | 1 << value);
        }
        if count > 1 {
            values.step = None;
        }
        (count > 0).then_some(values)
    }

    fn has(&self, value: u32) -> bool {
        value < u64::BITS && self.bits & (1 << value) != 0
    }

    fn all(&self) -> Vec<u32> {
        (0..=self.most).filter(|&value| self.has(value)).collect()
    }

    /// The values in words, those in a row as a range.
    fn said(&self, name: impl Fn(u32) -> String) -> String {
        let mut parts: Vec<(u32, u32)> = Vec::new();
        for value in self.all() {
            match parts.last_mut() {
                Some((_, last)) if *last + 1 == value => *last = value,
                _ => parts.push((value, value)),
            }
        }
        let said = |(first, last): (u32, u32)| match last - first {
            0 => vec![name(first)],
            1 => vec![name(first), name(last)],
            _ => vec![format!("{} to {}", name(first), name(last))],
        };
        joined(parts.into_iter().flat_map(said).collect())
    }
}

fn joined(parts: Vec<String>) -> String {
    match parts.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 13] =
    ["", "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

fn named(names: &[&str], value: u32) -> String {
    usize::try_from(value).ok().and_then(|value| names.get(value)).map_or_else(String::new, |name| (*name).to_owned())
}

impl Cron {
    /// Reads an expression; `None` for one that the engine refuses.
    pub fn read(text: &str) -> Option<Self> {
        if !cron::faults(text).is_empty() {
            return None;
        }
        let (zone, start) = cron::zone(text);
        let written: Vec<&str> = words(text.get(start..)?).into_iter().map(|(_, word)| word).collect();
        let [minutes, hours, days, months, weekdays] = written.as_slice() else { return None };
        let [of_minutes, of_hours, of_days, of_months, of_weekdays] = &FIELDS;
        Some(Self {
            zone: zone.map(|(_, name)| name.to_owned()).filter(|name| !name.is_empty()),
            minutes: Values::read(of_minutes, minutes)?,
            hours: Values::read(of_hours, hours)?,
            days: Values::read(of_days, days)?,
            months: Values::read(of_months, months)?,
            weekdays: Values::read(of_weekdays, weekdays)?,
        })
    }

    /// Whether it comes round on a day.
    pub fn is_on(&self, day: Day) -> bool {
        let (by_day, by_weekday) = (self.days.has(day.day), self.weekdays.has(day.weekday));
        let is_day = if self.days.any || self.weekdays.any { by_day && by_weekday } else { by_day || by_weekday };
        is_day && self.months.has(day.month)
    }

    /// The times of such a day, as hour and minute.
    pub fn times(&self) -> impl Iterator<Item = (u32, u32)> {
        let minutes = self.minutes.all();
        self.hours.all().into_iter().flat_map(move |hour| minutes.clone().into_iter().map(move |minute| (hour, minute)))
    }

    /// The expression in words, without the time zone.
    pub fn words(&self) -> String {
        let mut out = self.time_in_words();
        match (self.days.any, self.weekdays.any) {
            (true, true) => {}
            (true, false) => out.push_str(&format!(", on {}", self.weekdays_in_words())),
            (false, true) => out.push_str(&format!(", on {}", self.days_in_words())),
            (false, false) => {
                out.push_str(&format!(", on {}, and besides on each {}", self.days_in_words(), self.weekdays_in_words()));
            }
        }
        if !self.months.any {
            let months = match self.months.step {
                Some(step) => format!("every {} month from January", ordinal(step)),
                None => self.months.said(|month| named(&MONTHS, month)),
            };
            out.push_str(&format!(", in {months}"));
        }
        let has_fixed_time = !self.hours.any && (self.hours.step.is_none() || out.starts_with("at "));
        if self.days.any && self.weekdays.any && self.months.any && has_fixed_time {
            out.push_str(", every day");
        }
        out
    }

    fn weekdays_in_words(&self) -> String {
        self.weekdays.said(|day| named(&WEEKDAYS, day))
    }

    fn days_in_words(&self) -> String {
        match (self.days.step, self.days.all().as_slice()) {
            (Some(step), _) => format!("every {} day of the month from the 1st", ordinal(step)),
            (None, [_]) => format!("day {} of the month", self.days.said(|day| day.to_string())),
            (None, _) => format!("the days {} of the month", self.days.said(|day| day.to_string())),
        }
    }

    fn time_in_words(&self) -> String {
        const MOST_TIMES: usize = 6;
        let (minutes, hours) = (self.minutes.all(), self.hours.all());
        let of_hours = |lead: &str| match (self.hours.any, self.hours.step) {
            (true, _) => String::new(),
            (_, Some(step)) => format!("{lead} every {} hour from 00:00", ordinal(step)),
            _ => format!("{lead} the {} {}", if hours.len() == 1 { "hour" } else { "hours" }, self.hours.said(|hour| format!("{hour:02}"))),
        };
        match (minutes.as_slice(), self.minutes.any, self.minutes.step) {
            (_, true, _) => format!("every minute{}", of_hours(" of")),
            (_, _, Some(step)) => {
                let every =
                    if 60 % step == 0 { format!("every {step} minutes") } else { format!("every {} minute of the hour", ordinal(step)) };
                format!("{every}{}", of_hours(" in"))
            }
            ([0], ..) if self.hours.any => "every hour, on the hour".to_owned(),
            ([0], ..) if self.hours.step.is_some_and(|step| 24 % step == 0) => {
                format!("every {} hours, on the hour", self.hours.step.unwrap_or_default())
            }
            (minutes, ..) if !self.hours.any && minutes.len() * hours.len() <= MOST_TIMES => {
                let times = self.times().map(|(hour, minute)| format!("{hour:02}:{minute:02}")).collect();
                format!("at {}", joined(times))
            }
            (minutes, ..) => {
                let word = if minutes.len() == 1 { "minute" } else { "minutes" };
                let hours = if self.hours.any { " of every hour".to_owned() } else { of_hours(" of") };
                format!("at {word} {}{hours}", self.minutes.said(|minute| minute.to_string()))
            }
        }
    }
}

fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        for (text, expected) in [
            ("* * * * *", "every minute"),
            ("*/15 * * * *", "every 15 minutes"),
            ("*/7 * * * *", "every 7th minute of the hour"),
            ("0 * * * *", "every hour, on the hour"),
            ("5 * * * *", "at minute 5 of every hour"),
            ("0,30 * * * *", "at minutes 0 and 30 of every hour"),
            ("0 */6 * * *", "every 6 hours, on the hour"),
            ("10 */6 * * *", "at 00:10, 06:10, 12:10 and 18:10, every day"),
            ("0 8 * * *", "at 08:00, every day"),
            ("30 8,12 * * 1-5", "at 08:30 and 12:30, on Monday to Friday"),
            ("CRON_TZ=Europe/Berlin 0 8 1 * ?", "at 08:00, on day 1 of the month"),
            ("0 8 1,15 1-3 *", "at 08:00, on the days 1 and 15 of the month, in January to March"),
            ("0 8 13 * fri", "at 08:00, on day 13 of the month, and besides on each Friday"),
            ("*/10 9-17 * * mon-fri", "every 10 minutes in the hours 09 to 17, on Monday to Friday"),
            ("* 2 * * *", "every minute of the hour 02, every day"),
            ("0 0 */2 */3 *", "at 00:00, on every 2nd day of the month from the 1st, in every 3rd month from January"),
            ("5/20 0 * * 0,6", "at 00:05, 00:25 and 00:45, on Sunday and Saturday"),
        ] {
            assert_eq!(Cron::read(text).unwrap().words(), expected, "{text}");
        }
        for text in ["", "@daily", "60 * * * *", "* * * *", "TZ=Nowhere * * * * *", "0 0 * * 7"] {
            assert_eq!(Cron::read(text), None, "{text}");
        }
    }

    #[test]
    fn days() {
        // 13 November 2026 is a Friday.
        let [friday, monday] = [(13, 5), (16, 1)].map(|(day, weekday)| Day { month: 11, day, weekday });
        for (text, expected) in [
            ("0 0 13 * 1", [true, true]),
            ("0 0 13 * *", [true, false]),
            ("0 0 * * 1", [false, true]),
            // A step other than 1 limits: one of both is enough.
            ("0 0 */2 * 1", [true, true]),
            ("0 0 */1 * 1", [false, true]),
            ("0 0 13 12 *", [false, false]),
        ] {
            let cron = Cron::read(text).unwrap();
            assert_eq!([cron.is_on(friday), cron.is_on(monday)], expected, "{text}");
        }
    }
}
