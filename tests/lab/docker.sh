# shellcheck shell=bash
# The Docker Engine API by curl, so that the tests need no Docker client. Sourced; all names start with docker_.

# docker_address: the daemon's address, as the Docker client would choose it.
docker_address() {
  printf '%s' "${DOCKER_HOST:-unix:///var/run/docker.sock}"
}

# docker_is_local: whether the address is the socket on which a daemon of this machine listens by default.
docker_is_local() {
  case $(docker_address) in
    unix:///var/run/docker.sock | unix:///run/docker.sock) true ;;
    *) false ;;
  esac
}

# docker_api PATH [CURL ARGUMENT...]: prints the answer; fails when the daemon is away or answers an error.
docker_api() {
  local path=$1 address certificates
  shift
  address=$(docker_address)
  case $address in
    unix://*)
      curl --silent --show-error --fail --unix-socket "${address#unix://}" "$@" "http://docker$path"
      ;;
    tcp://* | http://* | https://*)
      if [ -n "${DOCKER_TLS_VERIFY:-}" ]; then
        certificates=${DOCKER_CERT_PATH:-$HOME/.docker}
        curl --silent --show-error --fail --cacert "$certificates/ca.pem" --cert "$certificates/cert.pem" \
          --key "$certificates/key.pem" "$@" "https://${address#*://}$path"
      else
        curl --silent --show-error --fail "$@" "http://${address#*://}$path"
      fi
      ;;
    *)
      echo "DOCKER_HOST=$address: only unix:// and tcp:// are understood here" >&2
      return 1
      ;;
  esac
}

# docker_answers: whether a daemon is there.
docker_answers() {
  command -v curl >/dev/null && docker_api /_ping --max-time 5 >/dev/null 2>&1
}

# docker_container_ids: ids of all containers, running or not.
docker_container_ids() {
  docker_api "/containers/json?all=1" | grep -oE '"Id":"[0-9a-f]{64}"' | cut -d'"' -f4
}

# docker_urlencode TEXT
docker_urlencode() {
  local text=$1 i character
  for ((i = 0; i < ${#text}; i++)); do
    character=${text:i:1}
    case $character in
      [a-zA-Z0-9._~-]) printf '%s' "$character" ;;
      *) printf '%%%02X' "'$character" ;;
    esac
  done
}
