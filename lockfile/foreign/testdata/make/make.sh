#!/usr/bin/env bash
# make.sh: makes the real lockfiles of this folder anew, each by the tool that it
# is of, against npm's registry as it was on $before, and beside each what the
# tool installed (walk.js). Needs npm and the network. Everything else of the
# work lies in $FOREIGN_WORK, where a second run finds it again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=${FOREIGN_WORK:-${TMPDIR:-/tmp}/ipnpm-foreign}
before=2026-04-01T00:00:00Z
export npm_config_update_notifier=false HOME=$work/home YARN_ENABLE_TELEMETRY=0 COREPACK_ENABLE_STRICT=0 CI=1
mkdir -p "$work/home"

# tool NAME@VERSION: its folder, installed once.
tool() {
  local dir=$work/tools/${1//[\/@]/_}
  if [ ! -d "$dir/node_modules" ]; then
    mkdir -p "$dir"
    echo '{"private": true}' >"$dir/package.json"
    (cd "$dir" && npm install --no-audit --no-fund --foreground-scripts "$1" >&2)
  fi
  echo "$dir/node_modules"
}

npm12=$(tool npm@12.2.0)
: >"$work/names"
coproc PAST { exec node "$here/past.js" "$npm12/npm/node_modules/pacote" "$work/cache" "$before" "$work/names"; }
trap 'kill $PAST_PID' EXIT
read -r registry <&"${PAST[0]}"

# settings: what the tools have to be told, in the current folder.
settings() {
  cat >.npmrc <<EOF
registry=$registry
link-workspace-packages=true
EOF
  cat >.yarnrc.yml <<EOF
npmRegistryServer: "$registry"
unsafeHttpWhitelist: ["127.0.0.1"]
nodeLinker: node-modules
enableScripts: false
enableImmutableInstalls: false
EOF
  if [ -d packages ]; then
    printf 'packages: ["packages/*"]\nlinkWorkspacePackages: true\n' >pnpm-workspace.yaml
  fi
}

# record NAME LOCKFILE COMMAND…: runs the command in a copy of each project. Of
# npm 6, which knows no workspaces, the third is another.
record() {
  local name=$1 lock=$2 project dir out
  shift 2
  for project in small medium "${third:-workspaces}"; do
    dir=$work/projects/$name/$project out=$here/../locks/$name
    rm -rf "$dir"
    mkdir -p "$(dirname "$dir")" "$out"
    cp -R "$here/../projects/$project" "$dir"
    (cd "$dir" && settings && "$@" >log 2>&1) || { cat "$dir/log" >&2; return 1; }
    sed "s|$registry|https://registry.example/|g" "$dir/$lock" >"$out/$project.$lock"
    node "$here/walk.js" "$dir" >"$out/$project.edges"
    wc -l "$out/$project.edges"
  done
}

pnpm() { node "$(tool "pnpm@$1")/pnpm/bin/pnpm.cjs" install --ignore-scripts --no-frozen-lockfile; }
pnpm_today() { node "$(tool "pnpm@$1")/pnpm/bin/pnpm.mjs" install --ignore-scripts --no-frozen-lockfile; }
classic() { node "$(tool "yarn@$1")/yarn/bin/yarn.js" install --ignore-scripts --ignore-engines --no-progress; }
berry() { node "$(tool "@yarnpkg/cli-dist@$1")/@yarnpkg/cli-dist/bin/yarn.js" install; }
bun() { "$(tool "bun@$1")/.bin/bun" install --ignore-scripts --linker=hoisted; }
npm6() { "$(tool node@14.21.3)/.bin/node" "$(tool "npm@$1")/npm/bin/npm-cli.js" install --ignore-scripts --no-audit; }
npm12() { node "$npm12/npm/bin/npm-cli.js" install --ignore-scripts --no-audit --lockfile-version="$1"; }

record yarn-1 yarn.lock classic 1.22.22
record yarn-4 yarn.lock berry 4.18.1
record bun-1 bun.lock bun 1.4.5
third=single record npm-6 package-lock.json npm6 6.14.18
record pnpm-8 pnpm-lock.yaml pnpm 8.15.9
record pnpm-9 pnpm-lock.yaml pnpm 9.15.9
record pnpm-12 pnpm-lock.yaml pnpm_today 12.21.0
record npm-12-v2 package-lock.json npm12 2
record npm-12-v3 package-lock.json npm12 3
node "$here/trim.js" "$npm12/npm/node_modules/pacote" "$work/cache" "$work/names" "$here/../locks" |
  zstd -q -19 -f -o "$here/../packuments.jsonl.zst"
