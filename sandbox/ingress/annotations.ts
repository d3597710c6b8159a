import { isIP } from "node:net";

/** How requests to the paths of one Ingress are treated. */
export interface Settings {
  /** Largest request body in bytes; 0 is no limit. */
  maxBody: number;
  /** Addresses that may send requests; nobody is refused where this is absent. */
  allow?: string[];
  /** Seconds. */
  connectTimeout?: number;
  /** Seconds without a byte from or to the pod. */
  readTimeout?: number;
  sendTimeout?: number;
  /** Sent to the pod instead of the Host the client sent. */
  vhost?: string;
  /** Replaces the path; `$1` to `$9` are what the groups of the rule's path matched. */
  rewriteTarget?: string;
  /** Paths are regular expressions. */
  useRegex: boolean;
}

/** Which requests a canary Ingress takes from the main one. A header decides before a cookie, a cookie before the weight. */
export interface CanaryPolicy {
  header?: string;
  /** The header means yes with this value; `always` and `never` then have no meaning. */
  headerValue?: string;
  headerPattern?: string;
  cookie?: string;
  weight: number;
  weightTotal: number;
}

/** What the annotations of one Ingress ask for. */
export interface Wishes {
  settings: Settings;
  canary?: CanaryPolicy;
  /** One sentence for each annotation that is not honoured, with the reason. */
  problems: string[];
}

/** Annotations of other prefixes are other people's business. */
const prefix = "nginx.ingress.kubernetes.io/";

/** What a value asks for, and what is allowed there where it is not that. */
interface Reading<T> {
  value?: T;
  allowed?: string;
}

type Reader<T> = (value: string) => Reading<T>;

/** ingress-nginx limits bodies to `proxy-body-size: 1m` where nothing else is asked for. */
const defaults: Settings = { maxBody: 2 ** 20, useRegex: false };

const settingReaders: Record<string, Reader<Partial<Settings>>> = {
  "proxy-body-size": (value) => {
    const match = /^(\d+)([kmg]?)$/i.exec(value);
    if (match === null) return { allowed: "a size such as 8m, or 0 for no limit" };
    const unit = { "": 0, k: 10, m: 20, g: 30 }[match[2]?.toLowerCase() ?? ""] ?? 0;
    return { value: { maxBody: Number(match[1]) * 2 ** unit } };
  },
  "whitelist-source-range": readAllow,
  "allowlist-source-range": readAllow,
  "proxy-connect-timeout": readSeconds("connectTimeout"),
  "proxy-read-timeout": readSeconds("readTimeout"),
  "proxy-send-timeout": readSeconds("sendTimeout"),
  "upstream-vhost": (value) =>
    /^[\w.:-]+$/.test(value)
      ? { value: { vhost: value } }
      : { allowed: "a host name; variables of nginx are not known here" },
  "rewrite-target": (value) =>
    /^\/[^\s?]*$/.test(value) && !/\$(?!\d)/.test(value)
      ? { value: { rewriteTarget: value } }
      : { allowed: "a path that starts with /, with $1 to $9 for what the groups matched" },
  "use-regex": (value) =>
    /^(true|false)$/.test(value)
      ? { value: { useRegex: value === "true" } }
      : { allowed: '"true" or "false"' },
};

const canaryReaders: Record<string, Reader<Partial<CanaryPolicy>>> = {
  "canary-weight": (value) => readInteger(value, (weight) => ({ weight })),
  "canary-weight-total": (value) => readInteger(value, (weightTotal) => ({ weightTotal })),
  "canary-by-header": (value) =>
    isToken(value) ? { value: { header: value } } : { allowed: "the name of a header" },
  "canary-by-header-value": (value) =>
    isPrintable(value) ? { value: { headerValue: value } } : { allowed: "printable ASCII" },
  "canary-by-header-pattern": (value) =>
    isPrintable(value) && isRegex(value)
      ? { value: { headerPattern: value } }
      : { allowed: "a regular expression in printable ASCII" },
  "canary-by-cookie": (value) =>
    isToken(value) ? { value: { cookie: value } } : { allowed: "the name of a cookie" },
};

/** Values that ask for what is done here anyway, or what has no meaning without TLS. */
const granted: Record<string, RegExp> = {
  "ssl-redirect": /./,
  "backend-protocol": /^HTTP$/i,
  "proxy-http-version": /^1\.1$/,
  canary: /^(true|false)$/,
};

/** Reads all annotations of an Ingress. */
export function readAnnotations(annotations: Record<string, string> = {}): Wishes {
  const settings = { ...defaults };
  const canary: CanaryPolicy = { weight: 0, weightTotal: 100 };
  const isCanary = annotations[`${prefix}canary`] === "true";
  const names = Object.keys(annotations).filter((name) => name.startsWith(prefix));

  const problems = names.sort().map((name) => {
    const short = name.slice(prefix.length);
    const value = annotations[name] ?? "";
    const setting = settingReaders[short];
    const policy = canaryReaders[short];
    if (setting !== undefined) {
      if (isCanary) return `${name} is ignored: a canary has the settings of the main Ingress`;
      return take(settings, setting(value), `${name}: ${JSON.stringify(value)}`);
    }
    if (policy !== undefined) {
      if (!isCanary) return `${name} is ignored without ${prefix}canary: "true"`;
      return take(canary, policy(value), `${name}: ${JSON.stringify(value)}`);
    }
    if (granted[short]?.test(value) === true) return undefined;
    return `${name}: ${JSON.stringify(value)} is not honoured by the sandbox's Ingress`;
  });
  return {
    settings,
    problems: problems.filter((problem) => problem !== undefined),
    ...(isCanary ? { canary } : {}),
  };
}

/** Whether a text is a regular expression that HAProxy's PCRE understands too, but for rare dialects. */
export function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function take<T extends object>(target: T, reading: Reading<Partial<T>>, given: string) {
  Object.assign(target, reading.value);
  return reading.allowed === undefined ? undefined : `${given} is not ${reading.allowed}`;
}

/** Fails closed: where some of the list cannot be read, only the rest of it may send requests. */
function readAllow(value: string): Reading<Partial<Settings>> {
  const ranges = value.split(",").map((range) => range.trim());
  const allow = ranges.filter(isRange);
  return {
    value: { allow },
    ...(allow.length < ranges.length
      ? { allowed: "a list of addresses and ranges such as 10.0.0.0/8, separated by commas" }
      : {}),
  };
}

function isRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function readSeconds(key: "connectTimeout" | "readTimeout" | "sendTimeout") {
  return (value: string): Reading<Partial<Settings>> => {
    const match = /^(\d+)s?$/.exec(value);
    return match === null || Number(match[1]) === 0
      ? { allowed: "a number of seconds" }
      : { value: { [key]: Number(match[1]) } };
  };
}

function readInteger<T>(value: string, into: (number: number) => T): Reading<T> {
  return /^\d{1,9}$/.test(value) ? { value: into(Number(value)) } : { allowed: "a whole number" };
}

const isToken = (value: string): boolean => /^[\w-]+$/.test(value);
const isPrintable = (value: string): boolean => /^[\x20-\x7e]+$/.test(value);
