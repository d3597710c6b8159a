import { isKnown, type FactsByHost, type HostFacts } from "../shared/machine/facts";
import { notePrefix, service } from "./followed";
import { fileName, followed, activeHosts, type EdgeSpec } from "./spec";

/** Meanings of the words in an edge's notes, except `ok`. */
const words: Readonly<Record<string, string>> = {
  silent: "could not be asked for",
  forbidden: "may not be read by the edges' login; the next update gives them another",
  missing: "is not there",
  broken: "holds no certificate that can be served",
  rejected: "holds a certificate that HAProxy does not take",
};
/** Seconds without a run of the hourly timer after which there is a warning. */
const late = 3 * 3600;
/** Days before expiry from which a renewal is overdue: cert-manager renews when a third of the time is left. */
const overdue = 10;

/** Result of an edge's last run for one host name: seconds since 1970, a word, and the expiry of its certificate. */
interface Note {
  at: number;
  word: string;
  end?: number;
}

/** Status of the followed certificates, from the edges' notes. */
export interface EdgeStatus {
  /** Whole days until the first of them expires; absent where none is known. */
  days?: number;
  warnings: string[];
}

/** Whether the cluster refused an edge's login when it was last used. */
export const isForbidden = ({ notes = {} }: HostFacts): boolean =>
  Object.entries(notes).some(
    ([name, text]) => name.startsWith(notePrefix) && read(text).word === "forbidden",
  );

/** Status of the certificates that the edges follow; pure. */
export function statusOf(spec: EdgeSpec, gathered: FactsByHost, now: Date): EdgeStatus {
  const seconds = now.getTime() / 1000;
  const ends: number[] = [];
  const warnings = followed(spec).flatMap(({ host, from }) =>
    activeHosts(spec).flatMap(({ name }) => {
      const facts = gathered.get(name);
      const text = isKnown(facts) ? facts.notes?.[`${notePrefix}${fileName(host)}`] : undefined;
      if (text === undefined) return [];
      const { at, word, end } = read(text);
      if (end !== undefined) ends.push(end);
      const what = words[word];
      const days = Math.floor(((end ?? Infinity) - seconds) / 86_400);
      const hours = Math.floor((seconds - at) / 3600);
      const secret = `${host} on ${name}: the Secret ${from.namespace}/${from.name}`;
      return [
        ...(what === undefined ? [] : [`${secret} ${what}; on ${name}: journalctl -u ${service}`]),
        ...(seconds - at < late
          ? []
          : [
              `${secret} was last asked for ${hours} hours ago; on ${name}: systemctl status ${service}.timer`,
            ]),
        ...(days >= overdue ? [] : [`${secret} has not been renewed, and ends in ${days} days`]),
      ];
    }),
  );
  const days = Math.floor((Math.min(...ends) - seconds) / 86_400);
  return { warnings, ...(ends.length === 0 ? {} : { days }) };
}

function read(text: string): Note {
  const [at, word = "", end] = text.split(" ");
  const known = Number(end) > 0 ? { end: Number(end) } : {};
  return { at: Number(at), word, ...known };
}
