#!/usr/bin/env bash
# The one list of packages that spoor needs: Debian 12, nothing from anywhere else.
#   deploy/install-deps.sh           to build and run
#   deploy/install-deps.sh cluster   also what deploy/cluster starts
#   deploy/install-deps.sh test      also that, and what deploy/test checks with
#   deploy/install-deps.sh bench     to build, and the rivals that benchmarks start: no test needs them
# Installs what is missing; silent, and done at once, when nothing is.
set -euo pipefail

build=(
  g++ cmake ninja-build ccache pkg-config  # tools; ccache makes the second build quick
  libabsl-dev                              # Status, flat hash maps, mutexes
  libbenchmark-dev                         # bench/
  libarchive-dev                           # zip and tar
  libboost1.81-dev libboost-json1.81-dev   # HTTP (Beast, Asio), JSON; plain libboost-dev is 1.74
  libcli11-dev                             # command line
  libexpat1-dev                            # GPX, TCX, KML
  libgeos-dev                              # polygons
  libgtest-dev                             # tests/
  libprotobuf-dev protobuf-compiler        # messages
  librdkafka-dev                           # the log of a cluster
  libroaring-dev                           # bitmaps
  librocksdb-dev                           # the store
  libsimdjson-dev                          # JSON at the door
  libssl-dev                               # TLS between nodes
  libzstd-dev zlib1g-dev                   # compressed files and bodies
)
cluster=(
  curl etcd-server               # what a cluster agrees on
  maven openjdk-17-jre-headless  # Kafka, which comes as Maven artifacts (deploy/kafka)
)
check=(
  clang-format-19                     # the format check
  clang-19 libclang-rt-19-dev         # fuzz targets
  clang-tidy-19                       # the checks of .clang-tidy (tests/source/tidy)
  python3                             # tests/source/check.py
  shellcheck                          # scripts
  libgrpc++-dev protobuf-compiler-grpc  # the rival in bench/scatter; nothing else links it
)
# Clients of the HTTP interface are generated and called (tests/client); a node that is there already may have an npm of
# its own, which Debian's would not stand beside.
clients=(python3-venv)
command -v npm >/dev/null || clients+=(nodejs npm)
bench=(
  postgresql-15 postgresql-15-postgis-3  # bench/exact starts a server for itself
)

packages=("${build[@]}")
case "${1:-}" in
  "") ;;
  cluster) packages+=("${cluster[@]}") ;;
  test) packages+=("${cluster[@]}" "${check[@]}" "${clients[@]}") ;;
  bench) packages+=("${bench[@]}") ;;
  *) echo "usage: $0 [cluster|test|bench]" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $status == installed ]] || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null || { echo "$0: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "installing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >/dev/null
