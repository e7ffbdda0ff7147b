# SPDX-License-Identifier: Apache-2.0
#
#   docker build -t registry.example.com/weir:0.1.0 .          (or podman, or buildah bud)
#
# Any Debian 12 will do as the base: --build-arg BASE=…. Only what the program needs to run is in the last stage, so that
# nothing there is the base's but libraries. The same base gives the same bytes with a builder that sets times to a fixed
# one (buildah --timestamp 0, BuildKit's rewrite-timestamp).
ARG BASE=debian:12-slim

FROM ${BASE} AS build
WORKDIR /src
COPY .ci/packages.sh .ci/
RUN apt-get update -qq && bash .ci/packages.sh build && \
    apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null
COPY . .
RUN bash .ci/build.sh /build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTESTS=OFF && strip --strip-all /build/weir && \
    bash .ci/image-root.sh /build/weir /root-of-weir && cp LICENSE /root-of-weir/usr/share/doc/weir/copyright && \
    chroot /root-of-weir /usr/bin/weir --version

FROM scratch
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="weir" \
      org.opencontainers.image.description="ImageStreams for any Kubernetes cluster: an admission webhook that pins image references to digests" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=build /root-of-weir /
USER 65532:65532
EXPOSE 8443 8080
ENTRYPOINT ["/usr/bin/weir"]
CMD ["--help"]
