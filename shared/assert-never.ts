/** Makes a `switch` over a union exhaustive: a missing case is a type error, and at run time says which value came. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value: ${JSON.stringify(value)}`);
}
