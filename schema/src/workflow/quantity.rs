//! Quantities as Kubernetes writes them: `500m`, `256Mi`, `1e3`.

use super::fault::Fault;

const SUFFIXES: &[&str] = &["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// What keeps a text from being a quantity that is not negative; `None` when it is one. The text
/// is taken as it stands: white space around it is a fault, and so is a reference.
pub fn fault(text: &str) -> Option<Fault> {
    if text.trim().is_empty() {
        return Some(Fault::new(0..text.len(), "it is empty").help("such as `500m` or `256Mi`"));
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let after_whole = unsigned.trim_start_matches(|c: char| c.is_ascii_digit());
    let suffix = match after_whole.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => after_whole,
    };
    let number_end = text.len() - suffix.len();
    if !SUFFIXES.contains(&suffix) && !is_exponent(suffix) {
        return Some(suffix_fault(text, number_end));
    }
    let number = text.get(..number_end).unwrap_or_default();
    let is_negative = number.starts_with('-') && number.contains(|c: char| matches!(c, '1'..='9'));
    is_negative.then(|| Fault::new(0..text.len(), "it must not be negative"))
}

/// Whether this is a power of ten, such as the `e3` of `1e3`.
fn is_exponent(suffix: &str) -> bool {
    suffix.strip_prefix(['e', 'E']).is_some_and(|digits| digits.parse::<i64>().is_ok())
}

fn suffix_fault(text: &str, number_end: usize) -> Fault {
    if text.contains(['$', '`']) {
        return Fault::new(0..text.len(), "references are not replaced here").help("write the amount itself");
    }
    if text.contains(char::is_whitespace) {
        return Fault::new(0..text.len(), "no white space may stand in it").help("such as `256Mi`");
    }
    let suffix = text.get(number_end..).unwrap_or_default();
    if number_end == 0 || suffix.contains(|c: char| !c.is_ascii_alphabetic()) {
        return Fault::new(0..text.len(), "it must be a number, with or without a unit").help("such as `500m`, `256Mi` or `1.5`");
    }
    let fault = Fault::new(number_end..text.len(), format!("there is no unit `{suffix}`"));
    match suffix.to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "k" => fault.help("write `Ki` for 1024, or `k` for 1000"),
        "m" => fault.help("write `Mi` for 1024 × 1024, `M` for a million, or `m` for a thousandth"),
        "g" => fault.help("write `Gi` for 1024 × 1024 × 1024, or `G` for 1000 × 1000 × 1000"),
        "t" => fault.help("write `Ti` or `T`"),
        "p" => fault.help("write `Pi` or `P`"),
        _ => fault.help("the usual units are `Ki`, `Mi` and `Gi`, and `m` for thousandths"),
    }
}
