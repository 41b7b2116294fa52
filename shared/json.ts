/** What a JSON text says; undefined for what is no JSON, which a schema refuses then. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
