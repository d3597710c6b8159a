import type { Engine } from "./engine";
import { secretPrefix } from "../../components/shared/config/secrets";

/** Secrets of a stack in plain text, by name: only for access to machines and repositories, and never to be printed. */
export async function readSecrets(engine: Engine): Promise<Record<string, string>> {
  const values = (await engine.json("config", "--show-secrets")) as Record<
    string,
    { value?: string }
  >;
  const secrets = Object.entries(values).filter(([key]) => key.startsWith(secretPrefix));
  return Object.fromEntries(
    secrets.map(([key, { value = "" }]) => [key.slice(secretPrefix.length), value]),
  );
}
