import { posix } from 'node:path';
import { archiveInvalid, memberEscapes } from './archive-errors.ts';
import { memberPath } from './header.ts';
import type { TarIndex, TarMember } from './tar-index.ts';

/** Links that lead to one another; Linux stops at as many. */
export const MAX_LINKS = 40;

/**
 * The file that a name means, links followed; undefined when there is none. `archive` is for messages.
 * @throws PushboatError PATH_ESCAPES for a link that leads out of the archive, ARCHIVE_INVALID for links in a circle.
 */
export function resolveMember(index: TarIndex, name: string, archive: string): TarMember | undefined {
  let at = name;
  for (let links = 0; ; links++) {
    const member = index.members.get(at);
    if (member?.kind === 'file') return member;
    const link = member?.link === undefined ? linkedFolder(index, at) : member;
    if (link?.link === undefined) return undefined;
    if (links === MAX_LINKS) throw archiveInvalid(archive, `the links at ${name} lead in a circle`, link.headerOffset);
    const target = linkTarget(link, link.link);
    if (target === undefined) {
      const why = `is a link that leads out of the archive, to ${JSON.stringify(link.link.slice(0, 200))}`;
      throw memberEscapes(archive, link.name, why, link.headerOffset);
    }
    at = memberPath(posix.join(target, at.slice(link.name.length))) ?? '';
  }
}

/** The first of the folders of a name that is a link. */
function linkedFolder({ members }: TarIndex, name: string): TarMember | undefined {
  for (let end = name.indexOf('/'); end !== -1; end = name.indexOf('/', end + 1)) {
    const folder = members.get(name.slice(0, end));
    if (folder?.kind === 'symlink') return folder;
  }
  return undefined;
}

/** Symbolic links start at their own folder, hard links at the archive's. */
function linkTarget({ kind, name }: TarMember, link: string): string | undefined {
  if (kind === 'hardlink') return memberPath(link);
  return link.startsWith('/') ? undefined : memberPath(posix.join(posix.dirname(name), link));
}
