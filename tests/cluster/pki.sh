# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by cluster-up.sh: authorities, certificates (ECDSA P-256) and kubeconfigs, made once for each cluster.
: "${pki:?}" "${dir:?}"

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

make_authority() { # NAME
    [ ! -s "$pki/$1.crt" ] || return 0
    openssl req -x509 "${new_key[@]}" -days 3650 -subj "/CN=$1" -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature \
        -keyout "$pki/$1.key" -out "$pki/$1.crt" 2>/dev/null
}

make_certificate() { # NAME AUTHORITY SUBJECT EXTENDED-KEY-USAGE [NAMES]
    [ ! -s "$pki/$1.crt" ] || return 0
    {
        printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$4"
        [ -z "${5:-}" ] || printf 'subjectAltName=%s\n' "$5"
    } >"$pki/$1.ext"
    openssl req -new "${new_key[@]}" -subj "$3" -keyout "$pki/$1.key" -out "$pki/$1.csr" 2>/dev/null
    openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$2.crt" -CAkey "$pki/$2.key" -CAcreateserial -days 3650 \
        -out "$pki/$1.crt" -extfile "$pki/$1.ext" 2>/dev/null
    rm -f "$pki/$1.csr" "$pki/$1.ext"
}

make_kubeconfig() { # FILE CERTIFICATE
    [ ! -s "$1" ] || return 0
    cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters:
- name: weir
  cluster: {server: "https://127.0.0.1:$API_PORT", certificate-authority-data: $(base64 -w0 "$pki/ca.crt")}
users:
- name: $2
  user:
    client-certificate-data: $(base64 -w0 "$pki/$2.crt")
    client-key-data: $(base64 -w0 "$pki/$2.key")
contexts:
- name: $2@weir
  context: {cluster: weir, user: $2}
current-context: $2@weir
YAML
}

make_pki() {
    local names="DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
    names+=",DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:${service_api:?},IP:${node_ip:?}"
    make_authority ca
    make_authority front-proxy-ca
    if [ ! -s "$pki/sa.pub" ]; then
        openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
        openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
    fi
    make_certificate apiserver ca /CN=kube-apiserver serverAuth "$names"
    make_certificate admin ca /O=system:masters/CN=admin clientAuth
    make_certificate controllers ca /CN=system:kube-controller-manager clientAuth
    make_certificate scheduler ca /CN=system:kube-scheduler clientAuth
    make_certificate proxy ca /CN=system:kube-proxy clientAuth
    make_certificate front-proxy front-proxy-ca /CN=front-proxy-client clientAuth
    make_certificate kubelet-client ca /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
    make_certificate kubelet ca "/O=system:nodes/CN=system:node:${node_name:?}" clientAuth
    make_certificate kubelet-serving ca "/O=system:nodes/CN=system:node:$node_name" serverAuth \
        "DNS:$node_name,DNS:localhost,IP:127.0.0.1,IP:$node_ip"
    local user
    for user in admin controllers scheduler proxy kubelet; do
        make_kubeconfig "$dir/$user.kubeconfig" "$user"
    done
}
