import { ArrowUp, CircleHelp, Equal, FoldVertical, Link, type LucideIcon, MinusCircle } from 'lucide-react';
import { briefDigest, type Digest } from '../../../shared/digest.ts';
import type { Platform } from '../../../shared/images.ts';
import { isIndexMediaType } from '../../../shared/media-types.ts';
import { platformText } from '../../../shared/platforms.ts';
import type { PreviewBlob, PushPreview } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { commandText } from '../../ui/command-text.ts';

/** Something that a push sends, or finds. */
interface Row {
  digest: Digest;
  content: string;
  size: number;
  action: PreviewBlob['action'];
  mountFrom?: string | undefined;
}

interface Group {
  /** Empty: of no platform, or of the only one. */
  platform: string;
  rows: Row[];
}

/** What happens with each blob and manifest of an image; of one for several platforms a part for each. */
export function PreviewBlobs({ preview }: { preview: PushPreview }) {
  const { t } = useTexts();
  const groups = useGroups(preview);
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
      {groups.map((group) => (
        <tbody key={group.platform} className={classes(isRest(group, groups) && 'border-t border-line')}>
          {group.platform === '' ? null : <GroupTitle group={group} />}
          {group.rows.map((row) => (
            <BlobRow key={row.digest} row={row} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

/** By platforms in the order of the index, then what belongs to none of them: the index itself. */
function useGroups({ blobs, manifests }: PushPreview): Group[] {
  const { t } = useTexts();
  const platforms = new Set(manifests.flatMap(({ platform }) => (platform ? platformText(platform) : [])));
  const isDivided = platforms.size > 1;
  const groups = new Map<string, Group>();
  const add = (platform: Platform | undefined, row: Row) => {
    const name = isDivided && platform ? platformText(platform) : '';
    const group = groups.get(name) ?? { platform: name, rows: [] };
    group.rows.push(row);
    groups.set(name, group);
  };
  for (const { platform, createdBy, kind, ...blob } of blobs) {
    add(platform, { ...blob, content: commandText(createdBy) ?? t(`kinds.${kind}`) });
  }
  for (const { digest, platform, size, exists, mediaType } of manifests) {
    const kind = t(`kinds.${isIndexMediaType(mediaType) ? 'index' : 'manifest'}`);
    const content = isDivided || !platform ? kind : `${kind} ${platformText(platform)}`;
    add(platform, { digest, content, size, action: exists ? 'exists' : 'upload' });
  }
  return [...groups.values()].sort((a, b) => Number(a.platform === '') - Number(b.platform === ''));
}

/** What belongs to none of several platforms, and must not look like a part of the last one. */
function isRest({ platform }: Group, groups: readonly Group[]): boolean {
  return platform === '' && groups.length > 1;
}

const SENT: readonly PreviewBlob['action'][] = ['upload', 'compress', 'unknown'];

function GroupTitle({ group: { platform, rows } }: { group: Group }) {
  const { t, format } = useTexts();
  const sent = rows.filter(({ action }) => SENT.includes(action));
  const size = format.bytes(sent.reduce((sum, row) => sum + row.size, 0));
  return (
    <tr>
      <th scope="rowgroup" colSpan={4} className="pt-2.5 pb-1 text-left font-normal">
        <span className="font-semibold">{platform}</span>{' '}
        <span className="ml-1 text-sm text-quiet">
          {sent.length === 0
            ? t('preview.partThere')
            : t('preview.partSend', { shown: sent.length, total: rows.length, size })}
        </span>
      </th>
    </tr>
  );
}

const ACTION_ICONS: Record<PreviewBlob['action'], LucideIcon> = {
  exists: Equal,
  mount: Link,
  upload: ArrowUp,
  compress: FoldVertical,
  skip: MinusCircle,
  unknown: CircleHelp,
};

function BlobRow({ row: { digest, content, size, action, mountFrom } }: { row: Row }) {
  const { t, format } = useTexts();
  const Icon = ACTION_ICONS[action];
  const isSent = action === 'upload' || action === 'compress';
  return (
    <tr>
      <td className="hidden font-mono text-sm text-quiet @lg:table-cell" title={digest}>
        {briefDigest(digest)}
      </td>
      <td className="truncate py-[3px] pr-2" title={content}>
        {content}
      </td>
      <td className="pr-4 text-right text-quiet tabular">{format.bytes(size)}</td>
      <td className={isSent ? 'text-accent' : 'text-quiet'}>
        <span className="flex items-center gap-1.5">
          <Icon aria-hidden size={13} className="shrink-0" />
          <span className="truncate" title={mountFrom}>
            {t(`preview.actions.${action}`, { from: mountFrom ?? '' })}
          </span>
        </span>
      </td>
    </tr>
  );
}
