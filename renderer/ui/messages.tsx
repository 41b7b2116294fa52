import { Check, X } from 'lucide-react';
import { useTexts } from '../i18n/use-texts.ts';
import { dismissMessage, type Message, useMessages } from '../stores/messages.ts';
import { Button, IconButton } from './button.tsx';
import { ErrorPanel } from './error-panel.tsx';

/** Messages in the corner: what could not be done, and short confirmations. */
export function Messages() {
  const { t } = useTexts();
  const messages = useMessages((state) => state.messages);
  if (messages.length === 0) return null;
  return (
    <section
      aria-label={t('messages.title')}
      className="fixed right-4 bottom-18 z-40 flex max-h-[40vh] w-96 max-w-[calc(100vw-2rem)] flex-col gap-2 overflow-y-auto p-1"
    >
      {messages.map((message) => (
        <MessageCard key={message.id} message={message} />
      ))}
    </section>
  );
}

function act({ id, action }: Message): void {
  dismissMessage(id);
  action?.run();
}

function MessageCard({ message }: { message: Message }) {
  const { t } = useTexts();
  return (
    <div
      role={message.kind === 'error' ? 'alert' : 'status'}
      className="rounded-lg border border-line-strong bg-raised p-2 shadow-lg"
    >
      <div className="flex items-center gap-2">
        {message.kind === 'info' ? <Check aria-hidden size={16} className="ml-1 shrink-0 text-good" /> : null}
        <p className="flex-1 px-1 font-medium">{message.title ?? t('messages.title')}</p>
        {message.action === undefined ? null : (
          <Button size="small" onPress={() => act(message)}>
            {message.action.label}
          </Button>
        )}
        <IconButton icon={X} label={t('common.dismiss')} onPress={() => dismissMessage(message.id)} />
      </div>
      {message.errors.length === 0 ? null : (
        <ul className="mt-2 space-y-2">
          {message.errors.map(({ about, error }) => (
            <li key={`${about} ${error.code} ${error.message}`}>
              <ErrorPanel error={error} about={about} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
