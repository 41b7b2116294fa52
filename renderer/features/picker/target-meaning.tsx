import { ChevronRight, CircleAlert, Info, LockOpen } from 'lucide-react';
import type { ReactNode } from 'react';
import { connectionOf } from '../../../shared/registry-policy.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { type Interpretation, interpretTarget } from '../../model/interpret.ts';
import { typedParts } from '../../model/target-parts.ts';
import { useSettings } from '../../stores/settings.ts';
import { Button } from '../../ui/button.tsx';
import { AccountNote, Note } from './note.tsx';

interface TargetMeaningProps {
  typed: string;
  meaning: Interpretation;
  /** The same target stands in another field. */
  isDuplicate: boolean;
  /** Takes a text that is offered instead; absent where only the words are shown. */
  onWrite?: (text: string) => void;
}

/** Below a target field: what the typed text means, or what is wrong with it and where. */
export function TargetMeaning({ typed, meaning, isDuplicate, onWrite }: TargetMeaningProps) {
  const { t } = useTexts();
  switch (meaning.kind) {
    case 'empty':
      return <p className="text-sm text-quiet">{t('target.empty')}</p>;
    case 'registry':
      return <Note icon={Info}>{t('target.registryAlone', { registry: meaning.registry })}</Note>;
    case 'unfinished':
      return <Note icon={Info}>{t(`target.unfinished.${meaning.part}`)}</Note>;
    case 'invalid': {
      const lower = inLowerCase(typed);
      return (
        <div className="space-y-1">
          <Wrong typed={typed} position={meaning.position}>
            {lower === undefined
              ? t('target.wrongAt', {
                  what: t(`target.wrong.${meaning.error.part ?? 'reference'}`, {
                    detail: meaning.error.detail ?? meaning.error.message,
                  }),
                  column: meaning.position + 1,
                })
              : t('target.upperCase', { char: typed.charAt(meaning.position), column: meaning.position + 1 })}
          </Wrong>
          {lower === undefined || onWrite === undefined ? null : (
            <Button look="link" onPress={() => onWrite(lower)} className="max-w-full">
              <span className="truncate">{t('target.writeLower', { text: lower })}</span>
            </Button>
          )}
        </div>
      );
    }
    case 'digest':
      return (
        <Wrong typed={typed} position={meaning.position}>
          {t('target.digestTarget')}
        </Wrong>
      );
    case 'valid':
      return isDuplicate ? (
        <Note icon={CircleAlert} tone="bad">
          {t('target.duplicate')}
        </Note>
      ) : (
        <Valid meaning={meaning} />
      );
  }
}

/** The target with its repository in lower case, where that is all that is wrong with it. */
function inLowerCase(typed: string): string | undefined {
  const { repository } = typedParts(typed);
  if (repository === undefined) return undefined;
  const lower = typed.slice(0, repository.from) + repository.text.toLowerCase() + typed.slice(repository.to);
  return lower !== typed && interpretTarget(lower).kind === 'valid' ? lower : undefined;
}

/** Characters shown before and after the wrong one. */
const AROUND = 24;

/** The text with a caret under the wrong character, and the reason. */
function Wrong({ typed, position, children }: { typed: string; position: number; children: ReactNode }) {
  const from = Math.max(0, position - AROUND);
  const before = (from > 0 ? '…' : '') + typed.slice(from, position);
  const rest = typed.slice(position, position + AROUND);
  return (
    <div className="space-y-1">
      <pre aria-hidden className="overflow-hidden rounded-sm bg-sunken px-2 py-1 font-mono text-sm leading-snug">
        {before}
        <span className="text-bad underline decoration-2 underline-offset-2">{rest.slice(0, 1) || ' '}</span>
        {rest.slice(1)}
        {'\n'}
        <span className="font-bold text-bad">{`${' '.repeat(before.length)}^`}</span>
      </pre>
      <p role="alert" className="text-sm text-bad">
        {children}
      </p>
    </div>
  );
}

function Valid({ meaning }: { meaning: Extract<Interpretation, { kind: 'valid' }> }) {
  const { t } = useTexts();
  const { registry, repository, tag } = meaning.reference;
  const policy = useSettings(({ settings }) => settings.registries[registry]);
  // Not from `info`, which comes a moment later: lines that appear then would move the Push button away from under the pointer.
  const connection = connectionOf(registry, policy ?? {});
  return (
    <div className="space-y-1.5">
      <div
        role="group"
        aria-label={t('target.interpretation')}
        className="flex flex-wrap items-center gap-x-1 gap-y-1 text-sm"
      >
        <Chip label={t('target.registry')}>{registry}</Chip>
        <ChevronRight aria-hidden size={12} className="shrink-0 text-quiet" />
        <Chip label={t('target.repository')}>{repository}</Chip>
        <ChevronRight aria-hidden size={12} className="shrink-0 text-quiet" />
        <Chip label={t('target.tag')}>{tag ?? ''}</Chip>
      </div>
      <AccountNote registry={registry} />
      {meaning.tagAdded ? <Note icon={Info}>{t('target.tagAdded')}</Note> : null}
      {meaning.official ? (
        <Note icon={Info} tone="warn">
          {t('target.library', { repository: repository.replace(/^library\//, '') })}
        </Note>
      ) : null}
      {connection.plainHttp === 'set' ? (
        <Note icon={LockOpen} tone="warn">
          {t('target.plainHttp')}
        </Note>
      ) : null}
      {connection.plainHttp === 'allowed' ? <Note icon={LockOpen}>{t('target.plainHttpAllowed')}</Note> : null}
      {!connection.verify && connection.plainHttp !== 'set' ? (
        <Note icon={LockOpen} tone="warn">
          {t('target.noVerify')}
        </Note>
      ) : null}
    </div>
  );
}

function Chip({ label, children }: { label: string; children: string }) {
  return (
    <span className="max-w-full rounded-sm bg-hover px-1.5 py-px break-all" title={label}>
      <span className="sr-only">{label}: </span>
      {children}
    </span>
  );
}
