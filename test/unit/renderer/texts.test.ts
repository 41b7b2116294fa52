import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { languageFor, resources } from '../../../renderer/i18n/i18n.ts';
import { ERROR_CODES } from '../../../shared/error-codes.ts';
import { HINT_KEYS } from '../../../shared/hints.ts';

const rendererDir = fileURLToPath(new URL('../../../renderer/', import.meta.url));
const LANGUAGES = ['en', 'zh-CN'] as const;

interface Texts {
  [key: string]: string | Texts;
}

function flatten(texts: Texts, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else for (const [inner, text] of flatten(value, `${prefix}${key}.`)) flat.set(inner, text);
  }
  return flat;
}

const flat = { en: flatten(resources.en.translation), 'zh-CN': flatten(resources['zh-CN'].translation) };
const PLURAL = /_(zero|one|two|few|many|other)$/;
const byText = (a: string, b: string) => a.localeCompare(b);
const withoutPlurals = (texts: Map<string, string>) =>
  [...new Set([...texts.keys()].map((key) => key.replace(PLURAL, '')))].sort();

async function sources(): Promise<{ name: string; text: string }[]> {
  const names = await readdir(rendererDir, { recursive: true });
  return Promise.all(
    names
      .filter((name) => /\.tsx?$/.test(name))
      .map(async (name) => ({ name, text: await readFile(join(rendererDir, name), 'utf8') })),
  );
}

/** Keys given to `t(...)`, with `${…}` as a wildcard; both sides of a condition count. */
function usedKeys(text: string): RegExp[] {
  const keys: RegExp[] = [];
  for (const [, call = ''] of text.matchAll(/\bt\(\s*((?:[^()]|\([^()]*\))*)/g)) {
    for (const [, quoted, template] of call.matchAll(/'((?:[a-zA-Z]+\.)+[\w-]+)'|`((?:[a-zA-Z]+\.)+[^`]*)`/g)) {
      const pattern = quoted ?? (template ?? '').replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '*');
      keys.push(new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`));
    }
  }
  return keys;
}

describe('the texts of the window', () => {
  test('have exactly the same keys in both languages', () => {
    expect(withoutPlurals(flat['zh-CN'])).toEqual(withoutPlurals(flat.en));
  });

  test.each(LANGUAGES)('%s has every plural form that the language needs, and none besides', (language) => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const forms = new Map<string, string[]>();
    for (const key of flat[language].keys()) {
      const form = PLURAL.exec(key)?.[1];
      if (form !== undefined) forms.set(key.replace(PLURAL, ''), [...(forms.get(key.replace(PLURAL, '')) ?? []), form]);
    }
    expect(forms.size).toBeGreaterThan(5);
    for (const [key, has] of forms)
      expect({ key, has: has.sort(byText) }).toEqual({ key, has: [...needed].sort(byText) });
  });

  test('use the same variables in both languages, save where only one language needs the detail', () => {
    const variables = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort(byText);
    for (const [key, text] of flat['zh-CN']) {
      const english = flat.en.get(key);
      if (english === undefined || key.startsWith('target.wrong.')) continue;
      expect({ key, variables: variables(text) }).toEqual({ key, variables: variables(english) });
    }
  });

  test.each(LANGUAGES)('%s names every error and every next thing to do', (language) => {
    expect(ERROR_CODES.filter((code) => !flat[language].get(`errors.${code}`))).toEqual([]);
    expect(HINT_KEYS.filter((hint) => !flat[language].get(`hints.${hint}`))).toEqual([]);
  });

  test.each(LANGUAGES)('%s never sends a person who looks at the window to options of the command line', (language) => {
    // The options of other tools, in commands that are quoted whole, are none of ours.
    const speaking = [...flat[language]].filter(([, text]) => /(?<!(?:systemctl|gpg) )--\w/.test(text));
    expect(speaking).toEqual([]);
  });

  test('exist for every key that a component uses', async () => {
    const known = withoutPlurals(flat.en);
    const missing: string[] = [];
    let used = 0;
    for (const { name, text } of await sources()) {
      for (const key of usedKeys(text)) {
        used++;
        if (!known.some((each) => key.test(each))) missing.push(`${name}: ${key.source}`);
      }
    }
    expect(missing).toEqual([]);
    expect(used).toBeGreaterThan(100);
  });

  test('are all used', async () => {
    const used = (await sources()).flatMap(({ text }) => usedKeys(text));
    // The system's reasons are looked up as a table, with the sentences of the engine.
    const unused = withoutPlurals(flat.en).filter(
      (key) => !key.startsWith('reasons.') && !used.some((pattern) => pattern.test(key)),
    );
    expect(unused).toEqual([]);
  });
});

test('the language follows the system unless a person chose one', () => {
  expect(languageFor('system', 'zh-Hans-CN')).toBe('zh-CN');
  expect(languageFor('system', 'de-DE')).toBe('en');
  expect(languageFor('en', 'zh-CN')).toBe('en');
  expect(languageFor('zh-CN', 'en-US')).toBe('zh-CN');
});
