import { GraduationCap, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { inBackground } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { startPractice } from './practice-strip.tsx';

/** Begins to practise. The sample image takes a moment to be made, and the button says that it was heard. */
export function TryButton({ look = 'plain' }: { look?: 'primary' | 'plain' }) {
  const { t } = useTexts();
  const [isStarting, setStarting] = useState(false);
  const start = () => {
    setStarting(true);
    inBackground(
      startPractice().finally(() => setStarting(false)),
      showError,
    );
  };
  return (
    <Button
      look={look}
      icon={isStarting ? LoaderCircle : GraduationCap}
      isPending={isStarting}
      onPress={start}
      className={isStarting ? '[&>svg]:animate-spin' : ''}
    >
      {t(isStarting ? 'transfers.starting' : 'start.try')}
    </Button>
  );
}
