import { api, web, type Refusal } from "./given";

const mounted = "replicas: 1\nstrategy: recreate\nvolumes: ";

/** Values that only the API server, a node or the kernel would reject, in the middle of an update. */
export const values: Refusal[] = [
  [
    "project: a variable that is called as no key can be",
    web("env: { __proto__: x }"),
    [
      "projects/Web.yaml:3 → env",
      'given:   "__proto__"',
      "allowed: another name: this one is no key",
    ],
  ],
  ...(
    [
      ["\\0", "\\u0000"],
      ["\\ud83d", "\\ud83d"],
      ["\\x7f", "\\u007f"],
      ["\\N", "\\u0085"],
      ["\\ufffe", "\\ufffe"],
    ] as const
  ).map(([letter, shown]): Refusal => [
    `project: a text that nobody can be given, ${letter}`,
    web(`env: { A: "\\U0001F600", B: "x${letter}y" }`),
    [
      "projects/Web.yaml:3 → env.B",
      `given:   "x${shown}y"`,
      "allowed: text without NUL, DEL and the control characters from U+0080 to U+009F, U+FFFE, U+FFFF and one half of a surrogate pair",
    ],
  ]),
  ...(
    [
      ['replicas: "3"', "replicas", '"3"', "a number of pods, 1 to 100", "without quotes: 3"],
      [
        'prepull: "true"',
        "prepull",
        '"true"',
        "true or false: whether a new version's image is pulled to every node first",
        "without quotes: true",
      ],
      [
        "resources: { limits: { memory: 512 } }",
        "resources.limits.memory",
        "512",
        "a size with Ki, Mi, Gi or Ti, such as 512Mi",
        "did you mean `512Mi`?",
      ],
    ] as const
  ).map(([line, path, given, allowed, fix]): Refusal => [
    `project: a value that is written otherwise: ${line}`,
    web(line),
    [
      `projects/Web.yaml:3 → ${path}`,
      `given:   ${given}`,
      `allowed: ${allowed}`,
      `fix:     ${fix}`,
    ],
  ]),
  [
    "project: a directory that is writable twice",
    web("writable: [/tmp, /tmp]"),
    [
      "projects/Web.yaml:3 → writable.1",
      'given:   "/tmp"',
      "allowed: one mount for each path",
      "fix:     `writable.0` mounts there too: change or remove one of the two",
    ],
  ],
  [
    "project: a volume that is called as a writable directory is",
    api(`${mounted}{ scratch-0: { path: /data, size: 1Gi } }`),
    [
      "projects/Shop.Api.yaml:6 → volumes.scratch-0",
      'given:   "scratch-0"',
      "allowed: a volume's name: lower-case letters, digits and dashes, at most 20, and not scratch-<number>, as those of `writable` are called",
    ],
  ],
  [
    "project: a configuration that is mounted over a writable directory",
    api("configMode: mount\nconfigPath: /tmp"),
    [
      "projects/Shop.Api.yaml:5 → configPath",
      'given:   "/tmp"',
      "allowed: a path of its own: a volume or a writable directory is mounted at this one",
      "fix:     change one of the two",
    ],
  ],
  ...["999.1.1.1", ":::"].map((address): Refusal => [
    `project: an alias of an address that is none: ${address}`,
    web(`hostAliases: { "${address}": [x.local] }`),
    [
      `projects/Web.yaml:3 → hostAliases.${address}`,
      `given:   "${address}"`,
      "allowed: an IP address",
    ],
  ]),
  ...["10.0.0.0/99", "300.1.1.0/24", "10.0.0.1", "10.1.2.3/8", "10.0.0.0/08"].map(
    (cidr): Refusal => [
      `project: a range that is none: ${cidr}`,
      web(`egress: [{ cidr: ${cidr} }]`),
      [
        "projects/Web.yaml:3 → egress.0.cidr",
        `given:   "${cidr}"`,
        "allowed: an IPv4 range by its first address, such as 10.0.0.0/8",
      ],
    ],
  ),
  [
    "project: a variable that no program starts with",
    web(`env: { BIG: ${"x".repeat(131_068)} }`),
    [
      "projects/Web.yaml:3 → env.BIG",
      'given:   "131073 bytes"',
      "allowed: at most 131072 with its name: no program starts with more",
      "fix:     put it into a file of the project's configuration",
    ],
  ],
];
