import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { layout, type Layout } from "../../sandbox/layout";
import type { Go } from "../../sandbox/toolchain/go";
import { toolsDirectory } from "../../sandbox/toolchain/plan";

export const go: Go = {
  version: "go1.26.8",
  os: "linux",
  arch: "amd64",
  proxy: "https://proxy.test",
};

/** Stands for `go`: answers `env`, lists two packages, and "builds" a file per package, as the environment asks it to. */
const fakeGo = `#!/bin/sh
command=$1
shift
case $command in
env)
  printf '{"GOVERSION":"%s","GOHOSTOS":"linux","GOHOSTARCH":"amd64","GOPROXY":"direct"}' \\
    "\${FAKE_VERSION-go1.26.8}" ;;
mod)
  printf '{"Dir":"/module"}' ;;
list)
  echo example.org/one
  echo example.org/two ;;
build)
  echo "\${PWD##*/}" >> "$FAKE_CALLS"
  for argument in "$@"; do
    case $argument in -overlay=*) cp "\${argument#*=}" "$FAKE_CALLS.overlay" ;; esac
  done
  while [ -n "$FAKE_GATE" ] && [ ! -e "$FAKE_GATE" ]; do sleep 0.01; done
  echo example.org/one >&2
  while [ "$1" != -o ]; do shift; done
  out=$2
  shift 2
  for package in "$@"; do
    [ "$package" = . ] && package=$PWD
    package=\${package%/v[0-9]}
    echo built > "$out\${package##*/}"
  done
  if [ "\${PWD##*/}" = "$FAKE_BROKEN" ]; then
    echo "main.go:7:1: syntax error" >&2
    exit 1
  fi ;;
esac
`;

/** Stands for `pip3`: "unpacks" what the environment names into the directory after `--target`. */
const fakePip = `#!/bin/sh
echo "pip: $*" >> "$FAKE_CALLS"
if [ -n "$FAKE_INDEX" ]; then echo "$FAKE_INDEX"; exit 1; fi
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin" "$2/some.dist-info"
echo fetched > "$2/bin/traefik"
`;

/** What a suite asks of them. */
interface FakeTools {
  /** Folders that the tools are built in. */
  place: () => Layout;
  /** A path in the folder of the test. */
  inWork: (name: string) => string;
  /** What has been built or fetched up to now, in order. */
  built: () => string[];
  /** Folders that a build has left half-written. */
  unfinished: () => string[];
}

/** Has each test of a suite meet these in place of Go and pip, with folders of its own. */
export function fakeTools(): FakeTools {
  let work: string;
  const before = { ...process.env };
  const inWork = (name: string) => join(work, name);
  const place = () => layout({ XDG_CACHE_HOME: inWork("cache"), XDG_STATE_HOME: work });
  const calls = () =>
    existsSync(inWork("calls")) ? readFileSync(inWork("calls"), "utf8").split("\n") : [];
  const built = () => calls().filter((line) => line !== "");
  const unfinished = () => readdirSync(toolsDirectory(place())).filter((e) => e.startsWith("."));

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "slipway-toolchain-"));
    mkdirSync(inWork("bin"));
    writeFileSync(join(work, "bin", "go"), fakeGo);
    writeFileSync(join(work, "bin", "pip3"), fakePip);
    for (const name of ["go", "pip3"]) chmodSync(join(work, "bin", name), 0o755);
    process.env["PATH"] = `${inWork("bin")}${delimiter}${before["PATH"] ?? ""}`;
    process.env["FAKE_CALLS"] = inWork("calls");
  });

  afterEach(() => {
    for (const name of Object.keys(process.env).filter((each) => each.startsWith("FAKE_"))) {
      Reflect.deleteProperty(process.env, name);
    }
    process.env["PATH"] = before["PATH"];
    rmSync(work, { recursive: true });
  });

  return { place, inWork, built, unfinished };
}
