/**
 * Parses JSON in which no object may have a field twice: what decides about trust must not mean one thing to one reader and another to
 * the next. Throws an Error that says what is wrong.
 */
export function parseStrictJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const double = doubledField(text);
  if (double !== undefined) throw new Error(`the field ${JSON.stringify(double)} is there twice`);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** The first field of valid JSON that its object has before; undefined where there is none. */
function doubledField(text: string): string | undefined {
  /** The fields of each object around the token; undefined for an array. */
  const open: (Set<string> | undefined)[] = [];
  let mayBeKey = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"') && mayBeKey) {
      const fields = open.at(-1);
      const name = String(JSON.parse(token));
      if (fields?.has(name)) return name;
      fields?.add(name);
    }
    mayBeKey = token === '{' || token === ',';
  }
  return undefined;
}
