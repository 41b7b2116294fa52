/** The parts of a target while it is typed. */
export type TargetPart = 'registry' | 'repository' | 'tag';

export interface TypedPart {
  text: string;
  /** Offsets in the typed text. */
  from: number;
  to: number;
}

export interface TypedParts {
  registry: TypedPart | undefined;
  repository: TypedPart | undefined;
  tag: TypedPart | undefined;
}

/** What people paste in front of a reference. */
export const LEAD = /^\s*(?:docker:\/\/|https?:\/\/)?/i;

/** Whether text without a slash can only be a registry: a name with a dot or a port, or localhost. */
export function isRegistryAlone(text: string): boolean {
  return /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|\[[0-9a-f:]+\])(?::\d{1,5})?$|^[a-z0-9-]+:\d{4,5}$/i.test(text);
}

/**
 * Takes a target apart as far as it is typed. Without a slash it is on its way to be a registry; what has a slash and no registry in front
 * is a repository of Docker Hub.
 */
export function typedParts(typed: string): TypedParts {
  const start = LEAD.exec(typed)?.[0].length ?? 0;
  const text = typed.slice(start).trimEnd();
  const part = (from: number, to: number): TypedPart => ({
    text: text.slice(from, to),
    from: start + from,
    to: start + to,
  });
  const slash = text.indexOf('/');
  const host = slash === -1 ? text : text.slice(0, slash);
  const hasRegistry = slash === -1 ? !text.includes(':') || isRegistryAlone(text) : isHost(host);
  if (slash === -1 && hasRegistry) return { registry: part(0, text.length), repository: undefined, tag: undefined };
  const begin = hasRegistry ? slash + 1 : 0;
  const colon = text.indexOf(':', begin);
  const end = colon === -1 ? text.length : colon;
  return {
    registry: hasRegistry ? part(0, slash) : undefined,
    repository: part(begin, end),
    tag: colon === -1 ? undefined : part(colon + 1, text.length),
  };
}

/** As Docker tells a registry from the first part of a repository. */
function isHost(text: string): boolean {
  return text.includes('.') || text.includes(':') || text === 'localhost';
}

/** The part that the cursor is in. */
export function partAt({ registry, repository, tag }: TypedParts, caret: number): TargetPart {
  if (tag && caret >= tag.from) return 'tag';
  if (repository && (!registry || caret >= repository.from)) return 'repository';
  return 'registry';
}
