import { KeyRound, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTexts } from '../../i18n/use-texts.ts';
import { loginOriginText } from '../../model/login-origin.ts';
import { classes } from '../../ui/classes.ts';
import { useRegistryInfo } from './use-registry-info.ts';

const NOTE_TONES = { quiet: 'text-quiet', warn: 'text-warn', bad: 'text-bad' } as const;

/** A line about a target. */
export function Note({
  icon: Icon,
  tone = 'quiet',
  children,
}: {
  icon: LucideIcon;
  tone?: keyof typeof NOTE_TONES;
  children: ReactNode;
}) {
  return (
    <p className={classes('flex gap-1.5 text-sm', NOTE_TONES[tone])}>
      <Icon aria-hidden size={13} className="mt-[3px] shrink-0" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  );
}

/** The login that a registry will get, and where that comes from. An empty line until it is known: what is below would move. */
export function AccountNote({ registry }: { registry: string }) {
  const { t } = useTexts();
  const info = useRegistryInfo(registry);
  const words =
    info === undefined
      ? '\u00a0'
      : info.login === null
        ? t('target.noLogin')
        : t('target.login', { username: info.login.username, origin: loginOriginText(info.login.origin, t) });
  return <Note icon={KeyRound}>{words}</Note>;
}
