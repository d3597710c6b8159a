/** A person as git writes one: `Ann <ann@shop.example>`, the name only, or the address only. */
interface Person {
  name?: string;
  address?: string;
}

/**
 * Whether two texts name the same person: by address or by name, ignoring case. If only one of them has an address, a name equal
 * to its local part also matches, so that nobody can approve his own change by leaving out half of his identity.
 */
export function samePerson(one: string, other: string): boolean {
  const [a, b] = [read(one), read(other)];
  const same = (x?: string, y?: string) => x !== undefined && x === y;
  return (
    same(a.address, b.address) ||
    same(a.name, b.name) ||
    (b.address === undefined && same(mailbox(a), b.name)) ||
    (a.address === undefined && same(mailbox(b), a.name))
  );
}

function read(text: string): Person {
  const folded = text.trim().replace(/\s+/g, " ").toLowerCase();
  const [, name, inside] = /^(.*?) ?<([^<>]*)>$/.exec(folded) ?? [];
  if (inside !== undefined) {
    return { ...(name ? { name } : {}), ...(inside === "" ? {} : { address: inside }) };
  }
  return folded.includes("@") ? { address: folded } : { name: folded };
}

const mailbox = ({ address }: Person): string | undefined => address?.replace(/@.*/, "");
