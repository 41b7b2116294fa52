import { ArrowUpFromLine, CircleHelp, Equal, FoldVertical, Link, type LucideIcon, MinusCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { briefDigest, shortDigest } from '../../../shared/digest.ts';
import { formatName } from '../../../shared/media-types.ts';
import { platformText } from '../../../shared/platforms.ts';
import type { PreviewBlob, PushPreview } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { commandText } from '../../ui/command-text.ts';
import { noteWords } from '../transfers/note-words.ts';

/** What a push to one destination would do: sums, notes, and what happens with each blob. */
export function PreviewPlan({ preview }: { preview: PushPreview }) {
  const { t, said, format } = useTexts();
  const nothing = preview.bytesToSend === 0 && (preview.tag.state === 'same' || preview.tag.state === 'kept');
  return (
    <>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 rounded-md bg-sunken p-3 sm:grid-cols-4">
        <Fact name={t('preview.toSend')} value={format.bytes(preview.bytesToSend)} strong />
        <Fact name={t('preview.total')} value={format.bytes(preview.bytesTotal)} />
        <Fact name={t('preview.tag')} value={<TagText tag={preview.tag} />} />
        <Fact name={t('preview.login')} value={preview.login?.username ?? t('preview.anonymous')} />
      </dl>
      {nothing ? <p>{t('preview.nothing')}</p> : null}
      {preview.conversion === undefined ? null : <ConversionText conversion={preview.conversion} />}
      {preview.companions === undefined || preview.companions === 0 ? null : (
        <p>{t('preview.companions', { count: preview.companions, formatted: format.count(preview.companions) })}</p>
      )}
      {preview.differs.length === 0 ? null : (
        <p>{format.sentences(preview.differs.map((note) => noteWords(t, note)))}</p>
      )}
      {preview.notes.length === 0 ? null : (
        <ul className="list-disc space-y-1 pl-5 text-warn">
          {preview.notes.map(({ message, hint }) => (
            <li key={message}>
              {format.sentences([said(message), ...(hint === undefined ? [] : [t(`hints.${hint}`)])])}
            </li>
          ))}
        </ul>
      )}
      <div className="@container">
        <BlobTable preview={preview} />
      </div>
    </>
  );
}

function ConversionText({ conversion }: { conversion: NonNullable<PushPreview['conversion']> }) {
  const { t, format } = useTexts();
  const [from, to] = [formatName(conversion.from), formatName(conversion.to)];
  return (
    <p>
      {format.sentences([
        from === to ? t('preview.rewritten', { to }) : t('preview.converted', { from, to }),
        ...conversion.lost.map((loss) => t(`preview.lost.${loss}`, { to })),
      ])}
    </p>
  );
}

function Fact({ name, value, strong }: { name: string; value: ReactNode; strong?: boolean }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-quiet">{name}</dt>
      <dd className={classes('break-words', strong && 'font-semibold')}>{value}</dd>
    </div>
  );
}

/** Whether the tag is new, moves, or has this image already. */
export function TagText({ tag }: Pick<PushPreview, 'tag'>) {
  const { t, said } = useTexts();
  switch (tag.state) {
    case 'new':
      return <>{t('preview.tagNew')}</>;
    case 'same':
      return <>{t('preview.tagSame')}</>;
    case 'moves':
      return (
        <span className="text-warn" title={tag.from}>
          {t('preview.tagMoves', { from: shortDigest(tag.from) })}
        </span>
      );
    case 'kept':
      return <span title={tag.digest}>{t('preview.tagKept', { digest: shortDigest(tag.digest) })}</span>;
    case 'unknown':
      return <>{t('preview.tagUnknown', { reason: said(tag.reason) })}</>;
  }
}

const ACTION_ICONS: Record<PreviewBlob['action'], LucideIcon> = {
  exists: Equal,
  mount: Link,
  upload: ArrowUpFromLine,
  compress: FoldVertical,
  skip: MinusCircle,
  unknown: CircleHelp,
};

function BlobTable({ preview }: { preview: PushPreview }) {
  const { t } = useTexts();
  return (
    <table className="w-full table-fixed border-collapse">
      <caption className="sr-only">{t('preview.blobs')}</caption>
      <thead>
        <tr className="section-title border-b border-line text-left">
          <th scope="col" className="hidden w-24 @lg:table-cell">
            {t('details.digest')}
          </th>
          <th scope="col" className="py-1.5">
            {t('preview.content')}
          </th>
          <th scope="col" className="w-20 pr-4 text-right">
            {t('preview.size')}
          </th>
          <th scope="col" className="w-28 @xl:w-60">
            {t('preview.action')}
          </th>
        </tr>
      </thead>
      <tbody>
        {preview.blobs.map((blob) => (
          <BlobRow
            key={blob.digest}
            digest={blob.digest}
            content={commandText(blob.createdBy) ?? t(`kinds.${blob.kind}`)}
            size={blob.size}
            action={blob.action}
            mountFrom={blob.mountFrom}
          />
        ))}
        {preview.manifests.map(({ digest, platform, size, exists, mediaType }) => (
          <BlobRow
            key={digest}
            digest={digest}
            content={[
              t(`kinds.${mediaType.includes('index') || mediaType.includes('list') ? 'index' : 'manifest'}`),
              platform ? platformText(platform) : '',
            ].join(' ')}
            size={size}
            action={exists ? 'exists' : 'upload'}
          />
        ))}
      </tbody>
    </table>
  );
}

interface BlobRowProps {
  digest: PreviewBlob['digest'];
  content: string;
  size: number;
  action: PreviewBlob['action'];
  mountFrom?: string | undefined;
}

function BlobRow({ digest, content, size, action, mountFrom }: BlobRowProps) {
  const { t, format } = useTexts();
  const Icon = ACTION_ICONS[action];
  return (
    <tr className="border-b border-line/60">
      <td className="hidden font-mono text-sm text-quiet @lg:table-cell" title={digest}>
        {briefDigest(digest)}
      </td>
      <td className="truncate py-1.5 pr-2" title={content}>
        {content}
      </td>
      <td className="pr-4 text-right text-quiet tabular">{format.bytes(size)}</td>
      <td>
        <span className="flex items-center gap-1.5">
          <Icon
            aria-hidden
            size={13}
            className={classes('shrink-0', action === 'upload' ? 'text-accent' : 'text-quiet')}
          />
          <span className="truncate" title={mountFrom}>
            {t(`preview.actions.${action}`, { from: mountFrom ?? '' })}
          </span>
        </span>
      </td>
    </tr>
  );
}
