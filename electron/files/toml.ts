import { parse, TomlError, type TomlTable } from 'smol-toml';

/** Arrays and inline tables within each other: a hostile file must not exhaust the stack. */
const MAX_NESTING = 32;

/** The table that a text is. @throws what `invalid` makes of the line and the reason. */
export function parseToml(text: string, invalid: (detail: string, cause: Error) => Error): TomlTable {
  try {
    // Numbers that are too long for JavaScript are right in TOML; nothing here uses one.
    return parse(text, { maxDepth: MAX_NESTING, integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? 'it is not TOML';
    throw invalid(`line ${error.line}: ${why}`, error);
  }
}
