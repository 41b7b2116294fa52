import type { TFunction } from 'i18next';
import { FolderOpen, KeyRound, RotateCw } from 'lucide-react';
import { shortDigest } from '../../../shared/digest.ts';
import type { JobNote } from '../../../shared/job-notes.ts';
import type { JobInfo, TransferResult } from '../../../shared/transfer-events.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { askPassphrase, lockedKey } from '../../stores/signing.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { GoOnButton } from './job-actions.tsx';
import { noteWords } from './note-words.ts';

/** What a finished job leaves: the digest and how to pull it, or why it failed. */
export function JobResult({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  if (job.state === 'failed' && job.error !== undefined) {
    return (
      <ErrorPanel
        error={job.error}
        about={job.error.code === 'POLICY_REFUSED' ? job.error.path : undefined}
        actions={
          <>
            {lockedKey(job.error) === undefined ? null : (
              <Button size="small" look="primary" icon={KeyRound} onPress={() => askPassphrase(job.id)}>
                {t('signing.enter')}
              </Button>
            )}
            <GoOnButton
              job={job}
              icon={RotateCw}
              label={t(job.error.code === 'NOT_SIGNED' ? 'signing.again' : 'transfers.retry')}
            />
          </>
        }
      />
    );
  }
  return job.result === undefined ? null : <Result job={job} result={job.result} />;
}

function Result({ job, result }: { job: JobInfo; result: TransferResult }) {
  const { t } = useTexts();
  return (
    <div className="space-y-1 rounded-md bg-sunken px-3 py-2">
      <Line
        label={t('transfers.digest')}
        text={result.digest}
        copyLabel={t('transfers.copyDigest')}
        testId="job-digest"
      />
      {job.destination === undefined ? <PullLine reference={result.reference} /> : <WrittenLine job={job} />}
      <TagLine tag={result.tag} />
      <Notes job={job} notes={result.notes} />
      {result.unchanged ? <p className="text-sm text-quiet">{t('transfers.unchanged')}</p> : null}
      {result.warnings.map((warning) => (
        <p key={warning} className="text-sm text-warn">
          {t('transfers.warning')} {warning}
        </p>
      ))}
    </div>
  );
}

/** What became of the target's tag, where that was not to be expected. */
export function tagNotice(tag: TransferResult['tag'], t: TFunction): string | undefined {
  if (tag?.state === 'moved') return t('history.moved', { from: shortDigest(tag.from) });
  return tag?.state === 'kept' ? t('history.tags.kept') : undefined;
}

function TagLine({ tag }: { tag: TransferResult['tag'] }) {
  const { t } = useTexts();
  const notice = tagNotice(tag, t);
  if (notice === undefined) return null;
  return (
    <p className="text-sm text-warn" title={tag?.state === 'moved' ? tag.from : undefined}>
      {notice}
    </p>
  );
}

function PullLine({ reference }: { reference: string }) {
  const { t } = useTexts();
  return <Line label={t('transfers.pull')} text={`docker pull ${reference}`} copyLabel={t('transfers.copyPull')} />;
}

/** Where an export is now; files and folders can be shown in the system's file manager. */
function WrittenLine({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const hasPath = job.destination?.path !== undefined;
  return (
    <>
      <Line label={t('transfers.writtenTo')} text={job.target} copyLabel={t('export.copyDestination')} />
      {hasPath ? (
        <Button size="small" icon={FolderOpen} onPress={() => inBackground(request('exports.show', job.id), showError)}>
          {t('transfers.showInFolder')}
        </Button>
      ) : null}
    </>
  );
}

/** How what is at the target differs from the image in its store. */
function Notes({ job, notes }: { job: JobInfo; notes: JobNote[] }) {
  const { t, format } = useTexts();
  if (notes.length === 0) return null;
  return (
    <p className="text-sm text-quiet">
      {format.sentences(notes.map((note) => noteWords(t, note, job.destination !== undefined)))}
    </p>
  );
}

interface LineProps {
  label: string;
  text: string;
  copyLabel: string;
  testId?: string;
}

function Line({ label, text, copyLabel, testId }: LineProps) {
  return (
    <div className="flex max-w-4xl items-center gap-2">
      <span className="w-20 shrink-0 text-sm text-quiet">{label}</span>
      <code data-testid={testId} className="selectable min-w-0 flex-1 truncate font-mono text-sm" title={text}>
        {text}
      </code>
      <CopyButton text={text} label={copyLabel} />
    </div>
  );
}
