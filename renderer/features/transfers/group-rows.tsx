import { ChevronRight, KeyRound, LoaderCircle, RotateCw } from 'lucide-react';
import { memo, useId, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { briefDigest } from '../../../shared/digest.ts';
import { isAtWork, isFinished, type JobInfo, type TagChange } from '../../../shared/transfer-events.ts';
import { type Texts, useTexts } from '../../i18n/use-texts.ts';
import { isUnsigned, jobFraction } from '../../model/job-groups.ts';
import { askPassphrase, lockedKey } from '../../stores/signing.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Bar } from '../../ui/bar.tsx';
import { IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { errorParts } from '../../ui/error-text.ts';
import { Fold } from '../../ui/fold.tsx';
import { NameText } from '../../ui/middle-text.tsx';
import { resumeJob, useIsResuming } from './actions.ts';
import { JobActions } from './job-actions.tsx';
import { LayerRows } from './job-card.tsx';
import { JobResult } from './job-result.tsx';
import { isBusy, isWaitedFor, JOB_LOOKS, jobLook, stateText } from './job-summary.ts';
import { NearRows } from './near-rows.tsx';

/** Of more rows than this those that are done are folded. */
const MOST_ROWS = 12;

/** The images of a group: what failed first, then what is at work, what waits, and what is done. */
export function GroupRows({ label, jobs }: { label: string; jobs: readonly JobInfo[] }) {
  const { t, format } = useTexts();
  const [showsDone, setShowsDone] = useState(false);
  const isFolding = jobs.length > MOST_ROWS;
  const rows = ORDER.flatMap((wanted) => jobs.filter(({ state }) => rankOf(state) === wanted)).map((job) => job.id);
  // What was cancelled stays in sight: it can be pushed all the same.
  const done = jobs.filter(({ state }) => state === 'done').map((job) => job.id);
  const inSight = isFolding ? rows.filter((id) => !done.includes(id)) : rows;
  return (
    <div className="pt-1">
      <NearRows label={label} ids={inSight} renderRow={(jobId) => <ImageRow key={jobId} jobId={jobId} />} />
      {isFolding && done.length > 0 ? (
        <>
          <AriaButton
            onPress={() => setShowsDone(!showsDone)}
            aria-expanded={showsDone}
            className="flex h-7 items-center gap-1 rounded-sm pr-2 text-sm text-quiet hover:bg-hover hover:text-text"
          >
            <ChevronRight aria-hidden size={14} className={classes('mx-0.5 shrink-0', showsDone && 'rotate-90')} />
            {t('transfers.groupFolded', { count: done.length, formatted: format.count(done.length) })}
          </AriaButton>
          <Fold isOpen={showsDone}>
            <NearRows
              label={t('transfers.groupFolded', { count: done.length, formatted: format.count(done.length) })}
              ids={done}
              renderRow={(jobId) => <ImageRow key={jobId} jobId={jobId} />}
            />
          </Fold>
        </>
      ) : null}
    </div>
  );
}

const ORDER = ['failed', 'running', 'waiting', 'done'] as const;

function rankOf(state: JobInfo['state']): (typeof ORDER)[number] {
  if (state === 'failed') return 'failed';
  if (isFinished(state)) return 'done';
  return isAtWork(state) ? 'running' : 'waiting';
}

/** One image of a group; unfolded it has its layers, as a push of its own has. */
const ImageRow = memo(function ImageRow({ jobId }: { jobId: string }) {
  const texts = useTexts();
  const job = useTransfers((state) => state.jobs[jobId]);
  const [isOpen, setOpen] = useState(false);
  const panelId = useId();
  if (job === undefined) return null;
  return (
    <div role="listitem" data-testid="job" data-card data-state={job.state}>
      <Line job={job} isOpen={isOpen} panelId={panelId} onToggle={() => setOpen(!isOpen)} />
      {job.error === undefined || job.state !== 'failed' || isOpen ? null : (
        <p
          className="mb-1 ml-13 truncate border-l-2 border-bad pl-2 text-sm text-quiet"
          title={errorParts(job.error, texts).why}
        >
          {errorParts(job.error, texts).why}
        </p>
      )}
      <Fold isOpen={isOpen} id={panelId}>
        <div className="pb-2 pl-6">
          <JobResult job={job} />
          <LayerRows job={job} />
        </div>
      </Fold>
    </div>
  );
});

interface LineProps {
  job: JobInfo;
  isOpen: boolean;
  panelId: string;
  onToggle: () => void;
}

function Line({ job, isOpen, panelId, onToggle }: LineProps) {
  const texts = useTexts();
  const { t, format } = texts;
  const look = isWaitedFor(job) ? WAITING : jobLook(job);
  const fraction = jobFraction(job);
  const words = rowWords(job, texts);
  const size = job.bytesTotal === 0 ? '' : format.bytes(job.bytesTotal);
  const isBegun = isAtWork(job.state) || job.state === 'paused' || job.state === 'interrupted';
  const amount = isBegun && job.bytesTotal > 0 ? format.progress(job.bytesSent + job.bytesSaved, job.bytesTotal) : size;
  const names = { name: job.imageName, target: job.target };
  return (
    <div className="grid h-7 grid-cols-[1.25rem_1rem_minmax(0,1fr)_minmax(5rem,9rem)_5.5rem] items-center gap-2 @2xl:grid-cols-[1.25rem_1rem_minmax(0,1fr)_minmax(0,1.15fr)_11rem_5.5rem] @4xl:grid-cols-[1.25rem_1rem_minmax(0,1fr)_minmax(0,1.15fr)_7rem_7.5rem_12rem_5.5rem] @6xl:grid-cols-[1.25rem_1rem_minmax(0,1fr)_minmax(0,1.15fr)_7rem_6.5rem_16.5rem_5rem] @min-[100rem]:grid-cols-[1.25rem_1rem_minmax(0,1fr)_minmax(0,1.15fr)_7rem_10rem_20rem_5.5rem]">
      <AriaButton
        onPress={onToggle}
        aria-expanded={isOpen}
        {...(isOpen ? { 'aria-controls': panelId } : {})}
        aria-label={t('transfers.toggle', names)}
        className="flex size-5 items-center justify-center rounded-sm text-quiet hover:bg-hover"
      >
        <ChevronRight aria-hidden size={14} className={isOpen ? 'rotate-90' : ''} />
      </AriaButton>
      <look.icon aria-hidden size={14} className={classes(look.tone, look.turns && 'animate-spin')} />
      <span className="min-w-0" title={job.imageName}>
        <NameText text={job.imageName} />
      </span>
      <span className="hidden min-w-0 text-quiet @2xl:block" title={job.target}>
        <NameText text={placeOn(job)} />
      </span>
      <span className="hidden truncate text-right text-sm text-quiet tabular @4xl:block">{amount}</span>
      <span className="hidden @4xl:block">
        <Bar
          label={t('transfers.progressOf', names)}
          fraction={fraction}
          valueText={amount === '' ? words : `${words}, ${amount}`}
          tone={look.bar}
        />
      </span>
      <span
        className={classes('truncate text-sm', TAG_TONES[job.result?.tag?.state ?? 'new'] ?? look.tone)}
        title={titleOf(job, words, texts)}
      >
        {words}
      </span>
      <span className="flex justify-end">
        <RowActions job={job} />
      </span>
    </div>
  );
}

/** Below its registry, which the group names. */
function placeOn({ target, registry }: JobInfo): string {
  return registry !== undefined && target.startsWith(`${registry}/`) ? target.slice(registry.length + 1) : target;
}

/** A tag that is not what it was, or not what was wanted, is to be seen among many. */
const TAG_TONES: Record<TagChange['state'], string | undefined> = {
  new: undefined,
  same: 'text-quiet',
  moved: 'text-warn',
  kept: 'text-warn',
};

function RowActions({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const isResuming = useIsResuming(job);
  const name = job.imageName;
  if (job.state === 'failed') {
    if (lockedKey(job.error) !== undefined) {
      return (
        <IconButton icon={KeyRound} label={t('signing.enterOne', { name })} onPress={() => askPassphrase(job.id)} />
      );
    }
    const label = t(isUnsigned(job) ? 'signing.againOne' : 'transfers.retryOne', { name });
    return (
      <IconButton
        icon={isResuming ? LoaderCircle : RotateCw}
        label={isResuming ? t('transfers.starting') : label}
        isPending={isResuming}
        onPress={() => resumeJob(job.id)}
        className={isResuming ? '[&>svg]:animate-spin' : ''}
      />
    );
  }
  if (job.result !== undefined) return <CopyButton text={job.result.digest} label={t('transfers.copyDigest')} />;
  return <JobActions job={job} />;
}

/** Why it failed, whole, where there is room for the title alone. */
function titleOf(job: JobInfo, words: string, texts: Texts): string {
  return job.error === undefined ? words : `${words}: ${errorParts(job.error, texts).why}`;
}

/** Who does not answer is said once, above the rows. */
const WAITING = JOB_LOOKS.queued;

/** The state, and what became of the tag. */
function rowWords(job: JobInfo, { t, format }: Texts): string {
  if (isWaitedFor(job)) return t('blobState.waiting');
  if (job.error !== undefined && job.state === 'failed') return t(`errors.${job.error.code}`);
  if (job.state === 'running' && isBusy(job) && job.rate > 0) return `${stateText(job, t)} · ${format.rate(job.rate)}`;
  const tag = job.state === 'done' ? job.result?.tag : undefined;
  if (tag === undefined) return stateText(job, t);
  if (tag.state === 'moved') return t('history.moved', { from: briefDigest(tag.from) });
  return t(`history.tags.${tag.state}`);
}
