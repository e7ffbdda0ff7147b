module weir.dev/tests/upstream

go 1.26.0

// Where the kinds of manifests/examples/workload-paths.yaml come from. Nothing is built of these: their schemas and types
// are read (modules.py), each as go.sum knows it.
require (
	github.com/argoproj/argo-rollouts v1.8.3
	github.com/argoproj/argo-workflows/v3 v3.7.0
	github.com/openkruise/kruise v1.8.0
	github.com/openshift/api v3.9.0+incompatible
	github.com/tektoncd/pipeline v1.0.0
	k8s.io/api v0.36.3
	knative.dev/serving v0.51.0
)
