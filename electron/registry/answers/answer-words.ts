import { z } from 'zod';
import type { RegistryErrorEntry } from '../../../shared/error-data.ts';
import { lazySchema } from '../../../shared/lazy-schema.ts';
import { wholeText } from '../http/redact.ts';
import { type ApiResponse, isWebPage, jsonOf, textOf } from '../http/response.ts';

/** Error entries, and texts of one detail, that are kept of one answer. */
const MAX_ENTRIES = 100;

/** So deep an answer is looked into: what is deeper was not written to be read. */
const MAX_DEPTH = 32;

/** distribution-spec, "Error Codes"; all fields are optional in the wild, an entry may be a text, and `errors` may be one entry. */
const text = lazySchema(() => z.union([z.string(), z.number().transform(String)]).catch(''));
const entrySchema = lazySchema(() =>
  z.union([
    z.string().transform((message) => ({ code: '', message, detail: undefined })),
    z.object({ code: text, message: text, detail: z.unknown().optional() }),
  ]),
);
const bodySchema = lazySchema(() =>
  z.object({ errors: z.union([z.array(entrySchema), entrySchema.transform((entry) => [entry])]) }),
);

/** Where token servers, proxies and registries put a reason, the more general first. */
const REASON_FIELDS = ['error', 'title', 'message', 'reason', 'error_description', 'description', 'detail', 'details'];

/** The registry's own codes and reasons in an answer, whole, cleaned for people; empty when there is no error body. */
export function registryErrors(response: ApiResponse): RegistryErrorEntry[] {
  const parsed = bodySchema.safeParse(jsonOf(response));
  if (!parsed.success) return [];
  return parsed.data.errors
    .slice(0, MAX_ENTRIES)
    .map(({ code, message, detail }) => ({
      code: wholeText(code),
      message: wholeText(joined([message, isAccessList(detail) ? undefined : reasonOf(detail)])),
    }))
    .filter(({ code, message }) => code !== '' || message !== '');
}

/** The other side's words, whole and in one line: error body, other JSON, XML of a storage, the title of a web page, or text. */
export function responseDetail(response: ApiResponse): string | undefined {
  const entries = registryErrors(response);
  if (entries.length > 0)
    return wholeText(entries.map(({ code, message }) => [code, message].filter(Boolean).join(': ')).join('; '));
  const json = jsonOf(response);
  if (json !== undefined) return wholeText(reasonOf(json) ?? '') || undefined;
  const words = textOf(response);
  if (words.includes('\u0000') || words.includes('\ufffd')) return undefined;
  if (isWebPage(response))
    return wholeText(asText(/<title[^<>]*>([^<]+)/i.exec(words)?.[1] ?? withoutTags(words))) || undefined;
  const xml = /^\s*<[?a-z]/i.test(words) ? /<Message>([^<]+)<\/Message>/.exec(words)?.[1] : undefined;
  if (xml !== undefined) return wholeText(asText(xml)) || undefined;
  return wholeText(/^\s*<[?a-z]/i.test(words) ? asText(withoutTags(words)) : words) || undefined;
}

/** What a JSON value says: a text, the fields that hold reasons, or else the JSON as it is. Nothing for what says nothing. */
function reasonOf(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return undefined;
  const within = (part: unknown): string | undefined => reasonOf(part, depth + 1);
  if (Array.isArray(value)) return joined(value.slice(0, MAX_ENTRIES).map(within), '; ') || undefined;
  const fields = new Map(Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]));
  if (fields.size === 0) return undefined;
  return joined(REASON_FIELDS.map((name) => within(fields.get(name)))) || asItIs(value);
}

/** Nothing for what is nested so deeply that it could not be written. */
function asItIs(value: object): string | undefined {
  let layer: unknown[] = [value];
  for (let depth = 0; layer.length > 0; depth++) {
    if (depth > MAX_DEPTH) return undefined;
    layer = layer.flatMap((part) => (typeof part === 'object' && part !== null ? Object.values(part) : []));
  }
  return JSON.stringify(value);
}

/** Texts after each other, without those that another one repeats. */
function joined(texts: readonly (string | undefined)[], separator = ': '): string {
  const said = texts.flatMap((part) => (part === undefined || part.trim() === '' ? [] : [part.trim()]));
  return said
    .filter((part, at) => !said.some((other, place) => other.includes(part) && (other !== part || place < at)))
    .join(separator);
}

/** What distribution adds to 401 is the question: the rights that the request needs. */
function isAccessList(detail: unknown): boolean {
  return z.array(z.looseObject({ Type: z.string(), Name: z.string(), Action: z.string() })).safeParse(detail).success;
}

/** In time that grows with the length of the page only, whatever is open in it and never closed. */
function withoutTags(html: string): string {
  const parts = html.split(/<\/(?:style|script)>/i);
  const last = parts.pop() ?? '';
  const texts = [...parts.map((part) => part.replace(/<(?:style|script)\b[\s\S]*$/i, ' ')), last];
  return texts.join(' ').replace(/<[^<>]*>/g, ' ');
}

const ENTITIES: Record<string, string> = { amp: '&', apos: "'", gt: '>', lt: '<', nbsp: ' ', quot: '"' };

/** The words of a page or of XML, where a character may be written by its name or number. */
function asText(markup: string): string {
  return markup.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
