//! Points in time as Go reads them after RFC 3339.

/// Whether a text is a date and time with an offset, such as `2030-01-31T08:00:00Z`. As in Go, the
/// hour may have one digit, and a comma may stand before the fraction.
pub fn is_rfc3339(text: &str) -> bool {
    read(text).is_some()
}

fn read(text: &str) -> Option<()> {
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let offset_at = rest.find(['Z', '+', '-'])?;
    let (clock, offset) = rest.split_at(offset_at);
    let (clock, fraction) = match clock.find(['.', ',']) {
        Some(at) => (&clock[..at], Some(&clock[at + 1..])),
        None => (clock, None),
    };
    let clock = if clock.find(':') == Some(1) { format!("0{clock}") } else { clock.to_owned() };
    let [hour, minute, second] = numbers(&clock, ':', [2, 2, 2])?;
    let is_fraction = fraction.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let is_date = (1..=12).contains(&month) && day >= 1 && day <= days(year, month);
    let is_clock = hour < 24 && minute < 60 && second < 60;
    (is_fraction && is_date && is_clock && is_offset(offset)).then_some(())
}

/// Three numbers of these lengths, separated by one character.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(parts.next()?, length)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_offset(text: &str) -> bool {
    let numbers = text.strip_prefix(['+', '-']).and_then(|rest| rest.split_once(':'));
    text == "Z"
        || numbers.is_some_and(|(hours, minutes)| digits(hours, 2).is_some_and(|h| h <= 24) && digits(minutes, 2).is_some_and(|m| m < 60))
}
