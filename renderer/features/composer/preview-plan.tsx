import type { ReactNode } from 'react';
import { formatName } from '../../../shared/media-types.ts';
import type { PushPreview } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { classes } from '../../ui/classes.ts';
import { noteWords } from '../transfers/note-words.ts';
import { PreviewBlobs } from './preview-blobs.tsx';
import { TagNotice } from './preview-tag.tsx';

/** What a push to one destination would do: sums, notes, and what happens with each blob. */
export function PreviewPlan({ preview }: { preview: PushPreview }) {
  const { t, said, format } = useTexts();
  const nothing = preview.bytesToSend === 0 && preview.tag.state === 'same';
  return (
    <>
      <Facts preview={preview} />
      <TagNotice preview={preview} />
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
      {preview.tag.state === 'kept' ? (
        <p>{t('target.onlyNewHelp')}</p>
      ) : (
        <div className="@container">
          <PreviewBlobs preview={preview} />
        </div>
      )}
    </>
  );
}

/** How much goes, how much need not, as whom, and how long that takes where an earlier push tells. */
function Facts({ preview: { bytesToSend, bytesTotal, tag, login, rate } }: { preview: PushPreview }) {
  const { t, said, format } = useTexts();
  const hasTime = rate !== undefined && bytesToSend > 0;
  return (
    <dl className="flex flex-wrap gap-x-12 gap-y-2">
      <Fact name={t('preview.toSend')} value={format.bytes(bytesToSend)} isStrong />
      {tag.state === 'kept' ? null : (
        <Fact name={t('preview.saved')} value={format.bytes(bytesTotal - bytesToSend)} isStrong />
      )}
      <Fact
        name={t('preview.login')}
        value={
          login === null ? (
            t('preview.anonymous')
          ) : (
            <>
              {login.username} <span className="text-quiet">· {said(login.origin)}</span>
            </>
          )
        }
      />
      {hasTime ? (
        <Fact
          name={t('preview.timeAt', { rate: format.rate(rate) })}
          value={t('preview.about', { time: format.duration(Math.max(1, Math.round(bytesToSend / rate))) })}
          className="ml-auto"
        />
      ) : null}
    </dl>
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

interface FactProps {
  name: string;
  value: ReactNode;
  isStrong?: boolean;
  className?: string;
}

function Fact({ name, value, isStrong = false, className }: FactProps) {
  return (
    <div className={classes('min-w-20', className)}>
      <dt className="text-sm text-quiet">{name}</dt>
      <dd className={classes('break-words tabular', isStrong && 'font-semibold')}>{value}</dd>
    </div>
  );
}
