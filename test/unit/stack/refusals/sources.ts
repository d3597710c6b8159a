import { sandbox, type Refusal } from "./given";

/** Sources of a sandbox's builds. */
export const sources: Refusal[] = [
  [
    "sandbox: not of this version",
    { sandbox, files: { "~/sandbox.json": "{}" } },
    [
      "Pulumi.uat.yaml:4 → slipway:cluster.kind",
      'given:   "sandbox"',
      "allowed: a sandbox of this version; /home/sandbox.json is not what it writes",
      'fix:     npm run up, then in this shell: eval "$(./slipway env)"',
    ],
  ],
  [
    "sandbox: a registry of one's own",
    { sandbox, stack: { registry: { host: "harbor:8080" } } },
    [
      "Pulumi.uat.yaml:8 → slipway:registry",
      'given:   "harbor:8080"',
      "allowed: nothing here: the sandbox brings its registry",
      "fix:     remove it",
    ],
  ],
  [
    "source: no code",
    {
      sandbox,
      files: {
        "projects/Shop.Web.yaml": "name: Shop.Web\nkind: back\nport: 1\n",
        "examples/config/back/Dockerfile.Shop.Web": "FROM x\n",
        "examples/config/back/appsettings.json.Shop.Web": "{}",
      },
    },
    [
      "projects/Shop.Web.yaml:1 → name",
      'given:   "examples/Shop.Web"',
      "allowed: a directory with the project's code",
      "fix:     add it, or give it a record in `slipway:releases`",
    ],
  ],
  [
    "source: a config file with a letter swapped",
    {
      sandbox,
      files: {
        "projects/Packet_BSI_PC_UI.yaml": "name: Packet_BSI_PC_UI\nkind: front\n",
        "examples/Packet_BSI_PC_UI/index.html": "x",
        "examples/config/front/Packet_BSL_PC_UI.proxy.conf": "x",
      },
    },
    [
      "projects/Packet_BSI_PC_UI.yaml → config",
      'given:   "examples/config/front/Packet_BSI_PC_UI.proxy.conf"',
      "allowed: a file of the config repository",
      "fix:     there is `Packet_BSL_PC_UI.proxy.conf`: rename it, or say in the project's file where it is: `config: …`",
    ],
  ],
  [
    "source: no Dockerfile",
    {
      sandbox,
      files: {
        "projects/New.yaml": "name: New\nkind: back\nport: 1\n",
        "examples/New/x": "x",
        "examples/config/back/appsettings.json.New": "{}",
      },
    },
    [
      "projects/New.yaml → dockerfile",
      'given:   "examples/config/back/Dockerfile.New"',
      "allowed: a file of the config repository",
      "fix:     add it, or say in the project's file where it is: `dockerfile: …`",
    ],
  ],
  [
    "source: a Dockerfile that is none",
    { sandbox, files: { "examples/config/front/dockerfile": "hello\n" } },
    [
      "projects/Web.yaml → dockerfile",
      'given:   "examples/config/front/dockerfile"',
      "allowed: a Dockerfile with a FROM line",
    ],
  ],
  [
    "source: a config file named in the project that is not there",
    {
      sandbox,
      files: { "projects/Web.yaml": "name: Web\nkind: front\nconfig: front/Wab.proxy.conf\n" },
    },
    [
      "projects/Web.yaml:3 → config",
      'given:   "examples/config/front/Wab.proxy.conf"',
      "allowed: a file of the config repository",
      "fix:     there is `Web.proxy.conf`: rename it, or say in the project's file where it is: `config: …`",
    ],
  ],
];
