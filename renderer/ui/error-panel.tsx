import { ChevronRight, CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { ErrorData } from '../../shared/errors.ts';
import { useTexts } from '../i18n/use-texts.ts';
import { classes } from './classes.ts';
import { errorParts } from './error-text.ts';

/** More characters than this are shown whole under the details only. */
const LONG = 300;

interface ErrorPanelProps {
  error: ErrorData;
  /** Which of several things it is about: a path, an image. */
  about?: string | undefined;
  /** In place of the general title, where the place knows better what happened. */
  title?: string;
  /** In place of the general advice. */
  advice?: string | undefined;
  /** Buttons that do the next thing. */
  actions?: ReactNode;
}

/** What happened, why, and what to do next. */
export function ErrorPanel({ error, about, title, advice, actions }: ErrorPanelProps) {
  const { what, why, next: usual } = errorParts(error, useTexts());
  const next = advice ?? usual;
  return (
    <div className="selectable rounded-md bg-bad-surface p-3">
      <div className="flex gap-2">
        <CircleAlert aria-hidden size={16} className="mt-px shrink-0 text-bad" />
        <div className="min-w-0 flex-1 space-y-1">
          <p className="font-semibold text-bad">{title ?? what}</p>
          {about === undefined ? null : <p className="font-mono text-sm break-all">{about}</p>}
          <p className={classes('wrap-anywhere', isLong(why) && 'line-clamp-4')}>{why}</p>
          {next === undefined ? null : <p className="text-balance text-quiet">{next}</p>}
          <ErrorDetails error={error} why={why} about={about} />
          {actions === undefined ? null : <div className="flex flex-wrap gap-2 pt-1">{actions}</div>}
        </div>
      </div>
    </div>
  );
}

/** The facts that a bug report needs; folded, and absent when there are none besides what is shown. */
function ErrorDetails({ error, why, about }: { error: ErrorData; why: string; about: string | undefined }) {
  const { t, said } = useTexts();
  const happened = said(error.message);
  const facts: [string, string][] = [];
  const shown = [why, about];
  if (isLong(why)) facts.push([t('messages.reason'), why]);
  if (!shown.includes(happened)) facts.push([t('messages.what'), happened]);
  if (error.status !== undefined) facts.push([t('messages.status'), String(error.status)]);
  if (error.digest !== undefined) facts.push([t('messages.digest'), error.digest]);
  if (error.path !== undefined && !shown.includes(error.path)) facts.push([t('messages.path'), error.path]);
  if (facts.length === 0) return null;
  return (
    <Disclosure>
      <AriaButton
        slot="trigger"
        className="group -ml-1 flex items-center gap-1 rounded-sm px-1 text-sm text-quiet hover:text-text"
      >
        <ChevronRight aria-hidden size={12} className="group-aria-expanded:rotate-90" />
        {t('common.details')}
      </AriaButton>
      <DisclosurePanel className="fold-panel">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 pt-1 text-sm">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-quiet">{name}</dt>
              <dd className="min-w-0 wrap-anywhere">{value}</dd>
            </div>
          ))}
        </dl>
      </DisclosurePanel>
    </Disclosure>
  );
}

function isLong(why: string): boolean {
  return why.length > LONG;
}
