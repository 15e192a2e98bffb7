package io.netcluster;

import io.netcluster.wire.Parcel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;

/** One message for several workers, none of which waits for another that does not read. */
final class Broadcast {
    private final Parcel content;

    Broadcast(Parcel content) {
        this.content = content;
    }

    /**
     * Sends it first to all that have room, then to the others as they have. A worker that has ended is no error.
     *
     * @param most how many bytes may wait for a worker beside what there is room for, before this waits for it
     * @throws InterruptedException if interrupted while waiting; those that had no room may not get it then
     */
    void send(Collection<Worker> all, int most) throws InterruptedException {
        var slow = new ArrayList<Worker>();
        for (var worker : all) {
            try {
                if (!worker.offer(content, most)) {
                    slow.add(worker);
                }
            } catch (IOException e) {
                // it has ended
            }
        }
        if (slow.size() == 1) {
            send(slow.getFirst());
        } else if (!slow.isEmpty()) {
            sendToEach(slow);
        }
    }

    private void send(Worker worker) throws InterruptedException {
        try {
            worker.send(content);
        } catch (IOException e) {
            // it has ended
        }
    }

    private void sendToEach(Collection<Worker> slow) throws InterruptedException {
        var threads = slow.stream()
                .map(worker ->
                        Thread.ofVirtual().name("netcluster-broadcast").start(() -> sendUnlessInterrupted(worker)))
                .toList();
        try {
            for (var thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            threads.forEach(Thread::interrupt);
            throw e;
        }
    }

    private void sendUnlessInterrupted(Worker worker) {
        try {
            send(worker);
        } catch (InterruptedException e) {
            // who broadcasts was interrupted, and says so
        }
    }
}
