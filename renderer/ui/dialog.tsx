import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { classes } from './classes.ts';

interface DialogProps {
  title: string;
  isOpen: boolean;
  /** Called for Esc and, where `isDismissable`, a click outside. */
  onClose: () => void;
  /** False where closing by a stray click would lose what was typed. */
  isDismissable?: boolean;
  /** `alertdialog` for questions that interrupt. */
  role?: 'dialog' | 'alertdialog';
  /** A question of a few lines, something to read through, or a table. */
  width?: keyof typeof WIDTHS;
  children: ReactNode;
  /** Buttons, the main one last. */
  footer?: ReactNode;
}

const WIDTHS = {
  question: 'max-w-[480px]',
  form: 'max-w-2xl',
  sheet: 'max-w-[880px]',
  whole: 'max-w-[1152px]',
} as const;

/** A modal dialog with a heading, a scrolling body and a row of buttons. */
export function Dialog({
  title,
  isOpen,
  onClose,
  isDismissable = true,
  role = 'dialog',
  width = 'question',
  children,
  footer,
}: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable={isDismissable}
      onOpenChange={(open) => (open ? undefined : onClose())}
      className="fixed inset-0 z-50 flex items-center justify-center bg-scrim p-6 [@media(height<640px)]:p-3"
    >
      <Modal
        className={classes(
          'flex max-h-full min-h-0 w-full rounded-lg border border-line-strong bg-surface shadow-2xl',
          WIDTHS[width],
        )}
      >
        <AriaDialog role={role} className="flex min-h-0 w-full flex-col outline-none">
          <Heading slot="title" className="px-5 pt-4 pb-2 text-lg font-semibold wrap-anywhere">
            {title}
          </Heading>
          <ScrollBody label={title}>{children}</ScrollBody>
          {footer === undefined ? null : (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
          )}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** A body that scrolls where it has no room. Then the keyboard can reach it, even when nothing in it takes the focus. */
function ScrollBody({ label, children }: { label: string; children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = body.current;
    if (element === null) return;
    const measure = () => {
      setScrolls(element.scrollHeight > element.clientHeight);
      // What a person is to type into stays in sight when something else gets its place above.
      const at = document.activeElement;
      if (at instanceof HTMLInputElement && element.contains(at)) at.scrollIntoView({ block: 'nearest' });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    measure();
    return () => observer.disconnect();
  }, [children]);
  return (
    <div
      ref={body}
      tabIndex={scrolls ? 0 : undefined}
      role={scrolls ? 'group' : undefined}
      aria-label={scrolls ? label : undefined}
      className="min-h-0 flex-1 space-y-3 [@media(height<640px)]:space-y-2 overflow-x-hidden overflow-y-auto scroll-py-4 px-5 pt-1 pb-4 wrap-anywhere [&_p]:text-balance"
    >
      {children}
    </div>
  );
}
