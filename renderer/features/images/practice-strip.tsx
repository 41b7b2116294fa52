import { GraduationCap } from 'lucide-react';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { usePractice } from '../../stores/practice.ts';
import { aimImages } from '../../stores/view.ts';
import { Button } from '../../ui/button.tsx';

/** Starts the practice registry, and shows its sample image with the cursor in the target field. */
export async function startPractice(): Promise<void> {
  const info = await request('practice.start');
  usePractice.setState({ info });
  aimImages([info.imageId]);
}

async function endPractice(): Promise<void> {
  await request('practice.end');
  usePractice.setState({ info: null });
}

/** Above the list while a person practises: where the sample goes, what to sign in with, and the end of it. */
export function PracticeStrip() {
  const { t } = useTexts();
  const info = usePractice((state) => state.info);
  if (info === null) return null;
  const { registry, username, password } = info;
  return (
    <div role="note" className="flex shrink-0 items-center gap-2 border-b border-line bg-sunken px-3 py-2">
      <GraduationCap aria-hidden size={16} className="shrink-0 text-accent" />
      <p className="selectable min-w-0 flex-1 text-sm">{t('start.strip', { registry, username, password })}</p>
      <Button size="small" onPress={() => inBackground(endPractice(), showError)}>
        {t('start.end')}
      </Button>
    </div>
  );
}
