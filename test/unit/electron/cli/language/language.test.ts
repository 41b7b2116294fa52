import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { completionLines } from '../../../../../electron/cli/completion/command.ts';
import { complete } from '../../../../../electron/cli/completion/complete.ts';
import { describeError, errorObject } from '../../../../../electron/cli/errors.ts';
import { CHINESE } from '../../../../../electron/cli/language/chinese.ts';
import composed from '../../../../../electron/cli/language/composed.zh-CN.json' with { type: 'json' };
import help from '../../../../../electron/cli/language/help.zh-CN.json' with { type: 'json' };
import ownHints from '../../../../../electron/cli/language/hints.zh-CN.json' with { type: 'json' };
import { languageOfLocale, speechTo } from '../../../../../electron/cli/language/language.ts';
import sentences from '../../../../../electron/cli/language/sentences.zh-CN.json' with { type: 'json' };
import { runCommandLine } from '../../../../../electron/cli/program.ts';
import { stateWords } from '../../../../../electron/cli/push/words.ts';
import windowTexts from '../../../../../renderer/i18n/en.json' with { type: 'json' };
import { parseDigest } from '../../../../../shared/digest.ts';
import { PushboatError, toPushboatError } from '../../../../../shared/errors.ts';
import { HINT_KEYS } from '../../../../../shared/hints.ts';
import engineWords from '../../../../../shared/i18n/engine-words.zh-CN.json' with { type: 'json' };
import { BLOB_STATES } from '../../../../../shared/transfer-events.ts';
import { engineSentences, taggedSentences } from '../../../../fixtures/engine-sentences.ts';
import { describedProgram } from '../described-program.ts';
import { makeIo } from '../terminal.ts';

const CHINESE_LETTER = /\p{Script=Han}/u;
const blanks = (text: string) => text.match(/\{\d?\}/g)?.length ?? 0;

function makeChineseIo() {
  const made = makeIo();
  return { ...made, io: { ...made.io, language: CHINESE } };
}

/** What the help of the program and of all its commands says. */
async function describedWords(): Promise<Set<string>> {
  const words = new Set<string>();
  const visit = (command: Command): void => {
    words.add(command.description());
    for (const option of [...command.options, ...command.registeredArguments]) {
      if (option.description) words.add(option.description);
      const heading = 'helpGroupHeading' in option ? option.helpGroupHeading : undefined;
      if (heading !== undefined) words.add(heading);
    }
    command.commands.forEach(visit);
  };
  visit(await describedProgram(makeIo().io));
  return words;
}

