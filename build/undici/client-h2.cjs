// HTTP/2 is never negotiated (`allowH2: false`), and `node:http2` takes a while to load.
module.exports = () => {
  throw new Error('This build speaks HTTP/1.1 only.');
};
