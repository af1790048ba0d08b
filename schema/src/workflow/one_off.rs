//! One-off times of a schedule: a date and a time with its offset, to the minute.

use super::fault::Fault;

/// What is wrong with a text that should be `YYYY-MM-DDTHH:MM:00` and `Z` or an offset.
pub fn fault(text: &str) -> Option<Fault> {
    let bytes = text.as_bytes();
    let whole = 0..text.len();
    let shape = |template: &str, part: &[u8]| {
        part.len() == template.len()
            && part
                .iter()
                .zip(template.bytes())
                .all(|(&byte, expected)| if expected == b'9' { byte.is_ascii_digit() } else { byte == expected })
    };
    let malformed = |message: &str| {
        Some(
            Fault::new(whole.clone(), format!("`{text}` is no time of a single start: {message}"))
                .help("write it as `2030-01-31T08:00:00Z` or with an offset: `2030-01-31T08:00:00+01:00`"),
        )
    };
    if !bytes.get(..19).is_some_and(|start| shape("9999-99-99T99:99:99", start)) {
        return malformed("date, time and offset are needed, with the seconds");
    }
    let offset = &bytes[19..];
    let is_offset = offset == b"Z" || shape("+99:99", offset) || shape("-99:99", offset);
    if !is_offset {
        return malformed(if offset.is_empty() {
            "the offset is missing"
        } else {
            "after the seconds comes `Z` or an offset such as `+01:00`"
        });
    }
    let part = |from: usize| text.get(from..from + 2).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or_default();
    let outside = |from: usize, name: &str| Some(Fault::new(from..from + 2, format!("there is no {name} `{}`", &text[from..from + 2])));
    let year = text.get(..4).and_then(|digits| digits.parse::<u32>().ok()).unwrap_or_default();
    let month = part(5);
    if !(1..=12).contains(&month) {
        return outside(5, "month");
    }
    if !(1..=days(year, month)).contains(&part(8)) {
        return outside(8, "such day in this month:");
    }
    if part(11) > 23 {
        return outside(11, "hour");
    }
    if part(14) > 59 {
        return outside(14, "minute");
    }
    if part(17) != 0 {
        return Some(Fault::new(17..19, "a single start is given to the minute: the seconds must be `00`"));
    }
    if offset.len() > 1 && part(20) > 24 {
        return outside(20, "offset of hours");
    }
    if offset.len() > 1 && part(23) > 60 {
        return outside(23, "offset of minutes");
    }
    None
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
