# Sourced by bin/repo-vitals and bin/test: finds a Python and hands over to bootstrap.py.
# Nothing here may depend on the working folder, which can be a stranger's checkout.

bin_folder=${BASH_SOURCE[0]%/*}
[ "$bin_folder" != "${BASH_SOURCE[0]}" ] || bin_folder=.
bin_folder=$(unset CDPATH && cd -P -- "$bin_folder/" && pwd) || exit 2

# Git Bash rewrites arguments and variables that look like paths (`/owner`, `a:b`); ours must arrive as they were given.
export MSYS_NO_PATHCONV=1 MSYS2_ENV_CONV_EXCL='*'
case ${OSTYPE:-} in
  msys* | cygwin*) bin_folder=$(cygpath -m "$bin_folder") ;; # C:/clone/bin: a Windows Python can't open /c/clone/bin
esac

export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
unset PYTHONHOME # another Python's home would keep wrappers around ours from starting

# Sets `python` to the interpreter behind a command, if that is Python 3.10 or newer. Running it is the only sure test:
# Windows has a `python3` that opens the Store, pyenv has shims for versions that are not there. Starting the
# interpreter itself afterwards saves going through such a shim twice. Run in $place: shims go by the `.python-version`
# of their folder and of those above it.
python=''
place=/
use() {
  python=$(unset CDPATH && cd -- "$place" && "$@" -I -S -X utf8 -c 'import sys
if sys.version_info >= (3, 10) and sys.executable:
    sys.stdout.write(sys.executable)' 2>/dev/null </dev/null) && [ -n "$python" ]
}

# What `use python3` finds where that is pyenv's shim, which starts some thirty programs to follow what its rules say in
# two lines: PYENV_VERSION, or else the first line of `version`. Whatever else stands there, the shim itself is asked.
use_behind_shim() {
  shim=$(command -v python3)
  case $shim in /*/shims/python3) ;; *) return 1 ;; esac
  versions=${shim%/shims/python3}/versions
  [ -d "$versions" ] && [ ! -e /.python-version ] || return
  version=${PYENV_VERSION:-}
  [ -n "$version" ] || IFS= read -r version 2>/dev/null <"${versions%s}" || return
  case $version in '' | .* | *[!0-9A-Za-z.+-]*) return 1 ;; esac
  [ -x "$versions/$version/bin/python3" ] && use "$versions/$version/bin/python3"
}

start() {
  # A path that the caller gave starts at the working folder.
  if [ -n "${REPO_VITALS_PYTHON:-}" ] && ! place=. use "$REPO_VITALS_PYTHON"; then
    echo "repo-vitals: REPO_VITALS_PYTHON: '${REPO_VITALS_PYTHON//[[:cntrl:]]/?}' is not a Python 3.10 or newer; trying others" >&2
  fi
  [ -n "$python" ] || use_behind_shim || use python3 || use python || use py -3 || {
    [ "${GITHUB_ACTIONS:-}" != true ] || echo '::error title=repo-vitals::no Python 3.10 or newer was found' >&2
    echo 'repo-vitals: no Python 3.10 or newer was found; install one, or name it in REPO_VITALS_PYTHON' >&2
    exit 2
  }
  # -I: no working folder, no PYTHON* variables, no user site. -S: nor the packages that this Python happens to have.
  exec "$python" -I -S -X utf8 "$bin_folder/bootstrap.py" "$@"
}
