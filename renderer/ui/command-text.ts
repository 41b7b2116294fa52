/**
 * What made a layer, without the noise that builders put around it: `/bin/sh -c #(nop) COPY app /app # buildkit` reads
 * `COPY app /app`.
 */
export function commandText(createdBy: string | undefined): string | undefined {
  if (createdBy === undefined) return undefined;
  const text = createdBy
    .replace(/^RUN (?=\|\d+ )|^RUN(?= \/bin\/sh -c)/, '')
    .trim()
    .replace(/^\|\d+ (?:\S+=\S* )*/, '')
    .replace(/^\/bin\/(?:ba)?sh -c (?:#\(nop\)\s*)?/, '')
    .replace(/\s*# buildkit$/, '')
    .trim();
  return text === '' ? undefined : text;
}
