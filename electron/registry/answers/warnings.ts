import { shownText } from '../http/redact.ts';
import { type ApiResponse, header } from '../http/response.ts';
import { mistakenSelf } from './location.ts';

const WARNING = /(?:^|,)\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g;

/** Texts of `Warning: 299` headers (distribution-spec, "Warnings"); one that cannot be read is left out. */
export function warningTexts(values: string | string[] | undefined): string[] {
  const headers = values === undefined ? [] : [values].flat();
  return headers
    .flatMap((text) => [...text.matchAll(WARNING)].map((match) => shownText((match[1] ?? '').replace(/\\(.)/g, '$1'))))
    .filter(Boolean);
}

/** Tells each warning of a registry once, and once that it does not know how it is reached. */
export function warningCollector(onWarning: ((text: string) => void) | undefined): (response: ApiResponse) => void {
  const seen = new Set<string>();
  return (response) => {
    for (const text of [...warningTexts(response.headers.warning), ...unawareOfItself(response)]) {
      if (seen.has(text)) continue;
      seen.add(text);
      onWarning?.(text);
    }
  };
}

const UNKNOWN = {
  scheme:
    'it names itself by plain HTTP, and was asked by HTTPS all the same: what ends TLS in front of it should send X-Forwarded-Proto: https',
  port: 'it names itself without its port, and was asked at that all the same: what is in front of it should pass on the Host that is asked for',
};

/** Other clients fail there, or send the login in the clear: its owner wants to know. */
function unawareOfItself(response: ApiResponse): string[] {
  const self = response.status === 202 ? mistakenSelf(header(response, 'location'), response.url) : undefined;
  return self?.unknown ? [UNKNOWN[self.unknown]] : [];
}
