# syntax=docker/dockerfile:1
#
# docker build --tag gltf-render-server .
# docker run --rm --publish 8000:8000 gltf-render-server [more options, such as --workers 4]
#
# The image draws with Mesa's lavapipe. For a GPU of the host add `--device /dev/dri` (Intel, AMD),
# or `--gpus all --env NVIDIA_DRIVER_CAPABILITIES=graphics` with NVIDIA's container toolkit.

FROM rust:1.95-slim-bookworm AS build
# jemalloc is built by make.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked \
    && cp target/release/gltf-render-server /usr/local/bin/

FROM debian:bookworm-slim
# tini is process 1: the kernel ignores the signal by which the server ends if that is the server.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libvulkan1 mesa-vulkan-drivers tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --no-create-home --shell /usr/sbin/nologin render \
    && install --directory --owner render --group render /var/cache/gltf-render-server
COPY --from=build /usr/local/bin/gltf-render-server /usr/local/bin/
USER render
# Without a place for compiled shaders Mesa compiles them again for each device.
ENV MESA_SHADER_CACHE_DIR=/var/cache/gltf-render-server
# Mesa's Vulkan layer that asks a desktop for its preferred device finds none here, and says so.
ENV NODEVICE_SELECT=1
# As a variable, so that options and other commands can still be given to `docker run`.
ENV GLTF_RENDER_SERVER_HOST=0.0.0.0
EXPOSE 8000
ENTRYPOINT ["tini", "--", "gltf-render-server"]
