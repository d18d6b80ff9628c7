# Shared by ./calvin-eval and ./test: system packages, toolchain, build. Source it with `root` set.

# What the build and the run need on Debian and Ubuntu: the C++ library's headers, what SwiftPM
# fetches packages with, and the libraries.
packages=(
  g++ git ca-certificates
  libbullet-dev libopenblas-dev libegl-dev libgl-dev libegl1 libgl1-mesa-dri
  libpng-dev zlib1g-dev libdeflate-dev libssl-dev libsqlite3-dev pkg-config
)
# The same as pkg-config modules, to name what is missing elsewhere.
modules=(bullet-float64 openblas egl gl libpng zlib libdeflate libcrypto sqlite3)

say() { printf 'calvin-eval: %s\n' "$*" >&2; }

# install_packages PACKAGE...: installs what is missing; prints it and stops where that is impossible.
install_packages() {
  local missing=() name
  if command -v dpkg-query >/dev/null; then
    for name in "$@"; do
      [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
        missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] && return 0
    local as=()
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null || {
        say "missing system packages; as root run: apt-get install ${missing[*]}"
        exit 2
      }
      as=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
      apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' \
      sh "${missing[@]}" >&2 </dev/null || {
      say "could not install ${missing[*]}"
      exit 2
    }
  else
    for name in "${modules[@]}"; do
      pkg-config --exists "$name" 2>/dev/null || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] || {
      say "missing libraries (pkg-config modules): ${missing[*]}"
      exit 2
    }
  fi
}

# find_swift: puts a Swift toolchain on PATH or says where one comes from.
find_swift() {
  command -v swift >/dev/null && return 0
  local folder
  for folder in "$HOME/.local/share/swiftly/bin" /opt/*/usr/bin /usr/share/swift*/usr/bin; do
    [ -x "$folder/swift" ] && PATH="$folder:$PATH" && export PATH && return 0
  done
  say "no Swift toolchain found; install Swift 6.2 or newer from swift.org and put it on PATH"
  exit 2
}

# One set of flags for runs and tests, so that one release build serves both.
release_flags=(-c release -Xswiftc -enable-testing)

stamp="$root/.build/calvin-eval.stamp"
binary="$root/.build/release/calvin-eval"

# is_fresh: true when nothing the binary is made of is newer than the last build.
is_fresh() {
  [ -x "$binary" ] && [ -f "$stamp" ] &&
    [ -z "$(find "$root/Package.swift" "$root/Sources" "$root/scripts" -newer "$stamp" \
      -print -quit)" ]
}

# build_binary: builds release unless fresh; several starts at once build once.
build_binary() {
  is_fresh && return 0
  mkdir -p "$root/.build"
  exec 9>"$root/.build/calvin-eval.lock"
  flock 9
  if ! is_fresh; then
    install_packages "${packages[@]}"
    find_swift
    local begun
    begun=$(mktemp "$root/.build/begun.XXXXXX")
    say "building (the first time takes a few minutes)"
    swift build --package-path "$root" "${release_flags[@]}" --product calvin-eval >&2 || {
      rm -f "$begun"
      say "the build failed"
      exit 2
    }
    # Stamped with the time the build began: an edit made meanwhile is built next time.
    mv "$begun" "$stamp"
  fi
  exec 9>&-
}
