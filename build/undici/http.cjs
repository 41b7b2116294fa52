// All that undici's core takes from `node:http`. Loading the real module through an import evaluates every lazy export of it, fetch
// and WebSocket among them, which costs a short command more than anything else.

/** Node's own default, in bytes. */
exports.maxHeaderSize = 16 * 1024;

/** Never sent as a body here. */
exports.IncomingMessage = function IncomingMessage() {};
