import { web, type Refusal } from "./given";

/** Variables and secrets of a project. */
export const variables: Refusal[] = [
  [
    "project: a variable's name",
    web("env: { MY-VAR: x }"),
    [
      "projects/Web.yaml:3 → env.MY-VAR",
      'given:   "MY-VAR"',
      "allowed: a variable's name: letters, digits and underscores",
    ],
  ],
  [
    "project: a variable that is a list",
    web("env: { A: [1] }"),
    [
      "projects/Web.yaml:3 → env.A",
      "given:   [1]",
      "allowed: a text, which reaches the program exactly as it is written here, with quotes or without: 1.10, 0123, yes",
    ],
  ],
  [
    "project: variables as a list",
    web("env: [A=1]"),
    [
      "projects/Web.yaml:3 → env",
      'given:   ["A=1"]',
      "allowed: a mapping from variables to values",
    ],
  ],
  [
    "project: a plain password",
    web("env: { DB_PASSWORD: hunter2 }"),
    [
      "projects/Web.yaml:3 → env.DB_PASSWORD",
      "allowed: no credential in plain text, and this looks like one",
      "fix:     move it to `secrets: {DB_PASSWORD: dbPassword}`, then: pulumi config set --secret slipway:secrets.dbPassword --stack uat",
    ],
  ],
  [
    "project: a plain password in one environment",
    web("environments: { prod: { env: { API_KEY: k3y } } }"),
    [
      "projects/Web.yaml:3 → environments.prod.env.API_KEY",
      "allowed: no credential in plain text, and this looks like one",
      "fix:     move it to `secrets: {API_KEY: apiKey}`, then: pulumi config set --secret slipway:secrets.apiKey --stack uat",
    ],
  ],
  [
    "project: a password inside an address",
    web('env: { DATABASE: "postgres://me:hunter2@db/shop" }'),
    [
      "projects/Web.yaml:3 → env.DATABASE",
      "allowed: no credential in plain text, and this looks like one",
      "fix:     move it to `secrets: {DATABASE: database}`, then: pulumi config set --secret slipway:secrets.database --stack uat",
    ],
  ],
  [
    "project: a private key",
    web('env: { CERT: "-----BEGIN RSA PRIVATE KEY-----" }'),
    [
      "projects/Web.yaml:3 → env.CERT",
      "allowed: no credential in plain text, and this looks like one",
      "fix:     move it to `secrets: {CERT: cert}`, then: pulumi config set --secret slipway:secrets.cert --stack uat",
    ],
  ],
  [
    "project: a secret that the stack does not have",
    web("secrets: { DB_PASSWORD: dbPassword }"),
    [
      "projects/Web.yaml:3 → secrets.DB_PASSWORD",
      'given:   "dbPassword"',
      "allowed: a secret of this stack; it has none",
      "fix:     pulumi config set --secret slipway:secrets.dbPassword --stack uat",
    ],
  ],
  [
    "project: the secret itself for its name",
    web('secrets: { DB_PASSWORD: "hunter2!" }'),
    [
      "projects/Web.yaml:3 → secrets.DB_PASSWORD",
      "allowed: the name of a secret of the stack: letters and digits, a letter first; never the secret itself",
    ],
  ],
  [
    "project: a variable both plain and secret",
    {
      ...web("env: { A: x }\nsecrets: { A: a }"),
      stack: { "slipway:secrets.a": "x" },
      secret: ["slipway:secrets.a"],
    },
    [
      "projects/Web.yaml:3 → env.A",
      "allowed: a variable set once",
      "fix:     it is also in `secrets`: remove one of the two",
    ],
  ],
];
