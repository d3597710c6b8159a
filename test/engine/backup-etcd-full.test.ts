import * as assert from "node:assert/strict";
import { execa } from "execa";
import { etcdScript } from "../../components/backup/etcd-script";
import { planEtcd } from "../../components/backup/etcd-plan";
import { factsCommand, parseFacts } from "../../components/shared/machine/facts";
import { silent } from "../../sandbox/progress";
import { installMissing, restic } from "../../sandbox/toolchain/debian";
import { walkOnLabAll } from "../support/lab";
import { room } from "../support/room";
import { noSmallDisk } from "../support/small-disk";

const target = {
  name: "off",
  kind: "s3" as const,
  endpoint: "https://s3.example",
  bucket: "backups",
  region: "us-east-1",
  accessKey: "s3Key",
  secretKey: "s3Secret",
};
const keep = { hourly: 24 };
const spec = {
  stack: "prod",
  password: "backupPassword",
  etcd: { schedule: "hourly", drill: "weekly", keep, target },
};

/**
 * A control plane for one process: its own /etc and /var/lib, the latter on a disk of 300 MiB, an etcd with a prepared snapshot,
 * and a repository elsewhere.
 */
const machine = `
mount -t tmpfs -o size=300m machine /var/lib
mount -t tmpfs memory /run
mkdir -p /run/upper /run/work
mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc
mount -t tmpfs memory /var/cache
mount -t tmpfs memory /usr/local/sbin
mkdir -p /etc/kubernetes/manifests /etc/kubernetes/pki/etcd /etc/slipway/backup/etcd /var/lib/etcd/member/snap
echo '    image: registry.k8s.io/etcd:v1' > /etc/kubernetes/manifests/etcd.yaml
for file in ca.crt ca.key front-proxy-ca.crt front-proxy-ca.key etcd/ca.crt etcd/ca.key sa.key sa.pub; do
  echo "$file" > /etc/kubernetes/pki/$file
done
head -c 1000000 /dev/urandom > /var/lib/etcd/member/snap/db
echo 'export RESTIC_REPOSITORY=/run/repository RESTIC_PASSWORD=word' > /etc/slipway/backup/etcd/env
bin=/var/lib/slipway/etcd/bin/v1
mkdir -p $bin
cat > $bin/etcdctl <<'END'
#!/bin/sh
case "$*" in
  'snapshot save '*)
    [ ! -e /run/fills ] || head -c 400M /dev/zero > /var/lib/another || true
    db=$(mktemp -p /run)
    cp /var/lib/etcd/member/snap/db $db
    perl -e 'print pack "H*", shift' "$(sha256sum $db | cut -c -64)" >> $db
    exec cat $db > "$3" ;;
  *) echo '[{"Status":{"hash":5,"compact_revision":1,"hash_revision":7}}]' ;;
esac
END
cat > $bin/etcdutl <<'END'
#!/bin/sh
echo '{"hash":5,"revision":7,"totalKey":3}'
END
chmod +x $bin/*
cat > /run/etcd
etcd() {
  echo "== $1"
  code=0
  sh /run/etcd run 2>&1 || code=$?
  echo "exit $code"
  (cd /var/lib/slipway/etcd && find . -path ./bin -prune -o -type f -print | sed 's/^/left /')
  restic -r /run/repository --password-file /run/word snapshots --tag backup --json | grep -q short_id && echo kept
}
echo word > /run/word
etcd 'with room'
head -c 400M /dev/zero > /var/lib/full || true
etcd 'full'
echo '== facts'
${factsCommand()}
rm /var/lib/full
touch /run/fills
etcd 'filled meanwhile'
rm /run/fills /var/lib/another
etcd 'with room again'
ls -A /run/slipway/failures
`;

/** The whole command of a control plane, on a machine of its own; only etcd is simulated. */
walkOnLabAll(
  "the backup of etcd on a machine whose disk is full",
  function () {
    this.timeout(120_000);
    const said: Record<string, string> = {};

    before(async () => {
      await installMissing(silent, [restic]);
      const script = etcdScript({
        options: [],
        host: "t01",
        address: "10.0.0.11",
        version: "v1.36.1",
        images: "registry.k8s.io",
        keep,
      });
      const { all } = await execa("unshare", ["--mount", "--kill-child", "sh", "-euc", machine], {
        input: script,
        all: true,
        reject: false,
      });
      for (const part of all.split("== ").slice(1)) {
        const [title = "", ...lines] = part.split("\n");
        said[title] = lines.join("\n");
      }
    });

    it("is taken while there is room", () => {
      assert.match(said["with room"] ?? "", /done: revision 7\nexit 0\nleft \.\/lock\nkept/);
    });

    it("fails, reports how much is missing, and leaves nothing behind", () => {
      assert.match(
        said["full"] ?? "",
        /^no space left on device for it: 257 MiB are needed below \/var\/lib\/slipway\/etcd, and 0 MiB are free\nexit 1\nleft \.\/lock\nkept/,
      );
      assert.match(
        said["filled meanwhile"] ?? "",
        /etcd gave out no snapshot; no space left on device, below \/var\/lib\/slipway\/etcd\nexit 1\nleft \.\/lock\nkept/,
      );
    });

    it("is reported by the next preview, and no longer after a success", () => {
      const now = new Date();
      const facts = parseFacts(said["facts"] ?? "", now);
      const { warnings } = planEtcd({
        spec,
        cluster: room(),
        gathered: new Map([["t01", facts]]),
        now,
        seal: () => "a",
      });
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(
        warnings[0] ?? "",
        /^t01: the last backup of etcd failed at \S+Z: no space left on device for it: .*; journalctl -u slipway-backup-etcd there says more$/,
      );
      assert.match(said["with room again"] ?? "", /exit 0\nleft \.\/lock\nkept$/);
    });
  },
  noSmallDisk(),
);
