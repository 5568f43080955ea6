# syntax=docker/dockerfile:1
#
# docker build --tag gltf-render-server .
# docker run --rm --publish 127.0.0.1:8000:8000 --read-only --tmpfs /tmp \
#     --tmpfs /var/cache/gltf-render-server:uid=10001,mode=0700 --cap-drop ALL \
#     --security-opt no-new-privileges gltf-render-server [more options, such as --workers 4]
#
# The image draws with Mesa's lavapipe where there is no GPU. For one of the host add
# `--device /dev/dri --group-add $(getent group render | cut -d: -f3)` (Intel, AMD), or `--gpus all` with
# NVIDIA's container toolkit. wsgi_equivalent/compose.yaml has all of that; `make test-image` tests the
# steps below without a container engine.

FROM rust:1.95-slim-bookworm AS build
# jemalloc is built by make.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# Names of functions stay in, for the log of a panic; lines, four fifths of the file, do not.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --release --locked \
    && strip --strip-debug -o /usr/local/bin/gltf-render-server target/release/gltf-render-server

FROM debian:bookworm-slim
# tini is process 1: the kernel ignores the signal by which the server ends if that is the server.
# libglvnd0 and libxext6 are for NVIDIA's driver, which its runtime brings in without them. Python, on
# which Mesa's package depends for a tool that is of no use here, is left out again.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libglvnd0 libvulkan1 libxext6 mesa-vulkan-drivers tini \
    && dpkg --purge --force-depends $(dpkg --list | awk '/^ii +(lib)?python3/ {print $2}') \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
# Where NVIDIA's driver is, if its runtime brings it in: that alone does not bring this file in all of its
# modes. Where it does, the GPU may be listed twice, and the workers share it all the same.
RUN mkdir --parents /etc/vulkan/icd.d \
    && echo '{"file_format_version": "1.0.0", "ICD": {"library_path": "libEGL_nvidia.so.0", "api_version": "1.3.0"}}' \
        > /etc/vulkan/icd.d/nvidia_icd.json
# The number is known outside: Kubernetes tells by it that this is not root.
RUN useradd --uid 10001 --user-group --no-create-home --no-log-init --shell /usr/sbin/nologin render \
    && install --directory --owner render --group render --mode 0700 /var/cache/gltf-render-server
COPY --from=build /usr/local/bin/gltf-render-server /usr/local/bin/
USER 10001:10001
# Without a place for compiled shaders Mesa compiles them again for each device.
ENV MESA_SHADER_CACHE_DIR=/var/cache/gltf-render-server
# Mesa's Vulkan layer that asks a desktop for its preferred device finds none here, and says so.
ENV NODEVICE_SELECT=1
# Of NVIDIA's driver, Vulkan; by default its runtime brings in what computes only.
ENV NVIDIA_DRIVER_CAPABILITIES=graphics
# As variables, so that options and other commands can still be given to `docker run`.
ENV GLTF_RENDER_SERVER_HOST=0.0.0.0
ENV GLTF_RENDER_SERVER_PORT=8000
EXPOSE 8000
# Whether it can draw. There is nothing in the image that speaks HTTP but bash.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$GLTF_RENDER_SERVER_PORT && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "gltf-render-server"]
