import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { inBackground, request } from '../api.ts';
import { useTexts } from '../i18n/use-texts.ts';
import { showError } from '../stores/messages.ts';
import { announce } from './announce.ts';
import { IconButton } from './button.tsx';

/** How long the tick stays, in milliseconds: long enough to be seen. */
const TICK_MS = 1500;

/** Copies `text` through the main process (the page has no clipboard permission). */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await request('app.copy', text);
    setCopied(true);
    announce(t('common.copied'));
  };
  return <IconButton icon={copied ? Check : Copy} label={label} onPress={() => inBackground(copy(), showError)} />;
}
