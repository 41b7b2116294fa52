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
  let member = index.members.get(name);
  for (let links = 0; member?.link !== undefined; links++) {
    if (links === MAX_LINKS)
      throw archiveInvalid(archive, `the links at ${name} lead in a circle`, member.headerOffset);
    const target = linkTarget(member, member.link);
    if (target === undefined) {
      const why = `is a link that leads out of the archive, to ${JSON.stringify(member.link.slice(0, 200))}`;
      throw memberEscapes(archive, member.name, why, member.headerOffset);
    }
    member = index.members.get(target);
  }
  return member?.kind === 'file' ? member : undefined;
}

/** Symbolic links start at their own folder, hard links at the archive's. */
function linkTarget({ kind, name }: TarMember, link: string): string | undefined {
  if (kind === 'hardlink') return memberPath(link);
  return link.startsWith('/') ? undefined : memberPath(posix.join(posix.dirname(name), link));
}
