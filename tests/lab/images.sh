#!/usr/bin/env bash
# Makes the images that the tests run, from a static busybox and without an image registry: alpine:3.20, and agent
# images whose claude, codex, opencode and npm are tests/lab/stub-agent.sh. An image that somebody else made is never
# replaced: a real alpine:3.20 serves, a real agent image stops the tests.
set -euo pipefail

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/docker.sh
. "$lab/docker.sh"

agents=(claude codex opencode)
marker=dagu-rs.test
# What the images are made from; they are made anew when it changes.
content=$(cat "$lab/images.sh" "$lab/stub-agent.sh" | sha256sum | cut -c1-16)

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT

say() { echo "images: $*"; }

# state NAME: absent, current, outdated (ours, of other content) or foreign.
state() {
  local labels
  if ! labels=$(docker_api "/images/$1/json" 2>/dev/null); then
    echo absent
  elif ! grep -q "\"$marker\":\"1\"" <<<"$labels"; then
    echo foreign
  elif grep -q "\"$marker.content\":\"$content\"" <<<"$labels"; then
    echo current
  else
    echo outdated
  fi
}

# static_busybox FILE: puts a static busybox there; one from the machine, else one unpacked from Debian's package.
static_busybox() {
  local found
  for found in /bin/busybox /usr/bin/busybox /bin/busybox.static; do
    # A dynamic one can't run in an otherwise empty file system: ldd fails on a static program.
    if [ -x "$found" ] && ! ldd "$found" >/dev/null 2>&1; then
      cp "$found" "$1"
      return
    fi
  done
  say "fetching Debian's busybox-static (unpacked for the images, not installed)"
  mkdir "$work/package"
  if ! (fetch_busybox); then
    cat "$work/apt.log" >&2
    echo "images: no static busybox on this machine, and Debian's busybox-static can't be fetched; as root: apt-get update && apt-get install busybox-static" >&2
    exit 1
  fi
  find "$work/package" -type f -name busybox -exec cp {} "$1" \;
}

# fetch_busybox: unpacks the package; refreshes the package lists when they don't lead to it.
fetch_busybox() {
  cd "$work/package"
  apt-get -qq download busybox-static 2>"$work/apt.log" ||
    { [ "$(id -u)" -eq 0 ] && apt-get -qq update 2>>"$work/apt.log" && apt-get -qq download busybox-static 2>>"$work/apt.log"; } ||
    return
  dpkg-deb -x busybox-static_*.deb .
}

# root_filesystem FOLDER: a busybox system that says it is Alpine 3.20.3.
root_filesystem() {
  local applet
  mkdir -p "$1"/{bin,sbin,dev,proc,sys,etc,home/agent,root,run,tmp,usr/bin,usr/sbin,usr/local/bin,var/tmp,workspace}
  chmod 1777 "$1/tmp" "$1/var/tmp"
  static_busybox "$1/bin/busybox"
  chmod 755 "$1/bin/busybox"
  for applet in $("$1/bin/busybox" --list); do
    [ -e "$1/bin/$applet" ] || ln -s /bin/busybox "$1/bin/$applet"
  done
  echo 3.20.3 >"$1/etc/alpine-release"
  printf '%s\n' 'NAME="Alpine Linux"' 'ID=alpine' 'VERSION_ID=3.20.3' 'PRETTY_NAME="Alpine Linux v3.20"' >"$1/etc/os-release"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'agent:x:1000:1000:agent:/home/agent:/bin/sh' 'nobody:x:65534:65534:nobody:/:/bin/false' >"$1/etc/passwd"
  printf '%s\n' 'root:x:0:' 'agent:x:1000:' 'nobody:x:65534:' >"$1/etc/group"
  echo 'hosts: files dns' >"$1/etc/nsswitch.conf"
}

# import FOLDER NAME TAG CHANGE...: makes an image of a folder; each CHANGE is a Dockerfile instruction.
import() {
  local folder=$1 name=$2 tag=$3 query change answer previous
  shift 3
  previous=$(docker_api "/images/$name:$tag/json" 2>/dev/null | grep -oE '"Id":"sha256:[0-9a-f]{64}"' | cut -d'"' -f4) || true
  query="fromSrc=-&repo=$name&tag=$tag"
  for change in "LABEL $marker=1" "LABEL $marker.content=$content" \
    'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' "$@"; do
    query+="&changes=$(docker_urlencode "$change")"
  done
  tar -C "$folder" --owner=0 --group=0 --numeric-owner -cf "$work/image.tar" .
  # An error comes as a status with a "message", or as an "error" in the stream of an answer that began well.
  if ! answer=$(docker_api "/images/create?$query" --no-fail --request POST --header 'Content-Type: application/x-tar' --data-binary "@$work/image.tar") ||
    grep -qE '"(error|message)":' <<<"$answer"; then
    echo "images: the daemon refused $name:$tag: $answer" >&2
    exit 1
  fi
  rm "$work/image.tar"
  # Kept where a container still uses it: the daemon then refuses.
  [ -z "$previous" ] || docker_api "/images/$previous" --request DELETE >/dev/null 2>&1 || true
  say "$name:$tag made"
}

missing=()
case $(state alpine:3.20) in
  foreign) say "alpine:3.20 is there (not made here): used as it is" ;;
  current) ;;
  *) missing+=(alpine) ;;
esac
for agent in "${agents[@]}"; do
  name=dagu-$agent-runner:local
  case $(state "$name") in
    foreign)
      echo "images: $name exists and was not made by these tests. They need their stub under that name and won't replace yours: tag yours otherwise (docker tag $name my-$agent-runner:local; docker rmi $name) or point DOCKER_HOST at another daemon" >&2
      exit 1
      ;;
    current) ;;
    *) missing+=("$agent") ;;
  esac
done
if [ "${#missing[@]}" -eq 0 ]; then
  say "all there"
  exit 0
fi

work=$(mktemp -d)
root_filesystem "$work/root"
if [ "${missing[0]}" = alpine ]; then
  import "$work/root" alpine 3.20 'CMD ["/bin/sh"]'
  missing=("${missing[@]:1}")
fi
if [ "${#missing[@]}" -gt 0 ]; then
  # The real agent images have bash and npm; a DAG that calls them finds these.
  printf '#!/bin/sh\nexec /bin/sh "$@"\n' >"$work/root/bin/bash"
  chmod 755 "$work/root/bin/bash"
  install -m 755 "$lab/stub-agent.sh" "$work/root/usr/local/bin/stub-agent"
  for name in "${agents[@]}" npm; do
    ln -s stub-agent "$work/root/usr/local/bin/$name"
  done
  for agent in "${missing[@]}"; do
    import "$work/root" "dagu-$agent-runner" local 'CMD ["bash"]' 'WORKDIR /workspace'
  done
fi
