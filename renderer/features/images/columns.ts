/**
 * The columns of the image list, after the icon; the header and the rows share them. Narrow lists leave out the age, then the platform, then the
 * tag's own column: the name is never squeezed.
 */
export const COLUMNS =
  'grid w-full items-center gap-2.5 grid-cols-[16px_minmax(0,1fr)_4.5rem] @sm:grid-cols-[16px_minmax(0,1fr)_minmax(0,7rem)_4.5rem] @xl:grid-cols-[20px_minmax(0,1fr)_minmax(0,7rem)_6rem_4.5rem] @3xl:grid-cols-[20px_minmax(0,1fr)_minmax(0,9rem)_7rem_5rem_6rem] @5xl:grid-cols-[20px_minmax(0,1fr)_minmax(0,15rem)_8rem_6rem_8rem]';

export const PLATFORM_COLUMN = 'hidden @xl:flex';
export const TAG_COLUMN = 'hidden @sm:flex';
export const CREATED_COLUMN = 'hidden @3xl:flex';
