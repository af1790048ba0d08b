#!/usr/bin/env bash
# Runs every test: starts what they need, runs `cargo test --workspace ARGUMENTS...`, stops what it started.
#
# Tests with containers need a Docker daemon. One that answers is used as it is. Else, as root on Debian, Docker is
# installed from Debian's packages where it is missing, and a daemon is started for the length of the tests. Where
# neither is possible those tests are skipped, or everything fails when CI or DAGU_RS_REQUIRE_DOCKER is set.
#
# tests/gate runs programs of other people: some of Debian's packages, which are installed likewise, and some from PyPI,
# in a folder of target/. Tests whose program is missing are skipped, or fail when CI or DAGU_RS_REQUIRE_TOOLS is set.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/lab/docker.sh
. "$root/tests/lab/docker.sh"

# A root shell made by plain `su` lacks these, and dockerd, iptables and dpkg want them.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
pid_file=/var/run/docker.pid
log=
daemon= # who started the daemon: empty (not we), child, systemd or package
daemon_pid=
containers_before=
without_docker=

say() { printf 'tests: %s\n' "$*"; }

set_and_true() {
  case ${1:-} in '' | 0 | false) false ;; *) true ;; esac
}

docker_required() { set_and_true "${DAGU_RS_REQUIRE_DOCKER:-}" || set_and_true "${CI:-}"; }

may_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

has_process() { kill -0 "$1" 2>/dev/null; }

has_systemd() { [ -d /run/systemd/system ]; }

install_packages() {
  local packages=()
  command -v curl >/dev/null || packages+=(curl ca-certificates)
  command -v cc >/dev/null || packages+=(gcc libc6-dev)
  command -v git >/dev/null || packages+=(git)
  command -v xz >/dev/null || packages+=(xz-utils)
  command -v shellcheck >/dev/null || packages+=(shellcheck)
  command -v mandoc >/dev/null || packages+=(mandoc)
  command -v xmllint >/dev/null || packages+=(libxml2-utils)
  if ! docker_answers && docker_is_local; then
    command -v dockerd >/dev/null || packages+=(docker.io)
    command -v iptables >/dev/null || packages+=(iptables)
  fi
  [ "${#packages[@]}" -gt 0 ] || return 0
  say "installing Debian packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get -qq update && apt-get -qq install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}"; } >"$log/apt.log" 2>&1; then
    tail -n 20 "$log/apt.log" >&2
    say "apt-get could not install ${packages[*]} (above: the end of its output)" >&2
    return 1
  fi
}

# await_daemon SECONDS [PID]: waits until it answers; gives up early when the process is gone.
await_daemon() {
  local deadline=$((SECONDS + $1))
  while [ "$SECONDS" -lt "$deadline" ]; do
    if docker_answers; then return; fi
    if [ -n "${2:-}" ] && ! has_process "$2"; then return 1; fi
    sleep 0.2
  done
  return 1
}

# A machine that was copied or handed on keeps the file without the process, and dockerd then refuses to start.
remove_stale_pid_file() {
  if [ -f "$pid_file" ] && ! has_process "$(cat "$pid_file")"; then
    say "removing $pid_file: its process is gone"
    rm -f "$pid_file"
  fi
}

start_daemon() {
  command -v dockerd >/dev/null || return 1
  if has_systemd; then
    say "starting Docker (systemctl start docker)"
    daemon=systemd
    systemctl start docker && await_daemon 60
    return
  fi
  remove_stale_pid_file
  if [ -f "$pid_file" ]; then
    # Its package started one while it was installed.
    daemon=package
    await_daemon 60
    return
  fi
  say "starting dockerd"
  # In its own session: Ctrl-C reaches the tests first, which then still have a daemon to clean up with.
  setsid dockerd --host unix:///var/run/docker.sock >"$log/dockerd.log" 2>&1 </dev/null &
  daemon=child
  daemon_pid=$!
  if ! await_daemon 60 "$daemon_pid"; then
    tail -n 20 "$log/dockerd.log" >&2
    say "dockerd did not come up (above: the end of its log)" >&2
    return 1
  fi
}

