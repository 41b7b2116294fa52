import { describe, expect, test } from 'vitest';
import { texts } from '../../../../renderer/i18n/i18n.ts';
import { createTexts } from '../../../../renderer/i18n/use-texts.ts';
import { errorParts } from '../../../../renderer/ui/error-text.ts';
import { PushboatError } from '../../../../shared/errors.ts';
import zhCN from '../../../../shared/i18n/engine-words.zh-CN.json' with { type: 'json' };
import { engineSentences } from '../../../fixtures/engine-sentences.ts';

const { said, ...chinese } = createTexts(texts.getFixedT('zh-CN'), 'zh-CN');
const blanks = (text: string) => text.match(/\{\d?\}/g)?.length ?? 0;

describe('what the engine says', () => {
  test('is there in Chinese, every sentence of it', async () => {
    const sentences = await engineSentences();
    expect(sentences.length).toBeGreaterThan(500);
    expect(sentences.filter(({ text }) => !(text in zhCN))).toEqual([]);
  });

  test('keeps what it tells of: names, numbers, paths', () => {
    for (const [english, translation] of Object.entries(zhCN))
      expect({ english, blanks: blanks(translation) }).toEqual({ english, blanks: blanks(english) });
  });

  test('is English in the English window', () => {
    const english = createTexts(texts.getFixedT('en'), 'en');
    expect(english.said('it is cut off')).toBe('it is cut off');
  });

  test('is translated with what stands within it, and in the order of the other language', () => {
    expect(said('it is longer than the 512 bytes that layers.json says')).toBe('它比 layers.json 所说的 512 字节长');
    expect(said('Cannot read /srv/a: b.tar: permission denied (EACCES).')).toBe(
      '无法读取 /srv/a: b.tar：没有权限 (EACCES)。',
    );
    expect(said('/p/store is not a valid OCI image layout: the file is empty.')).toBe(
      '/p/store 不是有效的 OCI 镜像布局：文件是空的。',
    );
    expect(said('layers.0.digest: is not sha256:<64 lower-case hex> or sha512:<128 lower-case hex>')).toBe(
      'layers.0.digest：不是 sha256:<64 位小写十六进制> 或 sha512:<128 位小写十六进制>',
    );
    expect(said('transports.oci."/srv"[0] (signedBy): a signature is required, and the image has none')).toBe(
      'transports.oci."/srv"[0] (signedBy)：需要签名，而镜像没有',
    );
    expect(said('The gpg key AB12 cannot be opened: Bad passphrase')).toBe('无法使用 gpg 密钥 AB12：Bad passphrase');
    const places = 'the image store /srv/images, Docker, the Buildah/Podman store, Podman';
    expect(said(`There is no image "web:1": it is no path here, and not in ${places}.`)).toBe(
      '没有镜像 "web:1"：此处没有这个路径，镜像存储 /srv/images、Docker、Buildah/Podman 存储、Podman 中也没有。',
    );
    const asked = 'the Buildah/Podman store could not be asked: Cannot read /srv: permission denied (EACCES).';
    expect(
      said(
        `There is no image "web:1": it is no path here, and not in the image store /a, /b, Docker, Podman. ${asked}`,
      ),
    ).toBe(
      '没有镜像 "web:1"：此处没有这个路径，镜像存储 /a, /b、Docker、Podman 中也没有。无法查询 Buildah/Podman 存储：无法读取 /srv：没有权限 (EACCES)。',
    );
    expect(said('connection lost')).toBe('连接中断');
  });

  test('leaves the words of registries, systems and other programs as they were said', () => {
    expect(said('denied: requested access to the resource is denied')).toBe(
      'denied: requested access to the resource is denied',
    );
    expect(said('certificate has expired')).toBe('certificate has expired');
    expect(said('503 Service Unavailable')).toBe('503 Service Unavailable');
    const refused = new PushboatError('REGISTRY_ERROR', 'The registry r.example refused it.', {
      status: 400,
      detail: 'it is empty',
    });
    expect(errorParts(refused.toData(), { said, ...chinese }).why).toBe('it is empty');
  });
});
