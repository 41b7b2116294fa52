// Plain JavaScript: build/scripts takes the same lock, on Node 20 and before anything is installed.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  futimesSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from './make-folder.mjs';

/** Milliseconds between two looks at a lock that somebody else has. */
const LOOK_EVERY = 25;
/** Milliseconds: an owner touches its lock so often. */
const BEAT_EVERY = 1_000;
/** Milliseconds that a lock of an owner who cannot be asked for stays as it is, before that owner counts as gone. */
const PATIENCE = 10_000;
/** Milliseconds to wait for an owner that lives. */
const LONGEST_WAIT = 60_000;

/**
 * Runs `work` while nobody else has the lock `<path>.lock`. The file tells its owner: where its process runs, its number and when it
 * began, so that a lock is neither taken from one who lives nor waited for when its owner is gone, whatever clocks say. A process of
 * another computer or container cannot be asked for, nor can the owner of a file that says nothing: it lives as long as the file changes.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {{ patience?: number, longestWait?: number }} [options] milliseconds
 * @returns {Promise<T>}
 * @throws an Error with the code ELOCKED when the owner lives and keeps it too long, or a folder is in the way; the system's error
 */
export async function withLock(path, work, { patience = PATIENCE, longestWait = LONGEST_WAIT } = {}) {
  const lock = `${path}.lock`;
  makeFolder(dirname(lock), 0o700);
  const fd = await waitFor(lock, patience, longestWait);
  const beat = setInterval(() => touch(fd), BEAT_EVERY);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    const ours = isOurs(lock, fd);
    // Closed first: where a file that is open cannot be removed at once, its name would still be there for the next one to see.
    closeSync(fd);
    if (ours) rmSync(lock, { force: true });
  }
}

async function waitFor(lock, patience, longestWait) {
  const watch = new Watch(patience);
  const began = performance.now();
  for (;;) {
    const fd = take(lock);
    if (fd !== undefined) return fd;
    removeIfGone(lock, watch);
    if (performance.now() - began > longestWait) throw locked(lock, `${holderOf(lock)} holds it`);
    await sleep(LOOK_EVERY);
  }
}

/** An open file descriptor of the lock, or undefined when somebody has it. It appears with its content, never empty. */
function take(lock) {
  if (look(lock)) return undefined;
  const temporary = `${lock}.${randomBytes(6).toString('hex')}.tmp`;
  const fd = create(temporary);
  try {
    linkSync(temporary, lock);
    return fd;
  } catch (error) {
    // A network disk can make the link and lose the answer.
    if (fstatSync(fd).nlink === 2 && isOurs(lock, fd)) return fd;
    closeSync(fd);
    if (error.code === 'EEXIST') return undefined;
    // Some disks, of memory cards for one, have no links.
    return createUnlessThere(lock);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createUnlessThere(lock) {
  try {
    return create(lock);
  } catch (error) {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  }
}

/** Readable by all, for another user may have to see whether we live; it holds no secret. */
function create(path) {
  const fd = openSync(path, 'wx', 0o644);
  writeSync(fd, JSON.stringify({ place: PLACE, pid: process.pid, start: processOf(process.pid)?.start }));
  return fd;
}

/**
 * Removes a lock whose owner is gone. Two that see it at once must not both remove it, for the second would remove the first one's new
 * lock: only the holder of `<lock>.break` removes it, after another look. Its own holder may be gone as well, and so on.
 */
function removeIfGone(lock, watch) {
  const seen = look(lock);
  if (!seen || !watch.isGone(lock, seen)) return;
  const breaker = `${lock}.break`;
  const fd = take(breaker);
  if (fd === undefined) return removeIfGone(breaker, watch);
  try {
    if (look(lock)?.state === seen.state) remove(lock, seen);
  } finally {
    closeSync(fd);
    rmSync(breaker, { force: true });
  }
}

function remove(lock, { isFolder }) {
  if (!isFolder) return rmSync(lock, { force: true });
  try {
    rmdirSync(lock);
  } catch (error) {
    throw locked(lock, `it is a folder that cannot be removed (${error.code})`);
  }
}

/** What stands at the path of a lock: a text that changes whenever it does, and its owner if it says one. Undefined for nothing. */
function look(lock) {
  try {
    const stats = lstatSync(lock);
    const text = stats.isFile() ? readIfAllowed(lock) : '';
    return {
      state: `${stats.dev} ${stats.ino} ${stats.mtimeMs} ${stats.size} ${text}`,
      owner: parseOwner(text),
      isFolder: stats.isDirectory(),
    };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Another user's, perhaps: it can be watched all the same. */
function readIfAllowed(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EPERM') return '';
    throw error;
  }
}

function holderOf(lock) {
  const owner = look(lock)?.owner;
  return owner ? `process ${owner.pid}` : 'another program';
}

function parseOwner(text) {
  try {
    const { place, pid, start } = JSON.parse(text);
    return typeof place === 'string' && Number.isInteger(pid) && pid > 0 ? { place, pid, start } : undefined;
  } catch {
    return undefined;
  }
}

/** Tells the locks of living owners from others, over as many looks as are needed for those that cannot be asked for. */
class Watch {
  #patience;
  #seen = new Map();

  constructor(patience) {
    this.#patience = patience;
  }

  isGone(lock, { state, owner }) {
    const lives = owner && isAlive(owner);
    if (lives !== undefined) return !lives;
    const before = this.#seen.get(lock);
    if (before?.state === state) return performance.now() - before.since > this.#patience;
    this.#seen.set(lock, { state, since: performance.now() });
    return false;
  }
}

/** Undefined when that cannot be known: it runs elsewhere, or only its number is known, which another process may have by now. */
function isAlive({ place, pid, start }) {
  if (place !== PLACE) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  const found = processOf(pid);
  if (!found || start === undefined) return undefined;
  return found.runs && found.start === start;
}

/** proc_pid_stat(5): the start is in clock ticks since the system's own; a zombie has ended. Undefined where there is no /proc. */
function processOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { runs: !/^[ZXx]$/.test(fields[0]), start: fields[19] };
  } catch {
    return undefined;
  }
}

/** Where numbers of processes mean the same: one start of one computer, and on it one container. */
const PLACE = (() => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
})();

/**
 * Whether the file there is the one that is open. Its number alone tells, as it stands at one path: on Windows some releases of Node.js
 * name no disk for a path (https://github.com/libuv/libuv/pull/4698), and numbers are too large for a double.
 */
function isOurs(lock, fd) {
  try {
    return lstatSync(lock, { bigint: true }).ino === fstatSync(fd, { bigint: true }).ino;
  } catch {
    return false;
  }
}

function touch(fd) {
  try {
    const now = new Date();
    futimesSync(fd, now, now);
  } catch {
    // The disk is gone or full; whoever can ask for this process still sees that it lives.
  }
}

function locked(lock, why) {
  return Object.assign(new Error(`the lock ${lock} cannot be taken: ${why}`), { code: 'ELOCKED' });
}
