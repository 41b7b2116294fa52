// What the bundles use of undici. Its main file loads fetch, WebSocket, caches and mocks as well, which costs a short command
// more time than all of our own code.
import buildConnector from '../../node_modules/undici/lib/core/connect.js';
import errors from '../../node_modules/undici/lib/core/errors.js';
import Client from '../../node_modules/undici/lib/dispatcher/client.js';

export { buildConnector, Client, errors };
