#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gathers what a program needs to run below a new root: .ci/image-root.sh PROGRAM ROOT
# The program, its shared libraries, certificate authorities, a user, the licences, and a list of the packages that all of
# it came from (SPDX 2.3, /usr/share/sbom/weir.spdx.json). The same packages give the same bytes.
set -euo pipefail

program=$1
root=$2
mkdir -p "$root"/{etc/ssl/certs,usr/bin,usr/share/doc/weir,usr/share/sbom}

# As Debian lays it out: /lib is usr/lib.
for name in lib lib64; do
    mkdir -p "$root/usr/$name"
    ln -sfn "usr/$name" "$root/$name"
done

files=(/etc/ssl/certs/ca-certificates.crt)
# libgcc_s is loaded by glibc where a thread ends, which ldd does not know.
while read -r library; do
    files+=("$library")
done < <({
    ldd "$program" | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p'
    ldconfig -p | sed -n 's/.*libgcc_s\.so\.1 .*=> //p'
} | sort -u)

packages=(ca-certificates)
for file in "${files[@]}"; do
    mkdir -p "$root$(dirname "$file")"
    cp --dereference --preserve=mode "$file" "$root$file"
    # The lists of dpkg know a merged /usr under either name.
    owner=$(dpkg-query -S "$file" "/usr${file#/usr}" "${file#/usr}" "$(realpath "$file")" 2>/dev/null | head -n 1 |
        cut -d: -f1 || true)
    [ -z "$owner" ] || packages+=("$owner")
done
mapfile -t packages < <(printf '%s\n' "${packages[@]}" | sort -u)

for package in "${packages[@]}"; do
    copyright=/usr/share/doc/$package/copyright
    [ -e "$copyright" ] || continue
    mkdir -p "$root/usr/share/doc/$package"
    cp --dereference --preserve=mode "$copyright" "$root/usr/share/doc/$package/copyright"
done

install -m 755 "$program" "$root/usr/bin/weir"
echo 'weir:x:65532:65532:weir:/:/nonexistent' >"$root/etc/passwd"
echo 'weir:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"

sbom_package() { # NAME
    local version architecture id
    version=$(dpkg-query -W -f '${Version}' "$1")
    architecture=$(dpkg-query -W -f '${Architecture}' "$1")
    id=${1//[^a-zA-Z0-9.-]/.}
    printf ',\n{"name":"%s","SPDXID":"SPDXRef-%s","versionInfo":"%s","downloadLocation":"NOASSERTION",' "$1" "$id" "$version"
    printf '"supplier":"Organization: Debian","externalRefs":[{"referenceCategory":"PACKAGE-MANAGER",'
    printf '"referenceType":"purl","referenceLocator":"pkg:deb/debian/%s@%s?arch=%s"}]}' \
        "${1//+/%2B}" "${version//+/%2B}" "$architecture"
}

version=$("$program" --version | cut -d' ' -f2)
{
    printf '{"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"weir-%s",' "$version"
    printf '"documentNamespace":"https://weir.dev/sbom/%s",' "$version"
    printf '"creationInfo":{"created":"1970-01-01T00:00:00Z","creators":["Tool: image-root.sh"]},"packages":[\n'
    printf '{"name":"weir","SPDXID":"SPDXRef-weir","versionInfo":"%s","downloadLocation":"NOASSERTION",' "$version"
    printf '"licenseDeclared":"Apache-2.0"}'
    for package in "${packages[@]}"; do
        sbom_package "$package"
    done
    printf '\n]}\n'
} >"$root/usr/share/sbom/weir.spdx.json"
