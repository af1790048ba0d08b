#!/usr/bin/env bash
# image.sh BINARY NAME: builds the image NAME by the project's Dockerfile around a binary that is there, without a
# registry: the image below it holds the libraries of this machine that the binary is linked with.
set -euo pipefail

lab=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lab/docker.sh
. "$lab/docker.sh"
binary=$1 name=$2
base=dagu-rs-test-base:local

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/tmp" "$work/context"

# answered ANSWER: whether it tells of no error, which comes in the stream of an answer that began well.
answered() {
  if grep -qE '"(error|message)":' <<<"$1"; then
    echo "image: the daemon refused: $1" >&2
    return 1
  fi
}

ldd "$binary" | grep -oE '/[^ ]+' | while IFS= read -r library; do
  cp --dereference --parents "$library" "$work/root"
done
answered "$(tar -C "$work/root" --owner=0 --group=0 -cf - . |
  docker_api "/images/create?fromSrc=-&repo=${base%:*}&tag=${base#*:}" --no-fail --request POST \
    --header 'Content-Type: application/x-tar' --data-binary @-)"

cp "$lab/../../Dockerfile" "$lab/../../.dockerignore" "$work/context"
strip -o "$work/context/dagu-rs" "$binary" 2>/dev/null || cp "$binary" "$work/context/dagu-rs"
arguments=$(docker_urlencode "{\"BASE\":\"$base\"}")
answered "$(tar -C "$work/context" --owner=0 --group=0 -cf - . |
  docker_api "/build?t=$(docker_urlencode "$name")&target=prebuilt&pull=0&forcerm=1&buildargs=$arguments" --no-fail \
    --request POST --header 'Content-Type: application/x-tar' --data-binary @-)"
