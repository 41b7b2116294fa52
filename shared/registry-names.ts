import type { Digest } from './digest.ts';

/** Names that a registry lists: its repositories, or the tags of one. */
export interface RemoteNames {
  names: string[];
  /** It has more than were read. */
  hasMore: boolean;
}

/** What a tag is now. */
export interface RemoteTag {
  /** Absent where the registry does not name it. */
  digest?: Digest | undefined;
}
