import type { ReactNode } from 'react';

interface PageProps {
  title: string;
  actions?: ReactNode;
  children: ReactNode;
}

/** A view that takes the place of list and details. */
export function Page({ title, actions, children }: PageProps) {
  return (
    <section aria-label={title} data-pane tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center justify-between gap-x-2 gap-y-1 border-b border-line px-4 py-1">
        <h1 className="text-lg font-semibold whitespace-nowrap">{title}</h1>
        {actions}
      </header>
      <div className="relative min-h-0 flex-1 overflow-y-auto">{children}</div>
    </section>
  );
}
