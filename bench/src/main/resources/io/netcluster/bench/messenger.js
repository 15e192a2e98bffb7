// Messenger.java by Node's cluster: a primary with one worker that measures what it is told to.
'use strict';
const cluster = require('node:cluster');
const net = require('node:net');

if (cluster.isPrimary) {
  const worker = cluster.fork();
  let onMessage = () => {};
  worker.on('message', () => onMessage());

  const orders = {
    'round-trips': (count, done) => {
      const start = process.hrtime.bigint();
      onMessage = () => (--count > 0 ? worker.send('echo') : done(process.hrtime.bigint() - start));
      worker.send('echo');
    },
    messages: (count, done) => {
      const start = process.hrtime.bigint();
      const order = 'send ' + count;
      onMessage = () => --count === 0 && done(process.hrtime.bigint() - start);
      worker.send(order);
    },
    sockets: (count, done) => {
      const accepted = [];
      const clients = [];
      const server = net.createServer({ pauseOnConnect: true }, (socket) => {
        accepted.push(socket);
        if (accepted.length === count) {
          server.close();
          const start = process.hrtime.bigint();
          onMessage = () => {
            done(process.hrtime.bigint() - start);
            clients.forEach((client) => client.destroy());
          };
          worker.send('expect ' + count);
          accepted.forEach((socket) => worker.send('socket', socket));
        }
      });
      server.listen(0, '127.0.0.1', () => {
        for (let i = 0; i < count; i++) {
          const client = net.connect(server.address().port, '127.0.0.1');
          client.on('error', () => {});
          clients.push(client);
        }
      });
    },
    kept: (mebibytes, done) => {
      const message = 'x'.repeat(1022); // 1024 bytes with its quotes
      worker.send('sleep 3000');
      let sent = 0;
      const end = Date.now() + 2000;
      (function more() {
        for (let i = 0; i < 1024 && sent < mebibytes << 20; i++) {
          worker.send(message);
          sent += 1024;
        }
        if (Date.now() < end && sent < mebibytes << 20) {
          setImmediate(more);
        } else {
          done(sent);
        }
      })();
    },
  };

  const desk = net.connect(Number(process.argv[2]), '127.0.0.1');
  let text = '';
  desk.on('data', (data) => {
    text += data;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      const [order, count] = text.slice(0, end).split(' ');
      text = text.slice(end + 1);
      orders[order](Number(count), (result) => desk.write(result + '\n'));
    }
  });
  desk.on('close', () => process.exit());
} else {
  let expected = 0;
  process.on('message', (message, socket) => {
    if (socket) {
      socket.destroy();
      if (--expected === 0) {
        process.send('all');
      }
      return;
    }
    const [order, count] = message.split(' ');
    if (order === 'echo') {
      process.send('echo');
    } else if (order === 'expect') {
      expected = Number(count);
    } else if (order === 'sleep') {
      const end = Date.now() + Number(count);
      while (Date.now() < end);
    } else if (order === 'send') {
      let i = Number(count);
      (function more() {
        for (let burst = 0; burst < 1000 && i > 0; burst++, i--) {
          process.send('message ' + i);
        }
        if (i > 0) {
          setImmediate(more);
        }
      })();
    }
  });
}
