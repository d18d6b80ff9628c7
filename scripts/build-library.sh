#!/usr/bin/env bash
# Builds .build/release/libCalvinEval.so, which the Python package loads.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
. "$root/scripts/prepare.sh"
install_packages "${packages[@]}"
find_swift
swift build --package-path "$root" "${release_flags[@]}" --product CalvinEval >&2
