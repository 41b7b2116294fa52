import type { RequestInput } from '../../../shared/ipc.ts';
import { inBackground, request } from '../../api.ts';
import { useTexts } from '../../i18n/use-texts.ts';
import { useClosing } from '../../stores/closing.ts';
import { showError } from '../../stores/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

/** Asked when the window is closed while transfers run. */
export function ClosingDialog() {
  const { t, format } = useTexts();
  const running = useClosing((state) => state.running);
  if (running === null) return null;
  const answer = (choice: RequestInput<'app.close'>) => {
    useClosing.setState({ running: null });
    inBackground(request('app.close', choice), showError);
  };
  return (
    <Dialog
      isOpen
      role="alertdialog"
      title={t('closing.title')}
      isDismissable={false}
      onClose={() => answer('keep-running')}
      footer={
        <>
          <Button look="danger" onPress={() => answer('cancel-and-quit')}>
            {t('closing.cancel')}
          </Button>
          <Button onPress={() => answer('pause-and-quit')}>{t('closing.pause')}</Button>
          <Button look="primary" autoFocus onPress={() => answer('keep-running')}>
            {t('closing.keep')}
          </Button>
        </>
      }
    >
      <p>{t('closing.body', { count: running, formatted: format.count(running) })}</p>
    </Dialog>
  );
}
