# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0
# Sourced by cluster-up.sh in node mode: a registry, containerd, kubelet and kube-proxy, all inside the namespace.
: "${dir:?}" "${tools:?}" "${registry:?}"
socket=$dir/containerd/containerd.sock

registry_answers() { "${inside[@]}" curl -sf --noproxy '*' "http://$registry/v2/" >/dev/null; }
containerd_answers() { ctr -a "$socket" version >/dev/null 2>&1; }

start_registry() {
    cat >"$dir/registry.yml" <<YAML
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $dir/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
YAML
    start registry docker-registry serve "$dir/registry.yml"
    wait_until 100 "docker-registry" registry registry_answers
}

push_images() {
    local image
    [ ! -e "$dir/images-pushed" ] || return 0
    bash "$here/make-images.sh" "$cache/images" "$here"
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$dir/policy.json"
    for image in pause hello; do
        "${inside[@]}" skopeo --policy "$dir/policy.json" copy -q --dest-tls-verify=false \
            "oci:$cache/images/$image:1" "docker://$registry/test/$image:1"
    done
    touch "$dir/images-pushed"
}

# Without CAP_SYS_RESOURCE oom_score_adj cannot be lowered: restrict_oom_score_adj here, oomScoreAdj 0 for kubelet.
write_containerd_config() {
    mkdir -p "$dir"/{containerd,cni,cni-ipam} "$dir/certs.d/$registry"
    cat >"$dir/containerd/config.toml" <<TOML
version = 2
root = "$dir/containerd/root"
state = "$dir/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$registry/test/pause:1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$dir/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_BIN:-/usr/lib/cni}"
    conf_dir = "$dir/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
TOML
    cat >"$dir/certs.d/$registry/hosts.toml" <<TOML
server = "http://$registry"
[host."http://$registry"]
  capabilities = ["pull", "resolve"]
TOML
    cat >"$dir/cni/10-weir.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "weir", "plugins": [
 {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "$dir/cni-ipam", "ranges": [[{"subnet": "${pod_cidr:?}"}]],
           "routes": [{"dst": "0.0.0.0/0"}]}},
 {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
}

# kubelet sets some of these for the whole machine; cluster-down.sh puts them back.
save_sysctls() {
    local key
    [ ! -e "$dir/sysctl.saved" ] || return 0
    for key in vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops; do
        sysctl "$key"
    done >"$dir/sysctl.saved"
}

start_kubelet() {
    mkdir -p "$dir"/{kubelet,podlogs}
    : >"$dir/resolv.conf"
    cat >"$dir/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
port: 10250
healthzBindAddress: 127.0.0.1
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $pki/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $pki/kubelet-serving.crt
tlsPrivateKeyFile: $pki/kubelet-serving.key
containerRuntimeEndpoint: unix://$socket
cgroupDriver: cgroupfs
cgroupRoot: /weir-$NETNS
failCgroupV1: false
failSwapOn: false
oomScoreAdj: 0
resolvConf: $dir/resolv.conf
clusterDomain: cluster.local
clusterDNS: [${service_cidr%.*}.10]
volumePluginDir: $dir/kubelet/volumeplugins
podLogsDir: $dir/podlogs
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
enableControllerAttachDetach: false
nodeStatusUpdateFrequency: 5s
syncFrequency: 10s
kubeAPIQPS: 500
kubeAPIBurst: 1000
YAML
    start kubelet "$tools/kubelet" "--config=$dir/kubelet.yaml" "--kubeconfig=$dir/kubelet.kubeconfig" \
        "--hostname-override=$node_name" "--node-ip=$node_ip" "--root-dir=$dir/kubelet" "--cert-dir=$dir/kubelet/pki"
}

# It ends where its file is written anew, and may not write the sysctls of conntrack from inside a namespace (hence 0).
start_proxy() {
    ! is_alive kube-proxy || return 0
    cat >"$dir/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
clientConnection: {kubeconfig: $dir/proxy.kubeconfig}
mode: ${PROXY_MODE:-iptables}
clusterCIDR: $pod_cidr
hostnameOverride: $node_name
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 100ms, syncPeriod: 30s}
YAML
    start kube-proxy "$tools/kube-proxy" "--config=$dir/kube-proxy.yaml"
}

start_node() {
    mkdir -p "$dir/registry"
    start_registry
    push_images
    say "registry with the test images"
    write_containerd_config
    start containerd containerd --config "$dir/containerd/config.toml"
    wait_until 300 "containerd" containerd containerd_answers
    say "containerd"
    save_sysctls
    make_cgroups "$NETNS"
    start_kubelet
    start_proxy
}
