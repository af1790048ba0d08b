# An image of dagu-rs, for checks in CI:
#
#     docker build -t dagu-rs .
#     docker run --rm -v "$PWD:/work:ro" dagu-rs check
#
# With a binary that is built already, which needs the C library of BASE or an older one:
#
#     docker build -t dagu-rs --target prebuilt --build-arg BINARY=path/in/the/context .
ARG BASE=debian:bookworm-slim
ARG BUILDER=rust:1.95-slim-bookworm

FROM ${BASE} AS base
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["dagu-rs"]
CMD ["--help"]

# Before `build`: builders without BuildKit go through all stages that stand above the one that is asked for.
FROM base AS prebuilt
ARG BINARY=dagu-rs
COPY ${BINARY} /usr/local/bin/dagu-rs

FROM ${BUILDER} AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin dagu-rs && strip target/release/dagu-rs

FROM base
COPY --from=build /src/target/release/dagu-rs /usr/local/bin/dagu-rs
