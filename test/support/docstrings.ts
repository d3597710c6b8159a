import ts from "typescript";

/** Interfaces that state what a component is made from, and what components hand to each other. */
const stated = /(Args|Spec|Contract)$/;

/**
 * Every field of such an exported interface that does not say what it is, or not what holds where it is left out; as
 * `file:line: Interface.field: what is missing`. Parsed only: no types are needed for that.
 */
export function undocumented(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements
    .filter(ts.isInterfaceDeclaration)
    .filter((each) => stated.test(each.name.text) && isExported(each))
    .flatMap(({ name, members }) =>
      members.flatMap((member) => {
        const missing = lackOf(member);
        if (missing === undefined) return [];
        const line = source.getLineAndCharacterOfPosition(member.getStart()).line + 1;
        const field = member.name?.getText() ?? member.getText();
        return [`${file}:${line}: ${name.text}.${field}: ${missing}`];
      }),
    );
}

const isExported = ({ modifiers }: ts.InterfaceDeclaration): boolean =>
  modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

function lackOf(member: ts.TypeElement): string | undefined {
  const docs = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  const said = docs.some(({ comment }) => (ts.getTextOfJSDocComment(comment) ?? "").trim() !== "");
  if (!said) return "has no docstring";
  if (member.questionToken === undefined) return undefined;
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
  const value = (ts.getTextOfJSDocComment(tag?.comment) ?? "").trim();
  return value === "" ? "is optional and has no @default" : undefined;
}
