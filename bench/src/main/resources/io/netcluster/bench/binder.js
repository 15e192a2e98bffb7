// Binder.java in Node: a worker of its cluster, or a process that is none, that measures listen(0) as it is told to.
// A line is 0, a count, and whether the port is to be the worker's own: exclusive, or nothing.
'use strict';
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary && process.argv[3] === 'cluster') {
  cluster.fork();
} else {
  const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
  const now = () => Number(process.hrtime.bigint());

  const desk = net.connect(Number(process.argv[2]), '127.0.0.1');
  const measure = (count, exclusive) => {
    const binds = [];
    const closes = [];
    (function next() {
      if (binds.length === count) {
        desk.write(median(binds) + ' ' + median(closes) + '\n');
        return;
      }
      const start = now();
      const server = net.createServer();
      // by its address it would be looked up first, which takes a turn of the event loop more
      server.listen({ port: 0, exclusive }, () => {
        const bound = now();
        binds.push(bound - start);
        server.close(() => {
          closes.push(now() - bound);
          next();
        });
      });
    })();
  };
  let text = '';
  desk.on('data', (data) => {
    text += data;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const [, count, exclusive] = text.slice(0, end).split(' ');
      text = text.slice(end + 1);
      measure(Number(count), exclusive === 'exclusive');
    }
  });
  desk.on('close', () => process.exit());
}
