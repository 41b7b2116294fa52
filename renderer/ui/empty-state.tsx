import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** What to see where there is nothing yet: a title and what to do about it. */
export function EmptyState({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-3 overflow-y-auto p-6 text-center">
      <Icon aria-hidden size={32} strokeWidth={1.5} className="shrink-0 text-quiet" />
      <h2 className="text-lg font-semibold">{title}</h2>
      <div className="flex max-w-md flex-col items-center gap-2 text-quiet [&_p]:text-balance">{children}</div>
    </div>
  );
}
