import { z } from "zod";
import { schedulePattern, scheduleRule } from "./schedule";
import {
  directory,
  hostKey,
  imageByDigest,
  mapping,
  mappingOf,
  port,
  secretName,
  text,
  whole,
  reason,
} from "../shared/config/fields";
import { explanations } from "../shared/config/explained";

const schedule = text(schedulePattern, scheduleRule);

const s3 = mapping({
  kind: z.literal("s3"),
  endpoint: text(
    /^https?:\/\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/,
    "a server's address without a path, such as https://s3.example",
  ),
  bucket: text(
    /^[a-z0-9][-a-z0-9.]{1,61}[a-z0-9]$/,
    "a bucket's name: 3 to 63 lower-case letters, digits, dashes and dots",
  ),
  region: text(/^[a-z0-9-]+$/, "a region, such as us-east-1").default("us-east-1"),
  accessKey: secretName,
  secretKey: secretName,
});

const sftp = mapping({
  kind: z.literal("sftp"),
  address: text(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, "a machine's address or name"),
  port: port.default(22),
  user: text(/^[a-z_][-a-z0-9_]{0,31}$/, "a user of the machine"),
  key: secretName,
  hostKey,
  path: directory,
});

const snapshots = (unit: string) => whole(1, 1000, `a number of ${unit}`).optional();
const keepRule = "how many snapshots stay, at least one: {hourly, daily, weekly, monthly}";
const keep = mapping({
  hourly: snapshots("hours"),
  daily: snapshots("days"),
  weekly: snapshots("weeks"),
  monthly: snapshots("months"),
}).refine((given) => Object.keys(given).length > 0, keepRule);

const part = {
  schedule,
  drill: schedule.default("weekly"),
  keep,
  target: text(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/, "the name of one of the targets"),
};
const without = mapping({ without: reason });
const partOr = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z
    .union([mapping({ ...part, ...shape }), without], "how it is backed up, or {without: why not}")
    .optional();

/** `slipway:backup`: which parts of a stack are backed up, when, for how long and where. */
export const Backup = mapping({
  password: secretName.optional(),
  targets: mappingOf(
    z
      .string()
      .regex(
        /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/,
        "a target's name: lower-case letters, digits and dashes",
      ),
    z.discriminatedUnion("kind", [s3, sftp], { error: "one of: s3, sftp" }),
    "where backups go, by name",
  ).default({}),
  parts: mapping({
    etcd: partOr({}),
    state: partOr({}),
    registry: partOr({ folder: directory }),
    volumes: partOr({ image: imageByDigest("an image with restic and ssh") }),
  }).prefault({}),
});
export type Backup = z.output<typeof Backup>;

/** The stack key `slipway:backup`. */
export const backupConfig = {
  backup: Backup.optional().register(explanations, {
    purpose:
      "What is backed up, when, for how long and where; see [backups](backups.md). `keep` is how many snapshots are kept, of each hour, day, week or month the last: 1 to 1000 of each, and at least one of the four",
    example:
      "slipway:backup:\n  password: backupPassword\n  targets:\n    s3: { kind: s3, endpoint: https://s3.example, bucket: shop, accessKey: s3User, secretKey: s3Password }\n  parts:\n    state: { schedule: hourly, keep: { daily: 14 }, target: s3 }",
    otherwise: "nothing; refused where there is state to back up",
  }),
};
