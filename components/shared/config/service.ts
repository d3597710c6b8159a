import { z } from "zod";
import { mapping } from "./fields";

type Shape = z.core.$ZodShape;
type Of<
  Key extends string,
  Word extends string,
  Shared extends Shape,
  Own extends Shape,
> = z.ZodObject<{ [Name in Key]: z.ZodLiteral<Word> } & Shared & Own, z.core.$strict>;

/**
 * A service that the stack runs itself (`managed`), or an existing one that its keys describe (`external`).
 * @param key the key that says which of the two
 * @param shared keys of both
 */
export const managedOrExternal = <
  const Key extends string,
  Shared extends Shape,
  Managed extends Shape,
  External extends Shape,
>(
  key: Key,
  shared: Shared,
  { managed, external }: { managed: Managed; external: External },
) => {
  const of = <const Word extends string, Own extends Shape>(word: Word, own: Own) =>
    mapping({ [key]: z.literal(word), ...shared, ...own }) as unknown as Of<Key, Word, Shared, Own>;
  return z.discriminatedUnion(key, [of("managed", managed), of("external", external)], {
    error: "one of: managed, external",
  });
};
