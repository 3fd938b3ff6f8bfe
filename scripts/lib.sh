# Sourced by the other scripts: where things are, how to say something, one process at a time.
# bash 3.2 is enough (macOS).

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Further sources of weights; POSTIL_CATALOGUE= (empty) does without.
export POSTIL_CATALOGUE="${POSTIL_CATALOGUE-$root/scripts/weights.toml}"
# The tests that need Python packages only, as their `__init__.py` say: no Ollama, weights, editor, compiler or network.
QUICK_TESTS="tests/core tests/engine tests/service tests/lsp tests/cli tests/acp tests/scenarios tests/trust tests/test_architecture.py tests/test_layout.py"
# Those that need real parts (scripts/test-parts). Together with the quick ones and
# tests/{bench,checks,docs,fuzz,overlay,verify,test_dependencies.py}
# these are all: tests/test_layout.py.
PARTS_TESTS="tests/real tests/faults tests/clients tests/tools tests/mcp"
# Of these, those that run against the newest Ollama as well.
NEWEST_TESTS="tests/real/test_engines.py tests/real/test_ollama_admin.py tests/real/test_ollama_create.py tests/real/test_prefill.py"

# Tests wait, too, for packages, editors, time-outs: one more at a time than there are processors.
workers="$(("$(getconf _NPROCESSORS_ONLN)" + 1))"

say() { printf 'postil: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

# The same folder as postil.engine.download.store.cache_dir() (platformdirs), before there is a Python to ask.
if [ -n "${POSTIL_CACHE_DIR:-}" ]; then
    cache="$POSTIL_CACHE_DIR"
elif [ "$(uname -s)" = Darwin ]; then
    cache="$HOME/Library/Caches/postil"
else
    cache="${XDG_CACHE_HOME:-$HOME/.cache}/postil"
fi
mkdir -p "$cache"
cache="$(cd "$cache" && pwd)"

digest() { # of standard input, 12 characters
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-12
}

# hold NAME: waits while another process holds the lock, then holds it until this script ends. A lock whose owner is
# gone is taken over. (Not `hold || …`: a function in such a list runs on after an error.)
hold() {
    held="$cache/$1.lock"
    local owner waited=0
    until (set -C; echo $$ >"$held") 2>/dev/null; do
        owner="$(cat "$held" 2>/dev/null || true)"
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -f "$held"
            continue
        fi
        if [ "$waited" = 0 ]; then say "waiting for another set-up (process ${owner:-?}, $held)"; fi
        waited=1
        sleep 0.5
    done
    trap 'rm -f "$held"' EXIT
}

apt_install() { # WHAT PACKAGE…
    local what="$1" sudo=""
    shift
    command -v apt-get >/dev/null || die "$what is missing: install it with your package manager (Debian: $*)"
    if [ "$(id -u)" != 0 ]; then
        if ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
            die "$what is missing: run 'sudo apt-get install $*' and try again"
        fi
        sudo=sudo
    fi
    say "installing $*"
    # apt lets in one at a time.
    (
        flock 9
        $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq "$@" >/dev/null
    ) 9>"$cache/apt.lock"
}
