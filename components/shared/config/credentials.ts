/** Last words of names that hold a credential: `DB_PASSWORD`, `apiToken`; not `PASSWORD_MIN_LENGTH`, `TOKEN_TTL`. */
const secretWords = new Set([
  ...["password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "credential"],
  ...["credentials", "apikey", "privatekey", "accesskey", "secretkey", "connectionstring", "dsn"],
]);
/** Words before `KEY` that make it a credential: `API_KEY`, but not `PRIMARY_KEY`. */
const keyWords = new Set([
  "api",
  "access",
  "private",
  "secret",
  "signing",
  "encryption",
  "auth",
  "master",
]);

/** Whether a setting of this name holds a credential. */
export function soundsSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  const [last = "", beforeLast = ""] = words.reverse();
  if (secretWords.has(last) || secretWords.has(beforeLast + last)) return true;
  return last === "key" && keyWords.has(beforeLast);
}

/** Patterns of values that are credentials whatever their names. */
const secretShapes = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i,
  /(^|;)\s*(password|pwd)\s*=\s*[^;\s]/i,
  /^(ghp|gho|glpat|xox[abp])[-_][A-Za-z0-9_-]{10,}$/,
  /^AKIA[0-9A-Z]{16}$/,
];

/** Whether a value looks like a credential. */
export const looksSecret = (value: string): boolean =>
  secretShapes.some((shape) => shape.test(value));
