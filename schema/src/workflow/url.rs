//! Addresses as Go's `net/url` reads them.

/// Whether a text is an `http` or `https` address with a host.
pub fn is_absolute_http(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") || text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return false;
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = &tail[..tail.find('?').unwrap_or(tail.len())];
    is_host(host) && has_whole_escapes(path)
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rfind(':').filter(|&colon| !host[colon..].contains(']')) {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, ""),
    };
    let is_allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || "-_.~!$&'()*+,;=:[]<>\"%".contains(c);
    !host.is_empty() && name.chars().all(is_allowed) && has_whole_escapes(name) && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether two hexadecimal digits follow each `%`.
fn has_whole_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()))
}
