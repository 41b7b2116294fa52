import { memo, useId, useState } from 'react';
import { isAtWork, isFinished, isHeldBack, type JobInfo } from '../../../shared/transfer-events.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { jobFraction } from '../../model/job-groups.ts';
import { useTransfers } from '../../stores/transfers.ts';
import { Bar } from '../../ui/bar.tsx';
import { classes } from '../../ui/classes.ts';
import { Fold } from '../../ui/fold.tsx';
import { useIsPausing } from './actions.ts';
import { CardHead, FoldedLine } from './card-head.tsx';
import { JobActions } from './job-actions.tsx';
import { JobResult, tagNotice } from './job-result.tsx';
import { isWaitedFor, jobLook, jobSummary } from './job-summary.ts';
import { LayerRow } from './layer-row.tsx';
import { NearRows } from './near-rows.tsx';
import { OutageNotice } from './outage-notice.tsx';
import { Still, useStillWords } from './still.tsx';
import { useLayerCommands } from './use-layer-commands.ts';
import { useSentAgain } from './use-sent-again.ts';

interface JobCardProps {
  jobId: string;
  /** Its layers are shown, as long as nobody folds them. */
  startsOpen: boolean;
  /** Finished it is one line, with all the rest folded. */
  folds: boolean;
}

/** One push: overall bar, numbers, actions, and a row per layer when unfolded. */
export const JobCard = memo(function JobCard({ jobId, startsOpen, folds }: JobCardProps) {
  const { t } = useTexts();
  const job = useTransfers((state) => state.jobs[jobId]);
  const [toggled, setToggled] = useState<boolean>();
  const panelId = useId();
  if (job === undefined) return null;
  const isOpen = toggled ?? startsOpen;
  const isFolded = folds && !isOpen;
  return (
    <li data-testid="job" data-card data-state={job.state} className="border-b border-line px-3 py-2 last:border-b-0">
      <CardHead
        label={t('transfers.toggle', { name: job.imageName, target: job.target })}
        isOpen={isOpen}
        panelId={panelId}
        onToggle={() => setToggled(!isOpen)}
      >
        {isFolded ? <FoldedJob job={job} /> : <Names job={job} />}
      </CardHead>
      <Fold isOpen={!isFolded}>
        <Progress job={job} />
        <div className="pt-1 pl-6 empty:hidden">
          <JobResult job={job} />
          {job.outage ? <OutageNotice key={job.outage.nextTryAt} job={job} outage={job.outage} /> : null}
        </div>
      </Fold>
      <Fold isOpen={isOpen} id={panelId}>
        <LayerRows job={job} />
      </Fold>
    </li>
  );
});

function Names({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  return (
    <>
      <p className="min-w-0 flex-1 truncate" title={`${job.imageName} → ${job.target}`}>
        <span className="font-medium">{job.imageName}</span>
        <span className="sr-only"> {t('transfers.to')} </span>
        <span aria-hidden className="text-quiet">
          {' → '}
        </span>
        {job.target}
      </p>
      <JobActions job={job} />
    </>
  );
}

function FoldedJob({ job }: { job: JobInfo }) {
  const { t, format } = useTexts();
  return (
    <FoldedLine
      look={jobLook(job)}
      name={job.imageName}
      target={job.target}
      words={jobSummary(job, t, format)}
      notice={tagNotice(job.result?.tag, t)}
      finishedAt={job.finishedAt}
    >
      <JobActions job={job} />
    </FoldedLine>
  );
}

function Progress({ job }: { job: JobInfo }) {
  const { t, format } = useTexts();
  const look = jobLook(job);
  const fraction = jobFraction(job);
  const isPausing = useIsPausing(job);
  const there = job.bytesSent + job.bytesSaved;
  const again = useSentAgain({ there, total: job.bytesTotal, of: job.id });
  const still = useStillWords([job]);
  const isSending = isAtWork(job.state) && job.destination === undefined;
  // What is pausing comes to no end by itself.
  const { etaSeconds: _none, ...pausing } = job;
  const [state = '', ...known] = jobSummary(isPausing ? pausing : job, t, format);
  // After the bytes, which they explain.
  const numbers = isSending ? known.toSpliced(1, 0, ...again) : known;
  const parts = [isPausing ? t('transfers.pausing') : state, ...numbers];
  // Who does not answer is said below, with the next try.
  const isSilent = isWaitedFor(job) && !isPausing;
  return (
    <div className="space-y-1 pt-0.5 pl-6">
      {job.state === 'done' ? null : (
        <Bar
          thick
          label={t('transfers.progressOf', { name: job.imageName, target: job.target })}
          fraction={fraction}
          valueText={`${format.percent(fraction)}, ${parts.join(', ')}`}
          tone={look.bar}
        />
      )}
      <p className="flex items-center gap-1.5 text-sm text-quiet tabular">
        {isSilent ? null : (
          <look.icon aria-hidden size={13} className={classes('shrink-0', look.tone, look.turns && 'animate-spin')} />
        )}
        <span className="min-w-0 flex-1 truncate" title={[...parts, ...still].join(' · ')}>
          {isSilent ? numbers.join(' · ') : <span className={look.tone}>{parts[0]}</span>}
          {isSilent ? null : numbers.map((part) => ` · ${part}`)}
          {still.map((part) => (
            <Still key="still" words={part} />
          ))}
        </span>
        {isFinished(job.state) ? null : <span>{format.percent(fraction)}</span>}
      </p>
    </div>
  );
}

/** The rows of a job. */
export function LayerRows({ job }: { job: JobInfo }) {
  const { t } = useTexts();
  const isHeld = isHeldBack(job.state);
  const digests = useTransfers((state) => state.layers[job.id]?.digests);
  const commands = useLayerCommands(job);
  return (
    <NearRows
      label={t('transfers.layersOf', { name: job.imageName })}
      ids={digests ?? []}
      className="pt-1 pl-6"
      renderRow={(digest) => (
        <LayerRow
          key={digest}
          jobId={job.id}
          digest={digest}
          command={commands.get(digest)}
          isHeld={isHeld}
          isSilent={isWaitedFor(job)}
          isExport={job.destination !== undefined}
        />
      )}
    />
  );
}
