//! `container.ports`: `[[ip:]host:]container[/protocol]`.

use std::net::Ipv4Addr;
use std::ops::Range;

/// A port entry, split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The host address to listen on; `None` when the entry does not publish.
    pub host_ip: Option<String>,
    /// The host's port, or a range `FROM-TO` of which the daemon picks one; empty for any free
    /// one. `None` when the container port is exposed and not published.
    pub host_port: Option<String>,
    /// The port in the container.
    pub container_port: u16,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: &'static str,
}

/// Why a port entry cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortFault {
    /// The part at fault, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong and what to write.
    pub message: String,
}

/// Splits a port entry. IPv6 addresses are not possible, since the entry is split at every `:`.
///
/// # Errors
/// When it has more than three parts, or a part that the engine or the daemon refuses.
pub fn parse(text: &str) -> Result<Port, PortFault> {
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    let fault = |range: Range<usize>, message: String| PortFault { range: start + range.start..start + range.end, message };
    if trimmed.is_empty() {
        return Err(PortFault { range: 0..text.len(), message: "a port is empty: write `8080:80` or `80`".to_owned() });
    }

    // The protocol belongs to the container port, the last part; the engine looks for it after
    // the last colon only.
    let last = trimmed.rfind(':').map_or(0, |at| at + 1);
    let (number_range, protocol) = match trimmed[last..].find('/') {
        None => (last..trimmed.len(), "tcp"),
        Some(slash) => {
            let range = last + slash + 1..trimmed.len();
            let protocol = match &trimmed[range.clone()] {
                "tcp" => "tcp",
                "udp" => "udp",
                "sctp" => "sctp",
                other => {
                    let message = format!("`{other}` is no protocol of a port: write `tcp`, `udp` or `sctp`, in lower case");
                    return Err(fault(if range.is_empty() { last + slash..trimmed.len() } else { range }, message));
                }
            };
            (last..last + slash, protocol)
        }
    };
    let container = &trimmed[number_range.clone()];
    let Some(container_port) = plain_number(container) else {
        let message = match container {
            "" => format!("port `{trimmed}` names no container port: write `HOST:CONTAINER`, such as `8080:80`"),
            _ => format!("`{container}` is no container port: write a number from 0 to 65535"),
        };
        return Err(fault(if number_range.is_empty() { 0..trimmed.len() } else { number_range }, message));
    };
    if last == 0 {
        return Ok(Port { host_ip: None, host_port: None, container_port, protocol });
    }

    let before = &trimmed[..last - 1];
    let (ip, host_start) = match before.rfind(':') {
        None => ("0.0.0.0", 0),
        Some(colon) => (&before[..colon], colon + 1),
    };
    if ip.contains(':') {
        let message =
            format!("port `{trimmed}` has too many parts: it is `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, and IPv6 addresses are not possible");
        return Err(fault(0..trimmed.len(), message));
    }
    let ip = if ip.is_empty() { "0.0.0.0" } else { ip };
    if ip.parse::<Ipv4Addr>().is_err() {
        return Err(fault(0..host_start - 1, format!("`{ip}` is no host address: write an IPv4 address, such as `127.0.0.1`")));
    }
    let host = &before[host_start..];
    // The engine passes `8080/udp:80` on and the daemon takes it.
    let number = host.split_once('/').map_or(host, |(number, _)| number);
    let valid = number.is_empty()
        || plain_number(number).is_some()
        || number
            .split_once('-')
            .is_some_and(|(from, to)| matches!((plain_number(from), plain_number(to)), (Some(from), Some(to)) if from <= to));
    if !valid {
        let message = format!("`{host}` is no host port: write a number from 0 to 65535");
        return Err(fault(host_start..before.len(), message));
    }
    Ok(Port { host_ip: Some(ip.to_owned()), host_port: Some(host.to_owned()), container_port, protocol })
}

fn plain_number(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        for (text, expected) in [
            ("80", Ok((None, None, 80, "tcp"))),
            (" 80/udp ", Ok((None, None, 80, "udp"))),
            ("8080:80", Ok((Some("0.0.0.0"), Some("8080"), 80, "tcp"))),
            (":80", Ok((Some("0.0.0.0"), Some(""), 80, "tcp"))),
            ("127.0.0.1:8080:80/sctp", Ok((Some("127.0.0.1"), Some("8080"), 80, "sctp"))),
            ("1.2.3.4::80", Ok((Some("1.2.3.4"), Some(""), 80, "tcp"))),
            ("8000-8010:80", Ok((Some("0.0.0.0"), Some("8000-8010"), 80, "tcp"))),
            ("abc", Err("abc")),
            ("80-90", Err("80-90")),
            (" 99999", Err("99999")),
            ("8080:", Err("8080:")),
            ("80/TCP", Err("TCP")),
            ("80/", Err("/")),
            ("80/tcp/udp", Err("tcp/udp")),
            ("a:80", Err("a")),
            ("70000:80", Err("70000")),
            ("256.1.1.1:80:80", Err("256.1.1.1")),
            ("localhost:80:80", Err("localhost")),
            ("1:2:3:4", Err("1:2:3:4")),
            ("  ", Err("  ")),
        ] {
            match (parse(text), expected) {
                (Ok(port), Ok(expected)) => {
                    assert_eq!(
                        (port.host_ip.as_deref(), port.host_port.as_deref(), port.container_port, port.protocol),
                        expected,
                        "{text}"
                    );
                }
                (Err(fault), Err(part)) => assert_eq!(&text[fault.range], part, "{text}"),
                (got, _) => panic!("{text}: {got:?}"),
            }
        }
    }
}
