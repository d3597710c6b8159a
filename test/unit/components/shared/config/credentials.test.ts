import assert from "node:assert/strict";
import { looksSecret, soundsSecret } from "../../../../../components/shared/config/credentials";

const secret = [
  ...[
    "PASSWORD",
    "DB_PASSWORD",
    "dbPassword",
    "REDIS_PASS",
    "API_TOKEN",
    "apiToken",
    "CLIENT_SECRET",
  ],
  ...[
    "API_KEY",
    "apiKey",
    "AWS_SECRET_ACCESS_KEY",
    "SIGNING_KEY",
    "ConnectionString",
    "SENTRY_DSN",
  ],
  ...["SPRING_DATASOURCE_PASSWORD", "X_CREDENTIALS"],
];
const plain = [
  ...[
    "PASSWORD_MIN_LENGTH",
    "TOKEN_TTL",
    "SECRET_NAME",
    "PRIMARY_KEY",
    "KEY",
    "CACHE_KEY",
    "PASSAGE",
  ],
  ...["LEVEL", "DB_HOST", "TOKENIZER", "PASSWORD_FILE"],
];

describe("names of credentials", () => {
  for (const name of secret) {
    it(`${name} is one`, () => {
      assert.equal(soundsSecret(name), true);
    });
  }
  for (const name of plain) {
    it(`${name} is invalid`, () => {
      assert.equal(soundsSecret(name), false);
    });
  }
});

describe("values that are credentials", () => {
  const yes = [
    "postgres://me:pw@db:5432/shop",
    "Server=db;User=sa;Password=pw;",
    "-----BEGIN PRIVATE KEY-----\nabc",
    "AKIAIOSFODNN7EXAMPLE",
    "glpat-abcdefghij0123",
  ];
  const no = ["postgres://db:5432/shop", "http://user@host/path", "hello", "password", "Password="];
  for (const value of [...yes, ...no]) {
    it(`${value.slice(0, 30)}: ${yes.includes(value) ? "yes" : "no"}`, () => {
      assert.equal(looksSecret(value), yes.includes(value));
    });
  }
});
