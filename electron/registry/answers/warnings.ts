import { shownText } from '../http/redact.ts';
import type { ApiResponse } from '../http/response.ts';

const WARNING = /(?:^|,)\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g;

/** Texts of `Warning: 299` headers (distribution-spec, "Warnings"); one that cannot be read is left out. */
export function warningTexts(header: string | string[] | undefined): string[] {
  const headers = header === undefined ? [] : [header].flat();
  return headers
    .flatMap((text) => [...text.matchAll(WARNING)].map((match) => shownText((match[1] ?? '').replace(/\\(.)/g, '$1'))))
    .filter(Boolean);
}

/** Tells each warning of a registry once. */
export function warningCollector(onWarning: ((text: string) => void) | undefined): (response: ApiResponse) => void {
  const seen = new Set<string>();
  return ({ headers }) => {
    if (headers.warning === undefined) return;
    for (const text of warningTexts(headers.warning)) {
      if (seen.has(text)) continue;
      seen.add(text);
      onWarning?.(text);
    }
  };
}
