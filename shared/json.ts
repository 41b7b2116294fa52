/** What a JSON text says; undefined for what is no JSON, which a schema refuses then. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON object with the names of its own fields in lower case: programs in Go read them whatever their case. Anything else as it is. */
export function withLowerKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]));
}