stop_daemon() {
  case $daemon in
    child) ;;
    systemd)
      say "stopping Docker (systemctl stop docker)"
      systemctl stop docker.socket docker.service || true
      return
      ;;
    package) daemon_pid=$(cat "$pid_file" 2>/dev/null) || return 0 ;;
    *) return 0 ;;
  esac
  say "stopping dockerd"
  kill "$daemon_pid" 2>/dev/null || return 0
  local deadline=$((SECONDS + 30))
  while has_process "$daemon_pid"; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "dockerd (process $daemon_pid) does not stop: killing it" >&2
      kill -KILL "$daemon_pid" || true
      return
    fi
    sleep 0.2
  done
}

# Sets up Docker, or says why there is none.
provide_docker() {
  local why
  if docker_answers; then
    say "using the Docker daemon at $(docker_address)"
  elif ! docker_is_local; then
    why="no Docker daemon answers at DOCKER_HOST=$DOCKER_HOST"
  elif ! may_install; then
    why="no Docker daemon answers at $(docker_address), and one can only be installed and started here as root on Debian"
  elif ! start_daemon; then
    why="the Docker daemon could not be started"
  fi
  if [ -z "${why:-}" ]; then
    "$root/tests/lab/images.sh"
    # From here on a test that finds no daemon has lost it, which is a failure.
    export DAGU_RS_REQUIRE_DOCKER=1
    containers_before=$(docker_container_ids) || true
  elif docker_required; then
    say "$why" >&2
    say "FAILED: Docker is required (CI or DAGU_RS_REQUIRE_DOCKER is set)" >&2
    exit 1
  else
    without_docker=" WITHOUT DOCKER (the tests that run containers were skipped)"
    {
      say "##########################################################################"
      say "WITHOUT DOCKER: $why."
      say "Every test that runs a container is SKIPPED. Start Docker and run this again."
      say "##########################################################################"
    } >&2
  fi
}

# Sets up the programs from PyPI, or says that there are none.
provide_tools() {
  if DAGU_RS_TOOLS=$("$root/tests/lab/python.sh"); then
    export DAGU_RS_TOOLS
  else
    unset DAGU_RS_TOOLS
    say "WITHOUT the programs of tests/lab/requirements.txt: tests that need them are SKIPPED, or fail when CI or DAGU_RS_REQUIRE_TOOLS is set" >&2
  fi
}

# Containers of ours that the tests left behind. On a daemon of our own all go. On a shared one a run of somebody else
# may have started meanwhile, so only stopped ones go and running ones are named.
remove_containers() {
  docker_answers || return 0
  local id details
  for id in $(docker_container_ids); do
    if grep -q "$id" <<<"$containers_before"; then continue; fi
    details=$(docker_api "/containers/$id/json" 2>/dev/null) || continue
    grep -q '"dagu-rs\.' <<<"$details" || continue
    if [ -n "$daemon" ] || ! grep -q '"Running":true' <<<"$details"; then
      say "removing container ${id:0:12}, left by a test"
      docker_api "/containers/$id?force=true&v=true" --request DELETE >/dev/null || true
    else
      say "container ${id:0:12} was started during the tests and still runs; if it isn't yours: docker rm -f ${id:0:12}"
    fi
  done
}

finish() {
  local status=$?
  trap '' INT TERM HUP
  if [ -n "${DAGU_RS_REQUIRE_DOCKER:-}" ]; then remove_containers; fi
  stop_daemon
  rm -rf "$log"
  if [ "$status" -eq 0 ]; then
    say "PASSED$without_docker in $SECONDS s"
  else
    say "FAILED (exit code $status) after $SECONDS s" >&2
  fi
  exit "$status"
}

log=$(mktemp -d)
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$root"
if ! command -v cargo >/dev/null; then
  PATH=$PATH:$HOME/.cargo/bin
  command -v cargo >/dev/null || { say "no cargo here: install Rust first, https://rustup.rs" >&2; exit 1; }
fi
if may_install; then install_packages || say "going on without them" >&2; fi
provide_tools
provide_docker
say "cargo test --workspace $*"
cargo test --workspace "$@"
