# SPDX-License-Identifier: Apache-2.0
# A thin front: CMake builds, the scripts do; see `make help`.
# Knobs: JOBS (parallel builds), FUZZ_SECONDS (each fuzzer), PREFIX, DESTDIR, WEIR_NO_INSTALL=1 (never call apt-get).
.DEFAULT_GOAL := build
.PHONY: build packages test tsan memcheck demo bench bench-scale gate fuzz lint format coverage install clean help \
	test-arm64 image e2e e2e-faults cluster cluster-down

FUZZ_SECONDS ?= 300
PREFIX ?= /usr/local
CLUSTER ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/weir/cluster-node
export JOBS

build: ## release build of the one binary: build/weir (the default)
	@bash .ci/packages.sh build
	@bash .ci/build.sh build/release -DCMAKE_INSTALL_PREFIX=$(PREFIX) -DTESTS=OFF
	@ln -sfn release/weir build/weir
	@echo "build/weir is ready: try build/weir --help"

packages: ## install what every target needs (Debian 12, apt-get)
	@bash .ci/packages.sh build test lint fuzz demo bench coverage

test: ## everything but the long fuzz runs: sanitizers, unit, golden, integration, fuzz corpora, architecture
	@bash .ci/test.sh

tsan: ## only the server and threaded tests, under ThreadSanitizer
	@bash .ci/test.sh tsan

memcheck: ## the server under valgrind's memcheck
	@bash .ci/test.sh memcheck

test-arm64: ## cross-built for arm64: units and fuzz corpora under qemu, in a root of their own (root)
	@bash .ci/test-arm64.sh

demo: ## the story, shown on this machine: registry, server, reviews; under a minute
	@bash .ci/packages.sh build demo
	@$(MAKE) --no-print-directory build
	@python3 tests/demo/demo.py build/weir

bench: ## ratios against the null handler, memory, start, handshake (h2load, schedstat)
	@bash .ci/packages.sh build bench
	@$(MAKE) --no-print-directory build
	@python3 tests/bench/bench.py build/weir
	@python3 tests/bench/documents.py build/weir

bench-scale: ## 100 000 streams made up, and 20 000 on a real API server where K8S_TOOLS names one
	@bash .ci/packages.sh build bench
	@$(MAKE) --no-print-directory build
	@python3 tests/bench/scale.py build/weir build/release

gate: ## instructions per admission over the null handler, and per document of a file (callgrind); fails beyond the limit
	@bash .ci/packages.sh build bench
	@$(MAKE) --no-print-directory build
	@python3 tests/bench/gate.py build/weir
	@python3 tests/bench/documents.py build/weir

fuzz: ## every fuzzer for FUZZ_SECONDS (300) under libFuzzer
	@bash .ci/packages.sh build fuzz
	@bash tests/fuzz/run.sh $(FUZZ_SECONDS)

lint: ## warnings of gcc and clang, clang-format, clang-tidy, shellcheck, architecture
	@bash .ci/lint.sh

format: ## clang-format over all C
	@bash .ci/packages.sh lint
	@find webhook include tests -name '*.[ch]' -exec clang-format -i {} +

coverage: ## lines that the tests reach, by file; fails if the core is below 95 %
	@bash .ci/coverage.sh

image: ## the OCI image of the Dockerfile, in build/image (buildah; root)
	@bash .ci/packages.sh image
	@bash .ci/image.sh

e2e: ## weir on a real Kubernetes: control plane, then a node with containers (Go 1.26; root)
	@bash .ci/packages.sh build demo e2e image
	@$(MAKE) --no-print-directory build
	@bash tests/e2e/run.sh build/weir

e2e-faults: ## what becomes of creates while something breaks, on a real node: a table; FAULT=name does one
	@bash .ci/packages.sh build demo e2e image faults
	@$(MAKE) --no-print-directory build image
	@bash tests/e2e/faults.sh build/weir $(FAULT)

cluster: ## such a Kubernetes to play with, weir installed; `make cluster-down` ends it
	@bash .ci/packages.sh build demo e2e image
	@$(MAKE) --no-print-directory build image
	@bash tests/cluster/build-kubernetes.sh
	@NETNS=weir CLUSTER_DIR=$(CLUSTER) python3 tests/e2e/run.py --install build/weir

cluster-down: ## ends what `make cluster` started, and removes it
	@NETNS=weir CLUSTER_DIR=$(CLUSTER) bash tests/cluster/cluster-down.sh node --purge

install: build ## install weir below PREFIX (/usr/local)
	@DESTDIR=$(DESTDIR) cmake --install build/release --prefix $(PREFIX)

clean: ## remove build/
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
