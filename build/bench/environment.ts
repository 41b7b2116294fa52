import { join } from 'node:path';

/** Every pusher gets folders of its own for logins, caches and what it knows of registries. */
export function environmentIn(home: string): Record<string, string> {
  return {
    HOME: home,
    PUSHBOAT_DATA_DIR: join(home, 'pushboat'),
    DOCKER_CONFIG: join(home, 'docker'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'share'),
    XDG_RUNTIME_DIR: home,
    // As root, skopeo would keep what it learns in /var/lib; this makes it take XDG_DATA_HOME.
    _CONTAINERS_ROOTLESS_UID: '1000',
  };
}
