import type { Challenge } from './challenge.ts';

/** What a request is allowed to do with which repositories. */
export interface Access {
  /** Absent for requests that concern the registry as a whole. */
  repository?: string | undefined;
  /** To the list of repositories. */
  catalog?: true;
  /** `read`: the request would do with `pull`. */
  actions: 'read' | 'write';
  /** A mount also pulls from here, in the same token. */
  mountFrom?: string | undefined;
}

/** What tokens are asked for: what a request needs, and what the registry's challenges name besides. */
export class Scopes {
  /** What challenges have named besides ours, by repository. */
  readonly #learned = new Map<string, readonly string[]>();

  /** One token for all requests of a repository: asking for `pull` alone first would cost another round trip before the push. */
  of({ repository, mountFrom, catalog }: Access): readonly string[] {
    if (repository === undefined) return catalog ? ['registry:catalog:*'] : [];
    const scopes = [
      `repository:${repository}:pull,push`,
      ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`]),
    ];
    return [...new Set([...scopes, ...(this.#learned.get(repository) ?? [])])];
  }

  /**
   * Takes the scopes that a refusal names.
   * @param had those of the token that was refused.
   * @returns whether it names any that was not asked for.
   */
  learn({ repository }: Access, challenge: Challenge, had: readonly string[] | undefined): boolean {
    const asked = (challenge.parameters.scope ?? '').split(' ').filter(Boolean);
    const known = had ?? this.of({ repository, actions: 'write' });
    const fresh = asked.filter((scope) => !known.some((own) => covers(own, scope)));
    if (fresh.length === 0 || repository === undefined) return false;
    this.#learned.set(repository, [...new Set([...(this.#learned.get(repository) ?? []), ...fresh])]);
    return true;
  }
}

/** `had` covers `wanted` when it is for the same thing and has all its actions. */
function covers(had: string, wanted: string): boolean {
  const [hadName, hadActions] = splitScope(had);
  const [name, actions] = splitScope(wanted);
  return hadName === name && actions.every((action) => hadActions.includes(action));
}

/** `repository:host:5000/name:pull,push`: the name may hold colons, the actions do not. */
function splitScope(scope: string): [string, string[]] {
  const at = scope.lastIndexOf(':');
  return [scope.slice(0, at), scope.slice(at + 1).split(',')];
}
