package io.netcluster.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.netcluster.it.Correspondents.One;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who does not read stops who sends, in little memory, without harm to its threads, and without a deadlock. */
final class BackPressureTest {
    private static final int SIZE = 100_000;
    private static final int GIGABYTE = 1_000_000_000 / SIZE;
    private static final long MIB = 1 << 20;

    private final Correspondents all = new Correspondents();

    @AfterEach
    void close() {
        all.close();
    }

    private static long residentBytes(long pid) {
        try (var lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
            var line =
                    lines.filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long ownHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static Thread sendAlways(One one, AtomicInteger sent) {
        return Thread.ofVirtual().start(() -> {
            try {
                while (sent.get() < GIGABYTE) {
                    one.worker().send(new byte[SIZE]);
                    sent.incrementAndGet();
                }
            } catch (IOException | InterruptedException e) {
                return; // that is how it ends
            }
        });
    }

    private static void awaitStop(Thread thread) {
        Running.await("it waits", _ -> thread.getState() == Thread.State.WAITING);
    }

    @Test
    void aWorkerThatDoesNotReadStopsThePrimary() throws Exception {
        var one = all.fork("hold", "take");
        one.done("collect");
        long worker = residentBytes(one.worker().pid());
        long heap = ownHeap();
        var sent = new AtomicInteger();
        var thread = sendAlways(one, sent);
        awaitStop(thread);
        assertThat(one.tell("count")).isEqualTo("0");
        assertThat(sent.get() * (long) SIZE).isLessThan(2 * MIB);
        assertThat(ownHeap() - heap).isLessThan(4 * MIB);
        assertThat(residentBytes(one.worker().pid()) - worker).isLessThan(12 * MIB);
        int stopped = sent.get();
        one.done("release");
        Running.await("it goes on", _ -> sent.get() > stopped + 500);
        thread.interrupt();
        thread.join();
        one.awaitCount(sent.get());
    }

    @Test
    void soDoesAWorkerThatHasNoHandler() throws Exception {
        var one = all.fork("answer");
        assertThat(one.worker().request("are you there?", Running.PATIENCE).get())
                .isEqualTo("are you there?");
        one.done("collect");
        long worker = residentBytes(one.worker().pid());
        var sent = new AtomicInteger();
        var thread = sendAlways(one, sent);
        awaitStop(thread);
        assertThat(sent.get() * (long) SIZE).isLessThan(3 * MIB);
        assertThat(residentBytes(one.worker().pid()) - worker).isLessThan(12 * MIB);
        one.done("take");
        Running.await("it goes on", _ -> sent.get() > 500);
        thread.interrupt();
        thread.join();
        one.awaitCount(sent.get());
    }

    @Test
    void soDoesAWorkerThatHasNothingToDoWithMessages() throws Exception {
        var one = all.fork();
        one.done("count");
        long heap = ownHeap();
        var sent = new AtomicInteger();
        var thread = sendAlways(one, sent);
        awaitStop(thread);
        assertThat(sent.get() * (long) SIZE).isLessThan(MIB);
        assertThat(ownHeap() - heap).isLessThan(2 * MIB);
        one.worker().kill(9);
        thread.join();
    }

    /** Counts what a worker sends, when the latch is open. */
    private static AtomicInteger counted(One one, CountDownLatch open) {
        var came = new AtomicInteger();
        one.worker().onMessage(_ -> {
            try {
                open.await();
                came.incrementAndGet();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return came;
    }

    @Test
    void aPrimaryThatDoesNotReadStopsTheWorker() throws Exception {
        var one = all.fork();
        var release = new CountDownLatch(1);
        var came = counted(one, release);
        one.done("send hello");
        one.done("collect");
        long worker = residentBytes(one.worker().pid());
        long heap = ownHeap();
        one.done("flood " + GIGABYTE + " " + SIZE);
        Running.await("it waits", _ -> one.told("progress").endsWith(" 1"));
        var progress = one.tell("progress");
        assertThat(Integer.parseInt(progress.split(" ")[0]) * (long) SIZE).isLessThan(2 * MIB);
        assertThat(ownHeap() - heap).isLessThan(4 * MIB);
        assertThat(residentBytes(one.worker().pid()) - worker).isLessThan(12 * MIB);
        release.countDown();
        Running.await("it goes on", _ -> came.get() > 500);
        assertThat(one.tell("interrupt")).isEqualTo("InterruptedException");
    }

    @Test
    void aThousandVirtualThreadsOfAWorkerThatWaitPinNoCarrier() throws Exception {
        var one = all.fork();
        var release = new CountDownLatch(1);
        var came = counted(one, release);
        one.done("flood-virtually 1000 " + SIZE);
        Running.await("most wait", _ -> Integer.parseInt(one.told("progress").split(" ")[1]) > 980);
        assertThat(one.tell("virtual")).isEqualTo("true");
        release.countDown();
        Running.await("all have come", _ -> came.get() == 1_000);
    }

    private One stopped() throws Exception {
        var one = all.fork("take");
        one.worker().send("are you there?");
        one.awaitCount(1);
        one.worker().kill(19); // SIGSTOP
        Running.await("stopped", _ -> KernelSockets.isStopped(one.worker().pid()));
        return one;
    }

    @Test
    void aStoppedWorkerHoldsUpNoOtherCopyOfAWorkersBroadcast() throws Exception {
        var stopped = stopped();
        var sender = all.fork("take").taking();
        var other = all.fork("take");
        sender.done("broadcast-bytes 100 " + SIZE);
        sender.done("send and-more");
        for (int i = 0; i < 100; i++) {
            assertThat(ByteBuffer.wrap(sender.next().bytes()).getInt()).isEqualTo(i);
        }
        assertThat(sender.next().text()).isEqualTo("and-more");
        other.awaitCount(100);
        stopped.worker().kill(18); // SIGCONT
        stopped.awaitCount(101);
    }

    @Test
    void untilSoMuchWaitsForItThatTheSenderWaitsToo() throws Exception {
        var stopped = stopped();
        var sender = all.fork("take");
        long heap = ownHeap();
        sender.order("broadcast-bytes 400 " + SIZE); // 40 MB
        var came = new AtomicInteger();
        sender.worker().onMessage(_ -> came.incrementAndGet());
        Running.await("it waits", _ -> isWaitingForRoom(sender));
        assertThat(came.get() * (long) SIZE).isBetween(16 * MIB, 20 * MIB);
        assertThat(ownHeap() - heap).isLessThan(24 * MIB);
        stopped.worker().kill(9);
        assertThat(sender.heard()).isEqualTo("sent");
        Running.await("all have come", _ -> came.get() == 400);
    }

    /** The thread that reads a worker's messages waits for nothing else here. */
    private static boolean isWaitingForRoom(One sender) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey()
                        .getName()
                        .equals("netcluster-link-" + sender.worker().pid()))
                .anyMatch(entry -> Arrays.stream(entry.getValue())
                        .anyMatch(frame -> frame.getMethodName().equals("await")));
    }

    @Test
    void aStoppedWorkerHoldsUpNoOtherCopyOfThePrimarysBroadcast() throws Exception {
        var stopped = List.of(stopped(), stopped());
        var other = all.fork("take");
        var sent = new AtomicInteger();
        var thread = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; i < 100; i++) {
                    all.cluster().broadcast(new byte[SIZE]);
                    sent.incrementAndGet();
                }
            } catch (InterruptedException e) {
                return; // that is a failure, which is seen
            }
        });
        Running.await(
                "it waits, and the other has the copy that it waits with",
                _ -> thread.getState() == Thread.State.WAITING
                        && other.told("count").equals(String.valueOf(sent.get() + 1)));
        assertThat(sent.get() * (long) SIZE).isLessThan(MIB);
        stopped.getFirst().worker().kill(9);
        stopped.getLast().worker().kill(18); // SIGCONT
        other.awaitCount(100);
        stopped.getLast().awaitCount(101);
        thread.join();
    }

    /** Node's test-cluster-send-deadlock. */
    @Test
    void handlersThatFloodEachOtherDoNotWaitForEachOther() throws Exception {
        var one = all.fork("take");
        var came = new AtomicInteger();
        one.worker().onMessage(message -> {
            try {
                if (message.content().equals("go")) {
                    for (int i = 0; i < 140; i++) {
                        one.worker().send(new byte[SIZE]);
                    }
                }
                came.incrementAndGet();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        one.done("send go");
        one.worker().send("flood 140");
        Running.await("all have come", _ -> came.get() == 141);
        one.awaitCount(141);
    }

    /** Likewise while handlers are still given what had come before them. */
    @Test
    void soItIsWhileTheyCatchUp() throws Exception {
        var one = all.fork("send_hello", "answer");
        for (int i = 0; i < 20; i++) {
            one.worker().send("flood 5");
        }
        one.done("flood 8 " + SIZE);
        assertThat(one.worker().request("are you there?", Running.PATIENCE).get())
                .isEqualTo("are you there?");
        var came = new AtomicInteger();
        one.order("take");
        one.worker().onMessage(_ -> {
            try {
                boolean kept = came.incrementAndGet() <= 9;
                for (int i = 0; kept && i < 5; i++) {
                    one.worker().send(new byte[SIZE]);
                }
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(one.heard()).isEqualTo("taking");
        Running.await("all have come", _ -> came.get() == 1 + 8 + 20 * 5);
        one.awaitCount(20 + 9 * 5);
    }
}
