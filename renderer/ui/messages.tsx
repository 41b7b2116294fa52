import { Check, X } from 'lucide-react';
import { type FocusEvent, useRef } from 'react';
import { useTexts } from '../i18n/use-texts.ts';
import { dismissMessage, type Message, useMessages } from '../stores/messages.ts';
import { Button, IconButton } from './button.tsx';
import { ErrorPanel } from './error-panel.tsx';

/**
 * Messages below the view: what could not be done, and short confirmations, the newest first, where it is seen. They take their room from the view, for over it they would hide what
 * a person types into or presses.
 */
export function Messages() {
  const { t } = useTexts();
  const messages = useMessages((state) => state.messages);
  const { cameFrom, ...place } = useCameFrom();
  if (messages.length === 0) return null;
  const dismiss = (id: number) => {
    // The focus would go with the button.
    (messages.length > 1 ? place.ref.current : cameFrom.current)?.focus();
    dismissMessage(id);
  };
  return (
    <section
      {...place}
      aria-label={t('messages.title')}
      data-pane
      tabIndex={-1}
      className="max-h-[40vh] shrink-0 divide-y divide-line overflow-y-auto border-t border-line-strong bg-raised"
    >
      {messages.toReversed().map((message) => (
        <MessageCard key={message.id} message={message} onDismiss={() => dismiss(message.id)} />
      ))}
    </section>
  );
}

/** Where the focus was before it came into the element that the rest is spread over. */
function useCameFrom() {
  const ref = useRef<HTMLElement>(null);
  const cameFrom = useRef<HTMLElement>(null);
  const onFocus = ({ relatedTarget, currentTarget }: FocusEvent<HTMLElement>) => {
    const isFromOutside = relatedTarget instanceof HTMLElement && !currentTarget.contains(relatedTarget);
    if (isFromOutside) cameFrom.current = relatedTarget;
  };
  return { ref, cameFrom, onFocus };
}

function MessageCard({ message, onDismiss }: { message: Message; onDismiss: () => void }) {
  const { t } = useTexts();
  const act = () => {
    onDismiss();
    message.action?.run();
  };
  return (
    <div role={message.kind === 'error' ? 'alert' : 'status'} className="px-3 py-1.5">
      <div className="flex items-center gap-2">
        {message.kind === 'info' ? <Check aria-hidden size={16} className="ml-1 shrink-0 text-good" /> : null}
        <p className="min-w-0 flex-1 px-1 font-medium wrap-anywhere">{message.title ?? t('messages.title')}</p>
        {message.action === undefined ? null : (
          <Button size="small" onPress={act}>
            {message.action.label}
          </Button>
        )}
        <IconButton icon={X} label={t('common.dismiss')} onPress={onDismiss} />
      </div>
      {message.errors.length === 0 ? null : (
        <ul className="mt-1.5 max-w-[820px] space-y-2 pb-1">
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