describe('the language of the command line', () => {
  it.each([
    [{ LANG: 'zh_CN.UTF-8' }, true],
    [{ LC_ALL: 'C', LANG: 'zh_CN.UTF-8' }, false],
    [{ LANG: 'zh_CN.GBK' }, false],
    [{ LANG: 'zh_CN.utf8@pinyin' }, true],
    [{ LANG: 'zh_TW' }, true],
    [{ LC_MESSAGES: 'zh_TW', LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'de_DE.UTF-8' }, false],
    [{}, false],
  ])('of %j is Chinese: %s', async (env, isChinese) => {
    expect((await languageOfLocale(env)) === CHINESE).toBe(isChinese);
  });

  it('has every sentence of the commands in Chinese, and no other', async () => {
    expect(Object.keys(sentences).toSorted()).toEqual((await taggedSentences('electron/cli/')).toSorted());
  });

  it('has every description of a command, an option and an argument in Chinese, and every heading', async () => {
    const missing = [...(await describedWords())].filter((text) => !(text in help));
    expect(missing).toEqual([]);
  });

  it('has every error of the command line itself in Chinese', async () => {
    const all = await engineSentences(/^electron\/(desktop|practice|ipc)\/|^electron\/(main|preload)\.ts$|^shared\//);
    const ours = all.filter(({ where }) => where.startsWith('electron/cli/'));
    expect(ours.length).toBeGreaterThan(70);
    expect(ours.filter(({ text }) => !(text in composed || text in engineWords))).toEqual([]);
  });

  it('keeps what sentences tell of: names, numbers, paths', () => {
    for (const [english, translation] of Object.entries({ ...sentences, ...composed }))
      expect({ english, blanks: blanks(translation) }).toEqual({ english, blanks: blanks(english) });
  });

  it('speaks of options where the window speaks of its buttons', () => {
    expect(Object.keys(windowTexts.hints).filter((key) => !(key in ownHints))).toEqual([]);
    expect(HINT_KEYS.filter((key) => !CHINESE_LETTER.test(CHINESE.hint(key)))).toEqual([]);
  });

  it('has each state of a layer in Chinese', () => {
    const digest = parseDigest(`sha256:${'a'.repeat(64)}`);
    const layer = { digest, kind: 'layer', mediaType: 'x', size: 1, sent: 0 } as const;
    const speech = speechTo({ language: CHINESE });
    expect(BLOB_STATES.filter((state) => !CHINESE_LETTER.test(stateWords({ ...layer, state }, speech)))).toEqual([]);
  });
});

describe('the Chinese command line', () => {
  it('explains its commands and what is typed stays', async () => {
    const { io, stdout } = makeChineseIo();
    expect(await runCommandLine(['push', '--help'], io)).toBe(0);
    expect(stdout()).toContain('用法：');
    expect(stdout()).toMatch(/--format <format> +清单的格式.*（可选值：oci、v2s2、docker、v2s1）/);
    expect(stdout()).not.toMatch(/Usage:|Options:|Examples:|choices:/);
  });

  it.each([[['']], [['push', '']], [['push', 'web:1', '']], [['push', '--']], [['resolve', '-']]])(
    'describes what Tab offers for %j',
    async (words) => {
      const { io } = makeChineseIo();
      const known = { images: () => Promise.resolve([]), registries: () => Promise.resolve([]) };
      const offered = await complete(await describedProgram(io), words, known);
      const [rest, ...lines] = completionLines(offered, CHINESE.help).toReversed();
      expect(rest).toMatch(/^:/);
      expect(lines.length).toBeGreaterThan(5);
      expect(lines.filter((line) => !CHINESE_LETTER.test(line))).toEqual([]);
    },
  );

  it.each([
    [
      ['push', '--chunk-size', 'x', 'a', 'b'],
      '错误：选项 --chunk-size <size> 的参数 x 无效。应为大小，例如 16M 或 512MiB。',
    ],
    [['psuh'], '错误：未知命令 psuh（是否想写 push？）'],
    [['push', '--nonsense'], '错误：未知选项 --nonsense'],
    [['push', '-f', 'x', 'a'], '可选值：oci, v2s2, docker, v2s1。'],
    [['push', 'a', 'b', '--force', '--no-clobber'], '错误：--force 与 --no-clobber 相互矛盾。'],
  ])('says what is wrong with %j, and how to see what is right', async (args, words) => {
    const error = await runCommandLine(args, makeChineseIo().io).catch(toPushboatError);
    if (!(error instanceof PushboatError)) throw new Error('nothing was wrong');
    expect(describeError(error, CHINESE)).toContain(words);
    expect(describeError(error, CHINESE)).toContain('--help 运行该命令');
    expect(error.code).toBe('USAGE');
  });

  it('puts the kind of an error above words that are others’', () => {
    const error = new PushboatError('REGISTRY_ERROR', 'teapot', { hint: 'retry' });
    expect(describeError(error, CHINESE).split('\n')).toEqual([
      '错误：镜像仓库拒绝了请求',
      '  teapot',
      expect.stringContaining('重试'),
    ]);
  });

  it('gives programs what the English one gives them', () => {
    const error = new PushboatError('REGISTRY_ERROR', 'teapot', { hint: 'retry' });
    expect(errorObject(error)).toMatchObject({
      message: 'teapot',
      hint: 'Try again; what the registry has kept is not sent again.',
    });
  });
});
