#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a development CA and a serving certificate signed by it (ECDSA P-256). Not for production: see README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here/out
days=30
client=
force=no

usage() {
    cat <<TEXT
usage: generate.sh [-o DIR] [-d DAYS] [-c CLIENT] [-f] [NAME...]
  NAME       DNS name or IP address of the server; default: weir.weir-system.svc localhost 127.0.0.1 ::1
  -o DIR     where to write (default: certs/out, which git ignores)
  -d DAYS    how long the serving certificate is valid (default: 30; the CA: ten times that)
  -c CLIENT  also a client certificate with this common name (for --client-ca)
  -f         a new CA even where DIR has one; otherwise it is kept and only the leaf is new
Writes ca.crt ca.key tls.crt tls.key, with -c also client.crt client.key.
TEXT
}

while getopts "o:d:c:fh" flag; do
    case $flag in
    o) out=$OPTARG ;;
    d) days=$OPTARG ;;
    c) client=$OPTARG ;;
    f) force=yes ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- weir.weir-system.svc localhost 127.0.0.1 ::1
if ! [[ $days =~ ^[1-9][0-9]{0,4}$ ]]; then
    echo "generate.sh: '$days' is not a number of days" >&2
    exit 2
fi

# subjectAltName as openssl writes it: IP:… for addresses, DNS:… for the rest.
names_as_san() {
    local name san=
    for name in "$@"; do
        if ! [[ $name =~ ^[A-Za-z0-9.:*_-]+$ ]]; then
            echo "generate.sh: '$name' is neither a DNS name nor an address" >&2
            return 2
        elif [[ $name == *:* || $name =~ ^([0-9]+\.){3}[0-9]+$ ]]; then
            san+=",IP:$name"
        else
            san+=",DNS:$name"
        fi
    done
    echo "${san#,}"
}

san=$(names_as_san "$@")
umask 077
mkdir -p "$out"
work=$(mktemp -d "$out/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

new_ca() {
    new_key "$work/ca.key"
    WEIR_SAN=$san openssl req -x509 -new -key "$work/ca.key" -subj "/CN=weir development CA" -sha256 \
        -days $((days * 10)) -config "$here/openssl.cnf" -extensions ca -out "$work/ca.crt"
}

new_leaf() { # FILE SECTION COMMON-NAME
    new_key "$work/$1.key"
    WEIR_SAN=$san openssl req -new -key "$work/$1.key" -subj "/CN=$3" -sha256 \
        -config "$here/openssl.cnf" -out "$work/$1.csr"
    WEIR_SAN=$san openssl x509 -req -in "$work/$1.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -sha256 -days "$days" \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$here/openssl.cnf" -extensions "$2" \
        -out "$work/$1.crt" 2>/dev/null
    rm "$work/$1.csr"
}

# A CA that outlives the new leaf is kept, so that whoever trusts it goes on trusting.
ca_is_usable() {
    [ "$force" = no ] && [ -s "$out/ca.crt" ] && [ -s "$out/ca.key" ] &&
        openssl x509 -in "$out/ca.crt" -noout -checkend $((days * 86400)) >/dev/null
}

if ca_is_usable; then
    cp "$out/ca.crt" "$out/ca.key" "$work/"
else
    new_ca
fi
new_leaf tls server "${1:0:64}"
[ -z "$client" ] || new_leaf client client "$client"
openssl verify -CAfile "$work/ca.crt" "$work/tls.crt" >/dev/null
chmod 644 "$work"/*.crt
mv -f "$work"/* "$out/"
echo "$out: ca.crt, tls.crt for ${san//,/, }, valid for $days days"
