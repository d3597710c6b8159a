import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ignoredFiles,
  RepositoryError,
  revisionAt,
  treeAt,
  workTreeOf,
} from "../../../src/build/repository";
import { Repository } from "../../support/git";

describe("what git knows", function () {
  this.timeout(60_000);
  let root: string;
  let repository: Repository;
  let first: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-"));
    repository = new Repository(join(root, "config"));
    first = repository.commit({ "back/a.json": "one", "front/b.conf": "b", "run.sh": "x" });
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const config = () => repository.folder;

  it("of a clean repository: commit, author, date, branch", () => {
    assert.deepEqual(workTreeOf(config()), {
      commit: first,
      author: "lijing@shop.example",
      authored: "20220802-1655",
      branch: "develop",
      dirty: false,
    });
  });

  it("of a part of a repository: the last commit that touched it", () => {
    const second = repository.commit({ "back/a.json": "two" });
    assert.equal(workTreeOf(join(config(), "front"))?.commit, first);
    assert.equal(workTreeOf(join(config(), "back"))?.commit, second);
    assert.equal(workTreeOf(config())?.commit, second);
  });

  it("of a tag: the highest version, and no branch while none is checked out", () => {
    for (const tag of ["v1.9.0", "v1.10.0", "v1.2.0"]) repository.git("tag", tag);
    repository.git("checkout", "--quiet", "--detach");
    const { branch, gitTag } = workTreeOf(config()) ?? {};
    assert.deepEqual({ branch, gitTag }, { branch: undefined, gitTag: "v1.10.0" });
  });

  const dirt: [what: string, make: () => void, where: string, dirty: boolean][] = [
    [
      "a changed file",
      () => {
        repository.write("back/a.json", "other");
      },
      ".",
      true,
    ],
    [
      "a new file",
      () => {
        repository.write("back/new.json", "");
      },
      ".",
      true,
    ],
    [
      "a file that is gone",
      () => {
        rmSync(join(config(), "run.sh"));
      },
      ".",
      true,
    ],
    [
      "a changed file beside it",
      () => {
        repository.write("back/a.json", "other");
      },
      "front",
      false,
    ],
  ];
  const change = (): void => {
    repository.write("run.sh", "other");
  };
  const hides: Record<string, () => void> = {
    "a changed file marked as unchanged in git": () => {
      repository.git("update-index", "--assume-unchanged", "run.sh");
      change();
    },
    "a changed file marked to skip in git": () => {
      repository.git("update-index", "--skip-worktree", "run.sh");
      change();
    },
    "a file that a sparse checkout leaves out": () => {
      repository.git("sparse-checkout", "set", "--no-cone", "/*", "!run.sh");
    },
    "a mode that git is set to ignore": () => {
      repository.git("config", "core.fileMode", "false");
      chmodSync(join(config(), "run.sh"), 0o755);
    },
    "a changed file of a submodule that git is set to ignore": () => {
      const lib = new Repository(join(root, "lib"));
      lib.commit({ a: "a" });
      repository.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "--quiet",
        lib.folder,
        "lib",
      );
      repository.git("config", "-f", ".gitmodules", "submodule.lib.ignore", "all");
      repository.commit();
      assert.equal(workTreeOf(config())?.dirty, false);
      repository.write("lib/a", "other");
    },
  };
  for (const [what, make] of Object.entries(hides)) {
    it(`of . with ${what}: dirty`, () => {
      make();
      assert.equal(repository.git("status", "--porcelain"), "");
      assert.equal(workTreeOf(config())?.dirty, true);
    });
  }

  it("of a signed commit, though the user wants to see signatures", () => {
    const gpg = join(root, "gpg");
    const status = 'echo "[GNUPG:] SIG_CREATED " >&2';
    writeFileSync(
      gpg,
      `#!/bin/sh\ncase "$*" in *--verify*) echo "[GNUPG:] GOODSIG 1 x"; echo "gpg: Good signature" >&2 ;;\n*) cat > /dev/null; ${status}; printf '%s\\n' '-----BEGIN PGP SIGNATURE-----' '' x '-----END PGP SIGNATURE-----' ;; esac\n`,
      { mode: 0o755 },
    );
    repository.git("config", "gpg.program", gpg);
    repository.git("config", "log.showSignature", "true");
    repository.write("run.sh", "y");
    repository.git("commit", "--quiet", "--all", "--gpg-sign=x", "--message=signed");
    const commit = repository.git("rev-parse", "HEAD");
    assert.match(repository.git("log", "-1", "--format=%ae"), /Good signature/);
    const { author, commit: own } = workTreeOf(config()) ?? {};
    assert.deepEqual([own, author], [commit, "lijing@shop.example"]);
  });

  for (const [what, make, where, dirty] of dirt) {
    it(`of ${where} with ${what}: ${dirty ? "dirty" : "clean"}`, () => {
      make();
      assert.equal(workTreeOf(join(config(), where))?.dirty, dirty);
    });
  }

  it("is nothing where git is not, has no commit, or does not keep the files", () => {
    assert.equal(workTreeOf(root), undefined);
    assert.equal(workTreeOf(join(root, "absent")), undefined);
    assert.equal(workTreeOf(new Repository(join(root, "empty")).folder), undefined);
    repository.commit({ ".gitignore": "made/\n" });
    repository.write("made/x", "x");
    assert.equal(workTreeOf(join(config(), "made")), undefined);
  });

  it("follows the directory, not a git hook's own repository", () => {
    process.env["GIT_DIR"] = join(root, "elsewhere");
    try {
      assert.equal(workTreeOf(config())?.commit, first);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });

  it("of a commit by its digits, a tag, a branch", () => {
    repository.git("tag", "v1.0.0");
    repository.commit({ "back/a.json": "two" });
    for (const name of [first, first.slice(0, 7), "v1.0.0", "develop~1"]) {
      const { commit, branch, gitTag } = revisionAt(config(), name);
      assert.deepEqual(
        { commit, branch, gitTag },
        { commit: first, branch: undefined, gitTag: "v1.0.0" },
      );
    }
    assert.equal(revisionAt(config(), "develop").branch, "develop");
    // Another is checked out, and is at another commit.
    repository.git("branch", "feature/x", first);
    repository.git("update-ref", "refs/remotes/origin/feature/y", first);
    assert.equal(revisionAt(config(), "feature/x").branch, "feature/x");
    assert.equal(revisionAt(config(), "origin/feature/y").branch, "feature/y");
  });

  it("shows how to fetch a commit into a shallow clone, and that works: by its digits, by a tag", () => {
    repository.git("tag", "v1");
    repository.git("checkout", "--quiet", "-b", "feature");
    const other = repository.commit({ "back/a.json": "two" });
    repository.git("checkout", "--quiet", "develop");
    repository.commit({ "back/a.json": "three" });
    for (const wanted of [first, other, "v1"]) {
      const clone = mkdtempSync(join(root, "clone-"));
      repository.git("clone", "--quiet", "--depth=1", `file://${config()}`, clone);
      let said = "";
      assert.throws(
        () => revisionAt(clone, wanted),
        ({ message }: Error) => (said = message) !== "",
      );
      const [, command = assert.fail(said)] = said.split("others have it: ");
      execFileSync("sh", ["-c", command], { stdio: "pipe" });
      assert.equal(revisionAt(clone, wanted).commit, wanted === "v1" ? first : wanted);
    }
  });

  const unknown: [name: string, where: string, said: RegExp][] = [
    ["0000000", "config", /has no commit 0000000; .*git -C .* fetch/],
    ["--all", "config", /has no commit --all/],
    ["develop", ".", /is not kept in git/],
    ["develop", "absent", /is not kept in git/],
  ];
  for (const [name, where, said] of unknown) {
    it(`reports that ${where} has no ${name}`, () => {
      assert.throws(() => revisionAt(join(root, where), name), said);
    });
  }

  it("lists the ignored files below the directory", () => {
    repository.commit({ ".gitignore": ".env\ntarget/\n" });
    for (const file of ["back/.env", "back/target/a b.jar", "front/.env"])
      repository.write(file, "x");
    assert.deepEqual(ignoredFiles(join(config(), "back")), [".env", "target/a b.jar"]);
    assert.equal(workTreeOf(join(config(), "back"))?.dirty, false);
  });

  describe("a tree at a commit", () => {
    it("is that of the commit, whatever lies in the work tree", () => {
      chmodSync(join(config(), "run.sh"), 0o755);
      const marked = repository.commit();
      repository.commit({ "back/a.json": "two" });
      repository.write("back/a.json", "three");
      repository.write("back/stray", "");
      const status = repository.git("status", "--porcelain");

      const place = join(root, treeAt(root, "config", marked));
      assert.deepEqual(readdirSync(place, { recursive: true }).sort(), [
        "back",
        "back/a.json",
        "front",
        "front/b.conf",
        "run.sh",
      ]);
      assert.equal(readFileSync(join(place, "back/a.json"), "utf8"), "one");
      assert.notEqual(statSync(join(place, "run.sh")).mode & 0o100, 0);
      assert.equal(repository.git("status", "--porcelain"), status, "the work tree was touched");
    });

    it("has the modes that git gives, whatever the umask is", () => {
      const before = process.umask(0o077);
      try {
        const place = treeAt(root, "config", first);
        const modes = ["", "back", "back/a.json"].map((file) =>
          (statSync(join(root, place, file)).mode & 0o7777).toString(8),
        );
        assert.deepEqual(modes, ["755", "755", "644"]);
        assert.equal(process.umask(0o077), 0o077);
      } finally {
        process.umask(before);
      }
    });

    it("of a part holds that part", () => {
      const place = treeAt(root, "config/front", first);
      assert.deepEqual(readdirSync(join(root, place)), ["b.conf"]);
    });

    it("of a part has the line ends of the attributes above it, and others when those change", () => {
      const [plain, file] = [treeAt(root, "config/back", first), "a.json"];
      repository.commit({ ".gitattributes": "*.json text eol=crlf\n", "back/a.json": "one\n" });
      const place = treeAt(root, "config/back", "HEAD");
      assert.equal(readFileSync(join(root, place, file), "utf8"), "one\r\n");
      repository.commit({ ".gitattributes": "" });
      const after = treeAt(root, "config/back", "HEAD");
      assert.equal(readFileSync(join(root, after, file), "utf8"), "one\n");
      assert.equal(new Set([plain, place, after]).size, 3);
    });

    it("has a path by content, so that the same tree of two commits is one", () => {
      const second = repository.commit();
      assert.equal(treeAt(root, "config", first), treeAt(root, "config", second));
      assert.deepEqual(readdirSync(join(root, ".slipway/sources")).length, 1);
    });

    it("cannot be had of a directory that the commit does not have, and leaves nothing", () => {
      repository.commit({ "later/c": "c" });
      assert.throws(
        () => treeAt(root, "config/later", first),
        new RepositoryError(`config/later does not exist in commit ${first.slice(0, 8)}`),
      );
      assert.equal(existsSync(join(root, ".slipway")), false);
    });

    it("cannot be had with submodules, whose files it does not have", () => {
      repository.git("update-index", "--add", "--cacheinfo", `160000,${first},lib`);
      repository.git("commit", "--quiet", "--message=lib");
      assert.throws(() => treeAt(root, "config", "HEAD"), /config has submodules in commit/);
    });
  });
});
