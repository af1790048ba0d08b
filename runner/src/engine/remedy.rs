//! What to do when a container engine does not answer.

use std::io::ErrorKind;
use std::os::unix::net::UnixStream;

use crate::engine::Address;

/// What to do, by what the socket does when it is tried.
pub(super) fn of(address: &Address) -> String {
    let url = address.url.as_str();
    let socket = url.strip_prefix("unix://").or_else(|| url.starts_with('/').then_some(url));
    let elsewhere = match (address.variable, address.product) {
        (Some(name), _) => format!("correct {name}, which says so"),
        (None, "Podman") => "set DAGU_PODMAN_HOST to where it listens".to_owned(),
        (None, _) => "set DOCKER_HOST to where it listens".to_owned(),
    };
    let Some(socket) = socket else {
        return match url.split_once("://") {
            Some(("tcp" | "http", _)) => format!("Nothing answers there: start it, or {elsewhere}."),
            _ => format!("The address must start with `unix://` or `tcp://`: {elsewhere}."),
        };
    };
    let start = match address.product {
        "Podman" if socket.starts_with("/run/podman/") => {
            "`systemctl enable --now podman.socket`, for yourself alone `systemctl --user enable --now podman.socket`, or `podman system service --time=0`"
        }
        "Podman" => "`systemctl --user enable --now podman.socket`, or `podman system service --time=0`",
        _ => "`systemctl start docker`, or `dockerd`",
    };
    match UnixStream::connect(socket).map_err(|error| error.kind()) {
        Err(ErrorKind::PermissionDenied) if address.product == "Podman" => {
            format!(
                "You may not use this socket: run as the user it belongs to, or use your own (`systemctl --user enable --now podman.socket`), or {elsewhere}."
            )
        }
        Err(ErrorKind::PermissionDenied) => {
            format!("You may not use this socket: join its group (`sudo usermod -aG docker $USER`, then log in again), or {elsewhere}.")
        }
        Err(ErrorKind::ConnectionRefused) if std::path::Path::new(socket).is_file() => format!("This is no socket: {elsewhere}."),
        Err(ErrorKind::ConnectionRefused) => {
            format!(
                "The socket is there, but nobody listens on it: {} is not running. Start it ({start}), or {elsewhere}.",
                address.product
            )
        }
        Err(ErrorKind::NotFound) => format!("There is no such socket. Start {} ({start}), or {elsewhere}.", address.product),
        _ => format!("Start it ({start}), check that you may use the socket, or {elsewhere}."),
    }
}
