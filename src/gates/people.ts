/** A person as git writes one, `Ann <ann@shop.example>`, or only the name, or only the address. */
interface Person {
  name?: string;
  address?: string;
}

/**
 * Whether two texts name one person: by the address or by the name, whatever their case. Where only one of them has an
 * address, a name that is its first part counts as well: who signs for somebody else can be told apart, who signs for
 * himself must not slip through by leaving out half.
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
